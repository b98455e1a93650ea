// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "./Bytes.sol";
import {Keys} from "./Keys.sol";
import {Limits} from "./Limits.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {Reason} from "./Reason.sol";
import {Account, Records, SessionKey} from "./Records.sol";
import {Signatures} from "./Signatures.sol";
import {Step} from "./Step.sol";
import {AdmissionFields, Transactions} from "./Transactions.sol";
import {TypedData} from "./TypedData.sol";

/// @notice Who may do what, and when: the twin of `packages/engine/src/admission.ts`.
library Admission {
    using OrderedStore for OrderedStore.Store;

    /// @dev Old words of nonces that one new nonce removes, at most: more than it adds, so they never pile up.
    uint256 private constant PRUNED_WORDS = 2;

    /// @notice Whether the deadline of a transaction is still ahead of the clock, and not too far for its kind.
    function judgeDeadline(Step memory step, uint256 deadline, uint256 kind) internal pure returns (uint256) {
        uint256 aheadSeconds = kind == Transactions.CONDITIONAL
            ? Limits.MAX_CONDITIONAL_AHEAD_SECONDS
            : Limits.MAX_DEADLINE_AHEAD_SECONDS;
        if (deadline < step.global.time) return Reason.DEADLINE_PASSED;
        if (deadline > step.global.time + aheadSeconds) return Reason.DEADLINE_TOO_FAR;
        return Reason.OK;
    }

    /// @notice Whether the transaction at a position is signed by the holder of an address.
    function isSignedBy(Step memory step, uint256 kind, uint256 position, uint256 signatureAt, address holder)
        internal
        pure
        returns (bool)
    {
        step.store.charge(Limits.SIGNATURE_EVENT);
        bytes32 digest = TypedData.transactionDigest(step.context.domainSeparator, kind, position);
        address signer = Signatures.recoverSigner(digest, signatureAt);
        return signer != address(0) && signer == holder;
    }

    /// @dev What a session key's scope must hold for a transaction of a kind; what has none is for the owner alone.
    function _scopeOf(uint256 kind) private pure returns (uint256) {
        // Sets of kinds, a bit for each.
        uint256 cancelling = (1 << Transactions.CANCEL) | (1 << Transactions.CANCEL_ALL) | (1 << Transactions.REVOKE);
        uint256 trading = (1 << Transactions.ORDER) | (1 << Transactions.REPLACE) | (1 << Transactions.CONDITIONAL)
            | (1 << Transactions.BLOCK_TRADE) | (1 << Transactions.QUOTES) | (1 << Transactions.HOUSE_ORDER);
        if ((cancelling >> kind) & 1 == 1) return Transactions.CANCEL_SCOPE;
        return (trading >> kind) & 1 == 1 ? Transactions.TRADE_SCOPE : 0;
    }

    /// @dev Whose signature a transaction needs: its account's owner's, or that of the session key in force under its
    /// number.
    function _judgeSigner(Step memory step, uint256 kind, AdmissionFields memory admission, address owner)
        private
        pure
        returns (uint256, address)
    {
        if (admission.signer == 0) return (Reason.OK, owner);
        (bool exists, SessionKey memory session) =
            Records.readSession(step.store, admission.account, admission.signer);
        if (!exists) return (Reason.UNKNOWN_SIGNER, owner);
        if (session.scope & _scopeOf(kind) == 0) return (Reason.OUT_OF_SCOPE, owner);
        if (step.global.time > session.expiry) return (Reason.SESSION_EXPIRED, owner);
        return (Reason.OK, session.key);
    }

    /// @notice Judges who sent a transaction of an account, and whether it may still be executed. Changes nothing: the
    /// nonce is used by `useNonce` once it is certain that the transaction does something.
    /// @param length where the signature ends; of a block trade both parties are admitted, each with its own fields
    function admit(Step memory step, uint256 position, uint256 length, AdmissionFields memory admission)
        internal
        pure
        returns (uint256 reason, Account memory account)
    {
        uint256 kind = Bytes.readCalldata(position, 1);
        bool exists;
        (exists, account) = Records.readAccount(step.store, admission.account);
        if (!exists) return (Reason.UNKNOWN_ACCOUNT, account);
        address signer;
        (reason, signer) = _judgeSigner(step, kind, admission, account.owner);
        if (reason != Reason.OK) return (reason, account);
        reason = judgeDeadline(step, admission.deadline, kind);
        if (reason != Reason.OK) return (reason, account);
        if (!isSignedBy(step, kind, position, position + length - Transactions.SIGNATURE_BYTES, signer)) {
            return (Reason.BAD_SIGNATURE, account);
        }
        if (isNonceUsed(step, admission)) return (Reason.NONCE_USED, account);
        step.store.charge(Limits.ADMISSION_EVENT);
    }

    /// @notice Whether a nonce has been used with a deadline of the same bucket.
    function isNonceUsed(Step memory step, AdmissionFields memory admission) internal pure returns (bool) {
        (uint256 pointer, uint256 length) = step.store.get(_key(admission));
        return length != 0 && (Bytes.read(pointer, 32) >> (admission.nonce & 0xff)) & 1 == 1;
    }

    function _key(AdmissionFields memory admission) private pure returns (bytes16) {
        return Keys.nonce(
            admission.account, admission.deadline >> Limits.DEADLINE_BUCKET_BITS, admission.nonce >> 8
        );
    }

    /// @notice Marks a nonce as used, and removes the account's oldest nonces whose deadlines have all passed.
    function useNonce(Step memory step, AdmissionFields memory admission) internal pure {
        bytes16 first = Keys.nonce(admission.account, 0, 0);
        for (uint256 pruned = 0; pruned < PRUNED_WORDS; pruned++) {
            (bytes16 oldest,, uint256 found) = step.store.next(first);
            if (found == 0 || !Keys.sharesPrefix(oldest, first, Keys.ACCOUNT_PREFIX_BITS)) break;
            uint256 bucketEnd = (Keys.bucketOfNonce(oldest) + 1) << Limits.DEADLINE_BUCKET_BITS;
            if (bucketEnd > step.global.time) break;
            step.store.remove(oldest);
        }
        bytes16 key = _key(admission);
        (uint256 pointer, uint256 length) = step.store.get(key);
        uint256 word = length == 0 ? 0 : Bytes.read(pointer, 32);
        pointer = Bytes.freeMemory();
        Bytes.write(pointer, 32, word | (1 << (admission.nonce & 0xff)));
        step.store.put(key, pointer, pointer + 32);
    }
}
