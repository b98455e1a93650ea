// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Admission} from "./Admission.sol";
import {Book} from "./Book.sol";
import {Bytes} from "./Bytes.sol";
import {Keys} from "./Keys.sol";
import {Limits} from "./Limits.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {Reason} from "./Reason.sol";
import {Account, Records} from "./Records.sol";
import {Step} from "./Step.sol";
import {AdmissionFields, Transactions} from "./Transactions.sol";

/// @notice Cancels of all orders: the twin of `packages/engine/src/cancelAll.ts`.
library CancelAll {
    using OrderedStore for OrderedStore.Store;

    uint256 private constant LAST_CLIENT_ORDER_ID = 2 ** 32 - 1;
    uint256 private constant ALL_INSTRUMENTS = 0;
    uint256 private constant PLACE_BYTES = 15;

    /// @dev Removals go on as long as one more, at its dearest, and the end still fit the limit.
    uint256 private constant REMOVALS_LIMIT =
        Limits.CANCEL_ALL_LIMIT - Limits.CANCEL_ALL_END - Limits.REMOVAL_BOUND;

    /// @notice Takes an account's resting orders, of one instrument or of all, out of the book in the order of their
    /// client order ids: as many as fit the transaction's limit.
    function execute(Step memory step, uint256 position, uint256 length) internal pure returns (uint256) {
        AdmissionFields memory admission = Transactions.decodeAdmission(position);
        (uint256 reason, Account memory account) =
            Admission.admit(step, position, length, admission);
        if (reason != Reason.OK) return reason;
        uint256 orders;
        (orders, reason) = _removeOrders(step, admission.account, Bytes.readCalldata(position + 12, 3));
        if (orders == 0) return reason;
        account.restingOrders -= orders;
        Admission.useNonce(step, admission);
        Records.writeAccount(step.store, admission.account, account);
        return Reason.OK;
    }

    /// @return orders how many were removed
    /// @return stop why there were no more, for where there was none
    function _removeOrders(Step memory step, uint256 account, uint256 instrument)
        private
        pure
        returns (uint256 orders, uint256 stop)
    {
        for (uint256 id = 0; id <= LAST_CLIENT_ORDER_ID; id++) {
            if (step.store.transactionMeter > REMOVALS_LIMIT) return (orders, Reason.EXCEEDS_LIMIT);
            bytes16 from = Keys.accountOrder(account, id);
            (bytes16 found, uint256 pointer, uint256 length) = step.store.next(from);
            if (length == 0 || !Keys.sharesPrefix(found, from, Keys.ACCOUNT_PREFIX_BITS)) break;
            id = Keys.clientOrderIdOf(found);
            bytes16 key = Keys.bookAt(Bytes.read(pointer, PLACE_BYTES));
            if (instrument != ALL_INSTRUMENTS && instrument != Keys.instrumentOfBook(key)) continue;
            // INVARIANT: an account's list names exactly its orders in the book.
            (pointer,) = step.store.get(key);
            Book.removeOrder(step, key, Records.decodeBookOrder(pointer));
            orders++;
        }
        stop = Reason.NOTHING_TO_CANCEL;
    }
}
