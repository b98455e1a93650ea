// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Arithmetic} from "./Arithmetic.sol";
import {Limits} from "./Limits.sol";
import {Premium as PremiumRecord} from "./Records.sol";

/// @notice The average premium and the funding paid for it: the twin of `packages/engine/src/funding.ts`, which says how
/// far each number can go: premiums 46 bits, times 32, lots 40, so that nothing here wraps.
library Funding {
    uint256 private constant SECONDS_PER_HOUR = 3_600;
    uint256 private constant AVERAGING_SECONDS = 300;
    uint256 private constant FUNDING_SHARE = 2_000;
    int256 private constant PRICE_QUANTITY_PER_NANO_USD = 1e7;

    /// @notice Brings a number to within ± a limit.
    function clampTo(int256 value, int256 limit) internal pure returns (int256) {
        if (value > limit) return limit;
        return value < -limit ? -limit : value;
    }

    /// @notice The average premium at a mark.
    function averagePremium(PremiumRecord memory before, uint256 time) internal pure returns (int256) {
        unchecked {
            // INVARIANT: the clock never goes back.
            uint256 elapsed = time - before.time;
            int256 share = int256(elapsed < AVERAGING_SECONDS ? elapsed : AVERAGING_SECONDS);
            return before.average
                + Arithmetic.floorDiv((before.premium - before.average) * share, int256(AVERAGING_SECONDS));
        }
    }

    /// @notice Adds up what the premium was, second by second, and makes funding of it where an hour has ended.
    /// @return hourSum of the hour that runs now
    /// @return perLot what a long position pays for one lot, in nano-USD; 0 where no hour has ended
    function accrueFunding(PremiumRecord memory before, uint256 time, uint256 index, uint256 lot)
        internal
        pure
        returns (int256 hourSum, int256 perLot)
    {
        unchecked {
            uint256 hourEnd = (before.time / SECONDS_PER_HOUR + 1) * SECONDS_PER_HOUR;
            if (time < hourEnd) return (before.hourSum + before.premium * int256(time - before.time), 0);
            int256 total = before.hourSum + before.premium * int256(hourEnd - before.time);
            int256 mean = Arithmetic.floorDiv(total, int256(SECONDS_PER_HOUR * Limits.FUNDING_PERIODS));
            int256 rate = clampTo(mean, int256(index / FUNDING_SHARE));
            perLot = Arithmetic.floorDiv(rate * int256(lot), PRICE_QUANTITY_PER_NANO_USD);
            if (time < hourEnd + SECONDS_PER_HOUR) hourSum = before.premium * int256(time - hourEnd);
        }
    }
}
