// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Cancel} from "./Cancel.sol";
import {CancelAll} from "./CancelAll.sol";
import {Conditional} from "./Conditional.sol";
import {Execute} from "./Execute.sol";
import {Order} from "./Order.sol";
import {Reason} from "./Reason.sol";
import {Replace} from "./Replace.sol";
import {Revoke} from "./Revoke.sol";
import {Session} from "./Session.sol";
import {Step} from "./Step.sol";
import {Transactions} from "./Transactions.sol";

/// @notice Trade chunks: orders, replacements, conditional orders, cancels, revocations, session keys.
contract StepTrade is Execute {
    function _executeTransaction(Step memory step, uint256 kind, uint256 position, uint256 length)
        internal
        pure
        override
        returns (uint256)
    {
        if (kind == Transactions.ORDER) return Order.execute(step, position, length);
        if (kind == Transactions.CANCEL) return Cancel.execute(step, position, length);
        if (kind == Transactions.REPLACE) return Replace.execute(step, position, length);
        if (kind == Transactions.CANCEL_ALL) return CancelAll.execute(step, position, length);
        if (kind == Transactions.SESSION) return Session.execute(step, position, length);
        if (kind == Transactions.CONDITIONAL) return Conditional.execute(step, position, length);
        if (kind == Transactions.REVOKE) return Revoke.execute(step, position, length);
        return Reason.WRONG_CHUNK_KIND;
    }
}
