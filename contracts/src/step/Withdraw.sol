// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Admission} from "./Admission.sol";
import {Bytes} from "./Bytes.sol";
import {Fund} from "./Fund.sol";
import {Limits} from "./Limits.sol";
import {Margin, Portfolio} from "./Margin.sol";
import {Reason} from "./Reason.sol";
import {Account, Global, Records} from "./Records.sol";
import {Room} from "./Room.sol";
import {Step} from "./Step.sol";
import {AdmissionFields, Transactions} from "./Transactions.sol";

/// @notice Withdrawals: the twin of `packages/engine/src/withdraw.ts`.
library Withdraw {
    int256 private constant NANO_USD_PER_CASH = 1000;

    /// @notice Takes money out of an account, as far as its initial margin allows, and records who may claim it on L1.
    /// Where there is a deficit, whoever leaves bears a share of it.
    function execute(Step memory step, uint256 position, uint256 length) internal pure returns (uint256) {
        uint256 amount = Bytes.readCalldata(position + 12, 7);
        address recipient = address(uint160(Bytes.readCalldata(position + 19, 20)));
        if (amount == 0 || amount > Limits.MAX_CASH || recipient == address(0)) return Reason.MALFORMED_WITHDRAWAL;
        AdmissionFields memory admission = Transactions.decodeAdmission(position);
        (uint256 reason, Account memory account) =
            Admission.admit(step, position, length, admission);
        if (reason != Reason.OK) return reason;
        uint256 paid = _pay(step.global, amount);
        if (paid == 0) return Reason.VAULT_EXHAUSTED;
        account.cash -= int256(amount);
        if (account.cash < -int256(Limits.MAX_CASH)) return Reason.VALUE_OUT_OF_RANGE;
        reason = _judge(step, admission.account, account);
        if (reason != Reason.OK) return reason;

        uint256 number = step.global.nextWithdrawal;
        step.global.nextWithdrawal = number + 1;
        step.global.withdrawals += paid;
        step.global.deficit -= amount - paid;
        Records.writeWithdrawal(step.store, number, recipient, paid, step.global.time);
        Admission.useNonce(step, admission);
        Records.writeAccount(step.store, admission.account, account);
        return Reason.OK;
    }

    /// @dev Whether what an account has left is enough for its positions. Takes their margin into the totals if so.
    function _judge(Step memory step, uint256 number, Account memory account) private pure returns (uint256) {
        uint256 maxMarkAgeSeconds = Records.maxMarkAgeSeconds(Records.readParameters(step.store));
        (uint256 full, Portfolio memory portfolio) =
            Margin.readPortfolio(step, number, 0, Limits.ORDER_END, Limits.WITHDRAW_LIMIT);
        if (full != Room.NOTHING) return full == Room.LIMIT ? Reason.EXCEEDS_LIMIT : Room.NEXT_CHUNK;
        if (Margin.isStale(step, portfolio, maxMarkAgeSeconds)) return Reason.MARK_TOO_OLD;
        (, int256 initialMargin, uint256 notional) = Margin.evaluate(step, portfolio, account.cash);
        // What a mark has over its index may be the account's own doing, so it may not be taken out.
        if (account.cash * NANO_USD_PER_CASH + portfolio.lowerValue < initialMargin) return Reason.INSUFFICIENT_MARGIN;
        Fund.adjustTotals(step.global, account, initialMargin, notional);
        return Reason.OK;
    }

    /// @dev What a withdrawal pays: all of it, or with a deficit the share that the vault's assets are of all claims to
    /// them, rounded down; 0 where the vault can pay nothing, or the amount is more than all claims.
    function _pay(Global memory global, uint256 amount) private pure returns (uint256) {
        uint256 assets = global.deposits - global.withdrawals;
        uint256 claims = assets + global.deficit;
        return amount > claims ? 0 : amount * assets / claims;
    }
}
