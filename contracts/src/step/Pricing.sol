// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RiskArray, RiskInput} from "./RiskArray.sol";
import {Svi} from "./Svi.sol";

/// @title Pricing, deployed on its own
/// @notice A contract has at most 24,576 bytes, and pricing would take a third of those of the step that marks
/// instruments. It needs no state, so it stands apart, and the step links it.
library Pricing {
    /// @notice See `RiskArray.riskArray`.
    function riskArray(RiskInput memory input)
        external
        pure
        returns (bool ok, int256 mark, int256 delta, int256 gap, int256[24] memory losses)
    {
        return RiskArray.riskArray(input);
    }

    /// @notice See `Svi.isValidSurface`.
    function isValidSurface(int256 a, int256 b, int256 rho, int256 m, int256 sigma) external pure returns (bool) {
        return Svi.isValidSurface(a, b, rho, m, sigma);
    }
}
