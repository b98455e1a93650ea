// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Admission} from "./Admission.sol";
import {Bytes} from "./Bytes.sol";
import {Limits} from "./Limits.sol";
import {Margin, Portfolio} from "./Margin.sol";
import {Reason} from "./Reason.sol";
import {Account, Records} from "./Records.sol";
import {Room} from "./Room.sol";
import {Step} from "./Step.sol";
import {AdmissionFields, Transactions} from "./Transactions.sol";

/// @notice Withdrawals: the twin of `packages/engine/src/withdraw.ts`.
library Withdraw {
    /// @notice Takes money out of an account, as far as its initial margin allows, and records who may claim it on L1.
    function execute(Step memory step, uint256 position, uint256 length) internal pure returns (uint256) {
        uint256 amount = Bytes.readCalldata(position + 12, 7);
        address recipient = address(uint160(Bytes.readCalldata(position + 19, 20)));
        if (amount == 0 || amount > Limits.MAX_CASH || recipient == address(0)) return Reason.MALFORMED_WITHDRAWAL;
        AdmissionFields memory admission = Transactions.decodeAdmission(position);
        (uint256 reason, Account memory account) =
            Admission.admit(step, position, length, admission);
        if (reason != Reason.OK) return reason;
        if (amount > step.global.deposits - step.global.withdrawals) return Reason.VAULT_EXHAUSTED;
        int256 cash = account.cash - int256(amount);
        if (cash < -int256(Limits.MAX_CASH)) return Reason.VALUE_OUT_OF_RANGE;
        (uint256 full, Portfolio memory portfolio) =
            Margin.readPortfolio(step, admission.account, 0, Limits.ORDER_END, Limits.WITHDRAW_LIMIT);
        if (full != Room.NOTHING) return full == Room.LIMIT ? Reason.EXCEEDS_LIMIT : Room.NEXT_CHUNK;
        if (!Margin.meetsInitialMargin(step, portfolio, cash)) return Reason.INSUFFICIENT_MARGIN;

        uint256 number = step.global.nextWithdrawal;
        step.global.nextWithdrawal = number + 1;
        step.global.withdrawals += amount;
        account.cash = cash;
        Records.writeWithdrawal(step.store, number, recipient, amount, step.global.time);
        Admission.useNonce(step, admission);
        Records.writeAccount(step.store, admission.account, account);
        return Reason.OK;
    }
}
