// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Arithmetic} from "./Arithmetic.sol";
import {Limits} from "./Limits.sol";
import {Records} from "./Records.sol";

/// @notice What a conditional order waits for: the twin of `packages/engine/src/trigger.ts`.
library Trigger {
    uint256 private constant AT_OR_ABOVE = 0;
    uint256 private constant AT_OR_BELOW = 1;

    /// @notice Whether the fields of a trigger are within their ranges.
    function isTrigger(uint256 price, uint256 direction) internal pure returns (bool) {
        return price != 0 && price < Limits.MAX_PRICE && direction <= AT_OR_BELOW;
    }

    /// @notice Whether an instrument's mark is at the trigger price, or beyond it in the direction that was waited for.
    /// @param market where the market record begins in memory
    function isTriggered(uint256 price, uint256 direction, uint256 market) internal pure returns (bool) {
        int256 mark = Records.markOf(market);
        int256 level = int256(Arithmetic.indexValue(price, Records.lotOf(market)));
        return direction == AT_OR_ABOVE ? mark >= level : mark <= level;
    }
}
