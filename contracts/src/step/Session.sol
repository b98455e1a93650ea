// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Admission} from "./Admission.sol";
import {Bytes} from "./Bytes.sol";
import {Keys} from "./Keys.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {Reason} from "./Reason.sol";
import {Records, SessionKey} from "./Records.sol";
import {Step} from "./Step.sol";
import {AdmissionFields, Transactions} from "./Transactions.sol";

/// @notice Session keys: the twin of `packages/engine/src/session.ts`.
library Session {
    using OrderedStore for OrderedStore.Store;

    uint256 private constant EVERY_SCOPE = Transactions.TRADE_SCOPE | Transactions.CANCEL_SCOPE;

    /// @notice Registers a session key under a number, in place of the one that was there, or revokes it; in force at once.
    function execute(Step memory step, uint256 position, uint256 length) internal pure returns (uint256 reason) {
        uint256 number = Bytes.readCalldata(position + 12, 1);
        SessionKey memory session;
        session.key = address(uint160(Bytes.readCalldata(position + 13, 20)));
        session.scope = Bytes.readCalldata(position + 33, 1);
        session.expiry = Bytes.readCalldata(position + 34, 4);
        bool isRevocation = session.key == address(0);
        bool isWellFormed = isRevocation
            ? session.scope == 0 && session.expiry == 0
            : session.scope >= 1 && session.scope <= EVERY_SCOPE && session.expiry > step.global.time;
        if (number == 0 || !isWellFormed) return Reason.MALFORMED_SESSION;
        AdmissionFields memory admission = Transactions.decodeAdmission(position);
        (reason,) = Admission.admit(step, position, length, admission);
        if (reason != Reason.OK) return reason;
        if (isRevocation) {
            if (!step.store.remove(Keys.signer(admission.account, number))) return Reason.UNKNOWN_SIGNER;
        } else {
            Records.writeSession(step.store, admission.account, number, session);
        }
        Admission.useNonce(step, admission);
    }
}
