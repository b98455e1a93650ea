// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "./Bytes.sol";
import {Deposit} from "./Deposit.sol";
import {Execute} from "./Execute.sol";
import {Limits} from "./Limits.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {Reason} from "./Reason.sol";
import {Step} from "./Step.sol";
import {Transactions} from "./Transactions.sol";

/// @notice Bridge chunks: inbox messages, none of which a limit can cut off.
contract StepBridge is Execute {
    using OrderedStore for OrderedStore.Store;

    uint256 private constant DEPOSIT_MESSAGE = 1;
    uint256 private constant DEPOSIT_BODY_BYTES = 32;

    function _run(Step memory step, uint256 position, uint256 end, bytes memory reasons)
        internal
        pure
        override
        returns (uint256 count)
    {
        while (position + Transactions.MESSAGE_HEAD_BYTES <= end) {
            uint256 body = position + Transactions.MESSAGE_HEAD_BYTES;
            uint256 length = Bytes.readCalldata(position + 25, 2);
            if (body + length > end) break;
            step.store.beginTransaction();
            step.store.charge(Limits.TRANSACTION_BASE + Limits.CHUNK_BYTE * length);
            step.global.inboxCursor++;
            reasons[count++] = bytes1(uint8(_executeMessage(step, Bytes.readCalldata(position, 1), body, length)));
            position = body + length;
        }
    }

    function _executeMessage(Step memory step, uint256 kind, uint256 body, uint256 length)
        private
        pure
        returns (uint256)
    {
        if (kind != DEPOSIT_MESSAGE || length != DEPOSIT_BODY_BYTES) return Reason.UNKNOWN_MESSAGE;
        return Deposit.execute(step, body);
    }

    /// @dev Bridge chunks hold messages, never transactions.
    function _executeTransaction(Step memory, uint256, uint256, uint256) internal pure override returns (uint256) {
        return Reason.WRONG_CHUNK_KIND;
    }
}
