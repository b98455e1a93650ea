// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Arithmetic} from "./Arithmetic.sol";
import {Records} from "./Records.sol";

/// @notice Price bands: the twin of `packages/engine/src/band.ts`.
library Band {
    uint256 private constant PERPETUAL = 0;
    int256 private constant NANO_USD_PER_CASH = 1000;

    /// @notice The ranks of the prices at which an instrument may be traded.
    /// @param market where the market record begins in memory
    /// @param index the underlying's, as the oracle last said
    /// @param tickValue cash for one lot and one rank of price
    /// @return lowest may be below any rank there is
    function priceBand(uint256 market, uint256 index, uint256 tickValue)
        internal
        pure
        returns (int256 lowest, int256 highest)
    {
        unchecked {
            int256 value = int256(Arithmetic.indexValue(index, Records.lotOf(market)));
            int256 mark = Records.markOf(market);
            int256 width = Records.kindOf(market) == PERPETUAL
                ? value / 10
                : (mark < 0 ? -mark : mark) / 2 + value / 20;
            int256 perRank = int256(tickValue) * NANO_USD_PER_CASH;
            // Both rounded inward.
            lowest = Arithmetic.ceilDiv(mark - width, perRank);
            highest = -Arithmetic.ceilDiv(-(mark + width), perRank);
        }
    }
}
