// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Admission} from "./Admission.sol";
import {Bytes} from "./Bytes.sol";
import {Reason} from "./Reason.sol";
import {Account, Records} from "./Records.sol";
import {Step} from "./Step.sol";
import {AdmissionFields, Transactions} from "./Transactions.sol";

/// @notice Liquidity providers: the twin of `packages/engine/src/provider.ts`.
library Provider {
    /// @notice Declares an account a liquidity provider, to which liquidations may hand positions, or no longer one.
    function execute(Step memory step, uint256 position, uint256 length) internal pure returns (uint256) {
        uint256 active = Bytes.readCalldata(position + 12, 1);
        if (active > 1) return Reason.MALFORMED_PROVIDER;
        AdmissionFields memory admission = Transactions.decodeAdmission(position);
        (uint256 reason, Account memory account) = Admission.admit(step, position, length, admission);
        if (reason != Reason.OK) return reason;
        account.isProvider = active == 1;
        Admission.useNonce(step, admission);
        Records.writeAccount(step.store, admission.account, account);
        return Reason.OK;
    }
}
