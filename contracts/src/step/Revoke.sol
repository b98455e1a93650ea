// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Admission} from "./Admission.sol";
import {Bytes} from "./Bytes.sol";
import {Limits} from "./Limits.sol";
import {Reason} from "./Reason.sol";
import {Step} from "./Step.sol";
import {AdmissionFields, Transactions} from "./Transactions.sol";

/// @notice Revocations: the twin of `packages/engine/src/revoke.ts`.
library Revoke {
    /// @dev How far ahead the deadline may lie of what is revoked: that of anything that may be executed some time.
    uint256 private constant MAX_AHEAD_SECONDS =
        Limits.MAX_CONDITIONAL_AHEAD_SECONDS + Limits.MAX_DEADLINE_AHEAD_SECONDS;

    /// @notice Uses up the nonce of something that the account has signed and that nobody has submitted yet.
    function execute(Step memory step, uint256 position, uint256 length) internal pure returns (uint256 reason) {
        AdmissionFields memory admission = Transactions.decodeAdmission(position);
        AdmissionFields memory revoked;
        revoked.account = admission.account;
        revoked.deadline = Bytes.readCalldata(position + 12, 4);
        revoked.nonce = Bytes.readCalldata(position + 16, 2);
        uint256 time = step.global.time;
        bool isOwn = _bucketOf(revoked) == _bucketOf(admission) && revoked.nonce == admission.nonce;
        if (revoked.deadline < time || revoked.deadline > time + MAX_AHEAD_SECONDS || isOwn) {
            return Reason.MALFORMED_REVOCATION;
        }
        (reason,) = Admission.admit(step, position, length, admission);
        if (reason != Reason.OK) return reason;
        if (Admission.isNonceUsed(step, revoked)) return Reason.NONCE_USED;
        Admission.useNonce(step, admission);
        Admission.useNonce(step, revoked);
    }

    function _bucketOf(AdmissionFields memory admission) private pure returns (uint256) {
        return admission.deadline >> Limits.DEADLINE_BUCKET_BITS;
    }
}
