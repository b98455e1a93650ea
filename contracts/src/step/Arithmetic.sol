// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Division of integers of either sign: the twin of `packages/engine/src/arithmetic.ts`. Divisors are positive.
library Arithmetic {
    uint256 private constant PRICE_QUANTITY_PER_NANO_USD = 1e7;

    /// @notice Divides and rounds toward minus infinity.
    function floorDiv(int256 numerator, int256 divisor) internal pure returns (int256 quotient) {
        unchecked {
            quotient = numerator / divisor;
            if (quotient * divisor > numerator) quotient -= 1;
        }
    }

    /// @notice Divides and rounds toward plus infinity.
    function ceilDiv(int256 numerator, int256 divisor) internal pure returns (int256 quotient) {
        unchecked {
            quotient = numerator / divisor;
            if (quotient * divisor < numerator) quotient += 1;
        }
    }

    /// @notice What one lot is worth at an index, in nano-USD, rounded down.
    function indexValue(uint256 index, uint256 lot) internal pure returns (uint256) {
        unchecked {
            // INVARIANT: an index has 64 bits and a lot has 40.
            return (index * lot) / PRICE_QUANTITY_PER_NANO_USD;
        }
    }
}
