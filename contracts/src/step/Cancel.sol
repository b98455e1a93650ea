// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Admission} from "./Admission.sol";
import {Book} from "./Book.sol";
import {Bytes} from "./Bytes.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {Reason} from "./Reason.sol";
import {Account, BookOrder, Records} from "./Records.sol";
import {Step} from "./Step.sol";
import {AdmissionFields, Transactions} from "./Transactions.sol";

/// @notice Cancels: the twin of `packages/engine/src/cancel.ts`.
library Cancel {
    using OrderedStore for OrderedStore.Store;

    /// @notice Takes an account's resting order out of the book.
    function execute(Step memory step, uint256 position, uint256 length) internal pure returns (uint256) {
        AdmissionFields memory admission = Transactions.decodeAdmission(position);
        (uint256 reason, Account memory account) =
            Admission.admit(step, position, length, admission);
        if (reason != Reason.OK) return reason;
        bytes16 key = Book.findOrder(step, admission.account, Bytes.readCalldata(position + 12, 4));
        if (key == 0) return Reason.UNKNOWN_ORDER;
        // INVARIANT: an account's list names exactly its orders in the book.
        (uint256 pointer,) = step.store.get(key);
        BookOrder memory order = Records.decodeBookOrder(pointer);
        Book.removeOrder(step, key, order);
        account.restingOrders--;
        Admission.useNonce(step, admission);
        Records.writeAccount(step.store, admission.account, account);
        return Reason.OK;
    }
}
