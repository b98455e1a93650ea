// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPoint} from "./FixedPoint.sol";

/// @title Black's formula of 1976 for European options on a forward, undiscounted
/// @notice Twin of packages/engine/src/black76.ts, bit for bit. With k = ln(F / K), s = sigma sqrt(tau),
/// d1 = k / s + s / 2 and d2 = d1 - s a call is worth F N(d1) - K N(d2). A put on F struck at K is worth as much as a call
/// on K struck at F, so one formula serves the out-of-the-money option of either kind, in units of the smaller of F and K;
/// the in-the-money option follows by parity.
library Black76 {
    /// @notice Seconds in a year of 365 days.
    int256 internal constant SECONDS_PER_YEAR = 31_536_000;

    /// @notice sqrt(seconds / year) with 90 fractional bits, rounded down; seconds in [0, 2^40).
    function rootOfYears(int256 secondsLeft) internal pure returns (int256) {
        unchecked {
            return FixedPoint.integerSqrtFloor((secondsLeft << 180) / SECONDS_PER_YEAR);
        }
    }

    /// @notice sigma sqrt(tau), rounded down: the standard deviation of the forward's logarithm at expiry. Sigma is Q60,
    /// below 2^68; the root is below 2^98.
    function standardDeviation(int256 sigma, int256 rootYears) internal pure returns (int256) {
        unchecked {
            return (sigma * rootYears) >> 90;
        }
    }

    /// @notice The two sides of an out-of-the-money option, each a Q60 fraction of the smaller of forward and strike.
    /// @param logRatio ln(forward / strike), absolute value below 2^66; its sign does not matter here
    /// @param deviation sigma sqrt(tau) in [0, 2^77)
    /// @return received N(d1), the expected worth of what the holder receives
    /// @return paid e^|k| N(d2), the expected worth of what the holder gives for it
    /// @dev |k / s| < 2^126 before d1 is compared with the end of the tail; only what is within it is squared.
    function optionLegs(int256 logRatio, int256 deviation) internal pure returns (int256 received, int256 paid) {
        unchecked {
            int256 distance = logRatio < 0 ? logRatio : -logRatio;
            if (deviation == 0) {
                int256 leg = distance == 0 ? FixedPoint.ONE >> 1 : int256(0);
                return (leg, leg);
            }
            int256 d1 = (distance << 60) / deviation + (deviation >> 1);
            if (d1 <= -FixedPoint.NORMAL_TAIL_END) return (0, 0);
            if (d1 >= FixedPoint.NORMAL_TAIL_END) return (FixedPoint.ONE, 0);
            // e^|k| e^(-d2^2/2) = e^(-d1^2/2): one exponential serves both legs.
            int256 density = FixedPoint.exp(-((d1 * d1) >> 61));
            paid = FixedPoint.mulFloor(density, FixedPoint.normalTailRatio(deviation - d1));
            received = FixedPoint.mulFloor(density, FixedPoint.normalTailRatio(d1 <= 0 ? -d1 : d1));
            if (d1 > 0) received = FixedPoint.ONE - received;
        }
    }

    /// @notice The value of an option in the unit of forward and strike, with 60 fractional bits.
    /// @dev Forward and strike are in [1, 2^63), the legs in [0, 2^60]: the result is below 2^124.
    function optionPrice(bool isCall, int256 forward, int256 strike, int256 received, int256 paid)
        internal
        pure
        returns (int256 price)
    {
        unchecked {
            // Rounding may leave the difference of two equal legs a few ulp below zero.
            if (received > paid) price = (forward < strike ? forward : strike) * (received - paid);
            int256 intrinsic = isCall ? forward - strike : strike - forward;
            if (intrinsic > 0) price += intrinsic << 60;
        }
    }

    /// @notice The derivative of the value by the forward, Q60: N(d1) of a call, N(d1) - 1 of a put.
    function optionDelta(bool isCall, int256 forward, int256 strike, int256 received, int256 paid)
        internal
        pure
        returns (int256 callDelta)
    {
        unchecked {
            // Above the strike the legs are a put's, which gives the forward away with the probability N(-d1).
            callDelta = forward <= strike ? received : FixedPoint.ONE - (paid * strike) / forward;
            if (!isCall) callDelta -= FixedPoint.ONE;
        }
    }
}
