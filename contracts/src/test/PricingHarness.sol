// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Black76} from "../step/Black76.sol";
import {FixedPoint} from "../step/FixedPoint.sol";
import {Pricing} from "../step/Pricing.sol";
import {RiskInput} from "../step/RiskArray.sol";
import {Surface, Svi} from "../step/Svi.sol";

/// @title Pricing, many inputs a call
/// @notice For tests that compare the Solidity with its TypeScript twin.
contract PricingHarness {
    struct RiskResult {
        bool ok;
        int256 mark;
        int256 delta;
        int256 gap;
        int256[24] losses;
    }

    /// @notice One of the functions of FixedPoint, by number, over many arguments.
    function fixedPoint(uint256 which, int256[2][] calldata arguments) external pure returns (int256[] memory results) {
        results = new int256[](arguments.length);
        for (uint256 i = 0; i < arguments.length; i++) {
            int256 x = arguments[i][0];
            int256 y = arguments[i][1];
            if (which == 0) results[i] = FixedPoint.exp(x);
            else if (which == 1) results[i] = FixedPoint.normalTailRatio(x);
            else if (which == 2) results[i] = FixedPoint.lnRatio(x, y);
            else results[i] = FixedPoint.integerSqrtFloor(x);
        }
    }

    /// @notice Legs, price and delta of options given as (is call, forward, strike, logRatio, deviation).
    function options(int256[5][] calldata arguments) external pure returns (int256[4][] memory results) {
        results = new int256[4][](arguments.length);
        for (uint256 i = 0; i < arguments.length; i++) {
            int256[5] calldata option = arguments[i];
            (int256 received, int256 paid) = Black76.optionLegs(option[3], option[4]);
            results[i][0] = received;
            results[i][1] = paid;
            results[i][2] = Black76.optionPrice(option[0] == 1, option[1], option[2], received, paid);
            results[i][3] = Black76.optionDelta(option[0] == 1, option[1], option[2], received, paid);
        }
    }

    /// @notice Volatilities of (logRatio, surface, seconds); minus one where the surface is not valid.
    function volatilities(int256[] calldata logRatios, Surface[] calldata surfaces, int256[] calldata terms)
        external
        pure
        returns (int256[] memory results)
    {
        results = new int256[](surfaces.length);
        for (uint256 i = 0; i < surfaces.length; i++) {
            Surface memory surface = surfaces[i];
            bool valid = Pricing.isValidSurface(surface.a, surface.b, surface.rho, surface.m, surface.sigma);
            results[i] = valid ? Svi.impliedVolatility(logRatios[i], surface, terms[i]) : -1;
        }
    }

    /// @notice Risk arrays through the linked library.
    function riskArrays(RiskInput[] calldata inputs) external pure returns (RiskResult[] memory results) {
        results = new RiskResult[](inputs.length);
        for (uint256 i = 0; i < inputs.length; i++) {
            RiskResult memory result = results[i];
            (result.ok, result.mark, result.delta, result.gap, result.losses) = Pricing.riskArray(inputs[i]);
        }
    }

    /// @notice The gas of one call of the library, its overhead included.
    function riskArrayGas(RiskInput calldata input) external view returns (uint256 used) {
        RiskInput memory copy = input;
        uint256 before = gasleft();
        Pricing.riskArray(copy);
        used = before - gasleft();
    }
}
