// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Band} from "./Band.sol";
import {Limits} from "./Limits.sol";
import {Margin} from "./Margin.sol";
import {Reason} from "./Reason.sol";
import {Instrument, Records} from "./Records.sol";
import {Step} from "./Step.sol";

/// @notice An instrument that may be traded now.
struct TradableInstrument {
    Instrument instrument;
    /// Where the market record begins in memory; it changes when the market is written.
    uint256 market;
    /// What the oracle last said of the underlying: index (8) ‖ time (4).
    uint256 newest;
    /// Cash for one lot and one rank of price.
    uint256 tickValue;
    /// The ranks of the prices at which it may be traded.
    int256 lowestRank;
    int256 highestRank;
}

/// @notice Instruments of transactions that name several: the twin of `packages/engine/src/tradable.ts`.
library Tradable {
    uint256 private constant PRICE_QUANTITY_PER_CASH = 1e10;

    /// @notice Reads an instrument and its market, or says why it cannot be traded.
    function read(Step memory step, uint256 number, uint256 maxMarkAgeSeconds)
        internal
        pure
        returns (uint256 reason, TradableInstrument memory tradable)
    {
        bool exists;
        (exists, tradable.instrument) = Records.readInstrument(step.store, number);
        if (!exists) return (Reason.UNKNOWN_INSTRUMENT, tradable);
        Instrument memory instrument = tradable.instrument;
        if (instrument.expiry != 0 && step.global.time >= instrument.expiry) {
            return (Reason.INSTRUMENT_EXPIRED, tradable);
        }
        (tradable.market, exists) = Records.readMarket(step.store, number);
        if (!exists) return (Reason.INSTRUMENT_NOT_MARKED, tradable);
        if (Margin.isTooOld(step, Records.reportTimeOf(tradable.market), maxMarkAgeSeconds)) {
            return (Reason.MARK_TOO_OLD, tradable);
        }
        tradable.newest = Records.readNewest(step.store, instrument.underlying);
        tradable.tickValue = (instrument.tick * instrument.lot) / PRICE_QUANTITY_PER_CASH;
        (tradable.lowestRank, tradable.highestRank) =
            Band.priceBand(tradable.market, tradable.newest >> 32, tradable.tickValue);
    }

    /// @notice Whether so many lots may be traded at a price: their value and their size.
    function judgeTerms(TradableInstrument memory tradable, uint256 rank, uint256 lots)
        internal
        pure
        returns (uint256)
    {
        Instrument memory instrument = tradable.instrument;
        if (
            rank * instrument.tick >= Limits.MAX_PRICE
                || rank * tradable.tickValue * lots > Limits.MAX_ORDER_VALUE
        ) return Reason.VALUE_OUT_OF_RANGE;
        uint256 notional = lots * instrument.lot * (tradable.newest >> 32);
        return notional < instrument.minimumNotional * PRICE_QUANTITY_PER_CASH
            ? Reason.BELOW_MINIMUM_NOTIONAL
            : Reason.OK;
    }

    /// @notice Whether a price is no further from the mark than it may be, on either side.
    function isWithinBand(TradableInstrument memory tradable, uint256 rank) internal pure returns (bool) {
        return int256(rank) >= tradable.lowestRank && int256(rank) <= tradable.highestRank;
    }
}
