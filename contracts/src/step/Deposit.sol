// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "./Bytes.sol";
import {Limits} from "./Limits.sol";
import {Reason} from "./Reason.sol";
import {Account, Records} from "./Records.sol";
import {Step} from "./Step.sol";

/// @notice Deposits: the twin of `packages/engine/src/deposit.ts`, which says why the inbox's never fail.
library Deposit {
    /// @notice Credits money that was paid in on L1; the account exists from its first deposit on.
    /// @param body where in calldata the message's body stands: account (4) ‖ owner (20) ‖ amount (8)
    function execute(Step memory step, uint256 body) internal pure returns (uint256) {
        uint256 number = Bytes.readCalldata(body, 4);
        uint256 amount = Bytes.readCalldata(body + 24, 8);
        if (amount > Limits.MAX_DEPOSITS - step.global.deposits) return Reason.VALUE_OUT_OF_RANGE;
        (bool exists, Account memory account) = Records.readAccount(step.store, number);
        if (!exists) account.owner = address(uint160(Bytes.readCalldata(body + 4, 20)));
        account.cash += int256(amount);
        step.global.deposits += amount;
        Records.writeAccount(step.store, number, account);
        return Reason.OK;
    }
}
