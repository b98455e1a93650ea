// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Admission} from "./Admission.sol";
import {Bytes} from "./Bytes.sol";
import {Reason} from "./Reason.sol";
import {Records} from "./Records.sol";
import {Step} from "./Step.sol";
import {Transactions} from "./Transactions.sol";

/// @notice Signatures of the oracles: the twin of `packages/engine/src/quorum.ts`.
library Quorum {
    /// @notice Whether enough distinct oracles of the set have signed: each bit names one, each named one must have
    /// signed.
    /// @param kind of the transaction at the position
    /// @param signersAt where its signer bits stand, and its signatures after them
    function judgeQuorum(Step memory step, uint256 kind, uint256 position, uint256 parameters, uint256 signersAt)
        internal
        pure
        returns (uint256)
    {
        uint256 signers = Bytes.readCalldata(signersAt, 2);
        uint256 count = Records.oracleCount(parameters);
        if (signers >= 1 << count || Transactions.countBits(signers) < Records.oracleThreshold(parameters)) {
            return Reason.BAD_QUORUM;
        }
        uint256 signatureAt = signersAt + 2;
        for (uint256 place = 0; place < count; place++) {
            if ((signers >> place) & 1 == 0) continue;
            address oracle = Records.oracle(parameters, place);
            if (!Admission.isSignedBy(step, kind, position, signatureAt, oracle)) return Reason.BAD_SIGNATURE;
            signatureAt += Transactions.SIGNATURE_BYTES;
        }
        return Reason.OK;
    }
}
