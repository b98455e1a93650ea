// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Black76} from "./Black76.sol";
import {FixedPoint} from "./FixedPoint.sol";

/// @notice The parameters of one expiry's smile, each an integer in units of 1e-15: the level a, the slope b of the wings,
/// the tilt rho, the log-moneyness m of the middle, and the width sigma of the turn.
struct Surface {
    int256 a;
    int256 b;
    int256 rho;
    int256 m;
    int256 sigma;
}

/// @title The raw SVI parametrisation of total implied variance (Gatheral 2004)
/// @notice Twin of packages/engine/src/svi.ts, bit for bit: w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2)) with
/// k = ln(strike / forward); the implied volatility is sqrt(w / tau), tau from the report to the expiry.
library Svi {
    /// @notice One, in the unit of the parameters.
    int256 internal constant SURFACE_SCALE = 1e15;

    /// @notice The greatest |a| and b: a total variance of 1,000.
    int256 internal constant SURFACE_LEVEL_LIMIT = 1_000 * SURFACE_SCALE;

    /// @notice The greatest |m| and sigma: a log-moneyness of 100.
    int256 internal constant SURFACE_SHIFT_LIMIT = 100 * SURFACE_SCALE;

    /// @notice The greatest implied volatility, 10,000 %.
    int256 internal constant VOLATILITY_LIMIT = 100 * FixedPoint.ONE;

    /// @notice 5^30 = 1e30 / 2^30.
    int256 private constant FIFTH_POWERS = 931_322_574_615_478_515_625;

    /// @notice Whether a report's parameters make a surface: within the limits, |rho| <= 1, and nowhere negative.
    /// @dev Any integers may be given. Past the limits' checks b sigma sqrt(1 - rho^2) <= 1e50 < 2^167.
    function isValidSurface(int256 a, int256 b, int256 rho, int256 m, int256 sigma) internal pure returns (bool) {
        unchecked {
            if (a < -SURFACE_LEVEL_LIMIT || a > SURFACE_LEVEL_LIMIT || b < 0 || b > SURFACE_LEVEL_LIMIT) return false;
            if (rho < -SURFACE_SCALE || rho > SURFACE_SCALE) return false;
            if (m < -SURFACE_SHIFT_LIMIT || m > SURFACE_SHIFT_LIMIT || sigma < 0 || sigma > SURFACE_SHIFT_LIMIT) {
                return false;
            }
            if (a >= 0) return true;
            int256 rootOfComplement = FixedPoint.integerSqrtFloor(SURFACE_SCALE * SURFACE_SCALE - rho * rho);
            return b * sigma * rootOfComplement >= -a * SURFACE_SCALE * SURFACE_SCALE;
        }
    }

    /// @notice The implied volatility of a strike, Q60 and rounded down, at most `VOLATILITY_LIMIT`.
    /// @param logRatio ln(forward / strike), Q60, absolute value below 2^66
    /// @param surface as `isValidSurface` accepts it
    /// @param secondsAtReport expiry minus the time of the report, in [1, 2^40)
    /// @dev |shift| < 2^68 and width < 2^67, so the root is below 2^68 and the variance below 2^179; times 2^30 and the
    /// year it is below 2^234.
    function impliedVolatility(int256 logRatio, Surface memory surface, int256 secondsAtReport)
        internal
        pure
        returns (int256 volatility)
    {
        unchecked {
            int256 shift = -logRatio - (surface.m << 60) / SURFACE_SCALE;
            int256 width = (surface.sigma << 60) / SURFACE_SCALE;
            int256 root = FixedPoint.integerSqrtFloor(shift * shift + width * width);
            // In units of 1e-30 / 2^60, without rounding.
            int256 variance =
                ((surface.a * SURFACE_SCALE) << 60) + surface.b * (surface.rho * shift + SURFACE_SCALE * root);
            // The rounded root may leave a surface that touches zero a little below it.
            if (variance <= 0) return 0;
            // (variance / 1e30) 2^60 (year / seconds), with the factor 2^30 of 1e30 cancelled to stay below 2^256.
            int256 squared = ((variance << 30) * Black76.SECONDS_PER_YEAR) / (FIFTH_POWERS * secondsAtReport);
            volatility = FixedPoint.integerSqrtFloor(squared);
            if (volatility > VOLATILITY_LIMIT) volatility = VOLATILITY_LIMIT;
        }
    }
}
