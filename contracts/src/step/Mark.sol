// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "./Bytes.sol";
import {Fund} from "./Fund.sol";
import {Funding} from "./Funding.sol";
import {Limits} from "./Limits.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {Premium} from "./Premium.sol";
import {Pricing} from "./Pricing.sol";
import {Reason} from "./Reason.sol";
import {Expiry, Instrument, Market, Premium as PremiumRecord, Records, Underlying} from "./Records.sol";
import {RiskInput} from "./RiskArray.sol";
import {Room} from "./Room.sol";
import {Step} from "./Step.sol";

/// @notice Marks: the twin of `packages/engine/src/mark.ts`.
library Mark {
    using OrderedStore for OrderedStore.Store;

    uint256 private constant PERPETUAL = 0;
    uint256 private constant CALL = 1;
    int256 private constant PRICE_QUANTITY_PER_NANO_USD = 1e7;
    int256 private constant STORED_LIMIT = int256(Limits.MAX_LOSS_PER_LOT);
    int256 private constant VALUE_LIMIT = 1 << 62;
    int256 private constant FUNDING_INDEX_LIMIT = 1 << 62;

    /// @dev What a mark is made from, and of.
    struct Marking {
        uint256 number;
        Instrument instrument;
        /// Where its market begins in memory, as it was before; 0 before the first mark.
        uint256 market;
        /// As it will be: what the mark says of it.
        Market marked;
    }

    /// @notice Marks an instrument: its value, its delta, its loss in each scenario.
    /// @return a reason code, or Room.NEXT_CHUNK
    function execute(Step memory step, uint256 position) internal pure returns (uint256) {
        Marking memory marking;
        marking.number = Bytes.readCalldata(position + 1, 3);
        bool exists;
        (exists, marking.instrument) = Records.readInstrument(step.store, marking.number);
        if (!exists) return Reason.UNKNOWN_INSTRUMENT;
        Instrument memory instrument = marking.instrument;
        if (instrument.kind == PERPETUAL) return _markPerpetual(step, marking);
        // INVARIANT: an expiry's record is there as long as an instrument is.
        (, Expiry memory expiry) = Records.readExpiry(step.store, instrument.underlying, instrument.expiry);
        bool hasExpired = step.global.time >= instrument.expiry;
        if (hasExpired && expiry.settlement == 0) return Reason.INSTRUMENT_EXPIRED;
        if (!hasExpired && expiry.time == 0) return Reason.NOTHING_TO_MARK_FROM;
        _readMarket(step, marking);
        return hasExpired ? _markSettled(step, marking, expiry.settlement) : _markOption(step, marking, expiry);
    }

    function _readMarket(Step memory step, Marking memory marking) private pure {
        (uint256 pointer, bool exists) = Records.readMarket(step.store, marking.number);
        if (exists) marking.market = pointer;
    }

    /// @dev An option is worth what Black's formula makes of its surface.
    function _markOption(Step memory step, Marking memory marking, Expiry memory expiry)
        private
        pure
        returns (uint256)
    {
        RiskInput memory input;
        input.forward = int256(expiry.forward);
        input.surface.a = expiry.a;
        input.surface.b = expiry.b;
        input.surface.rho = expiry.rho;
        input.surface.m = expiry.m;
        input.surface.sigma = expiry.sigma;
        if (!_takeArray(step, marking, input, expiry.time)) return Reason.MARK_OUT_OF_RANGE;
        marking.marked.index = expiry.index;
        return _writeMarket(step, marking, 0);
    }

    /// @dev An expired option is worth what it pays.
    function _markSettled(Step memory step, Marking memory marking, uint256 settlement) private pure returns (uint256) {
        unchecked {
            // INVARIANT: prices have 53 bits and lots 40.
            if (marking.market == 0) return Reason.INSTRUMENT_EXPIRED;
            if (Records.reportTimeOf(marking.market) == Limits.SETTLED_TIME) return Reason.ALREADY_SETTLED;
            Instrument memory instrument = marking.instrument;
            int256 payoff = int256(settlement) - int256(instrument.strike);
            if (instrument.kind != CALL) payoff = -payoff;
            if (payoff < 0) payoff = 0;
            int256 value = payoff * int256(instrument.lot) / PRICE_QUANTITY_PER_NANO_USD;
            if (value >= VALUE_LIMIT) return Reason.MARK_OUT_OF_RANGE;
            int256[24] memory losses;
            Market memory marked = marking.marked;
            marked.mark = value;
            marked.losses = Records.packLosses(losses);
            marked.reportTime = Limits.SETTLED_TIME;
            marked.index = settlement;
            return _writeMarket(step, marking, 0);
        }
    }

    /// @dev A perpetual is worth its index and the average premium at which it trades.
    function _markPerpetual(Step memory step, Marking memory marking) private pure returns (uint256) {
        unchecked {
            // INVARIANT: prices have 54 bits and lots 40.
            Instrument memory instrument = marking.instrument;
            // INVARIANT: an instrument is listed only on an underlying that is, and underlyings are never removed.
            (, Underlying memory underlying) = Records.readUnderlying(step.store, instrument.underlying);
            if (underlying.indexTime == 0) return Reason.NOTHING_TO_MARK_FROM;
            _readMarket(step, marking);
            (bool exists, PremiumRecord memory premium) = Records.readPremium(step.store, marking.number);
            uint256 time = step.global.time;
            if (!exists) premium.time = time;
            RiskInput memory input;
            input.index = int256(underlying.index);
            if (!_takeArray(step, marking, input, underlying.indexTime)) return Reason.MARK_OUT_OF_RANGE;
            marking.marked.index = underlying.index;
            int256 observed = premium.premium;
            // One observation for each report: nobody who sends marks chooses at which moments the book is looked at.
            if (marking.market == 0 || Records.reportTimeOf(marking.market) < underlying.indexTime) {
                uint256 full;
                (full, observed) = Premium.observePremium(
                    step, marking.number, instrument, marking.market, underlying.index
                );
                if (full == Room.CHUNK) return Room.NEXT_CHUNK;
            }

            int256 average = Funding.averagePremium(premium, time);
            (int256 hourSum, int256 perLot) = Funding.accrueFunding(premium, time, underlying.index, instrument.lot);
            {
                // Half a percent of the index at most, so this is positive.
                int256 price = input.index + Funding.clampTo(average, int256(Premium.premiumLimit(underlying.index)));
                int256 value = price * int256(instrument.lot) / PRICE_QUANTITY_PER_NANO_USD;
                if (value >= VALUE_LIMIT) return Reason.MARK_OUT_OF_RANGE;
                marking.marked.mark = value;
            }
            uint256 reason = _writeMarket(step, marking, perLot);
            if (reason != Reason.OK) return reason;
            premium.time = time;
            premium.premium = observed;
            premium.average = average;
            premium.hourSum = hourSum;
            Records.writePremium(step.store, marking.number, premium);
            return Reason.OK;
        }
    }

    /// @dev Takes the risk array of an instrument by what was reported into the mark, if it can be stored.
    function _takeArray(Step memory step, Marking memory marking, RiskInput memory input, uint256 reportTime)
        private
        pure
        returns (bool isInRange)
    {
        unchecked {
            step.store.charge(Limits.MARK_EVENT);
            Instrument memory instrument = marking.instrument;
            Market memory marked = marking.marked;
            input.kind = instrument.kind;
            input.strike = int256(instrument.strike);
            input.lot = int256(instrument.lot);
            input.reportTime = int256(reportTime);
            input.expiry = int256(instrument.expiry);
            input.time = int256(step.global.time);
            marked.reportTime = reportTime;
            int256 gap;
            int256[24] memory losses;
            (isInRange, marked.mark, marked.delta, gap, losses) = Pricing.riskArray(input);
            if (!isInRange || gap >= STORED_LIMIT) return false;
            marked.gap = uint256(gap);
            for (uint256 scenario = 0; scenario < Records.SCENARIOS; scenario++) {
                if (losses[scenario] != int48(losses[scenario])) return false;
            }
            marked.losses = Records.packLosses(losses);
        }
    }

    /// @dev Writes a market with its new mark, and what the fund's claims make of the house's lots and of funding.
    function _writeMarket(Step memory step, Marking memory marking, int256 perLot) private pure returns (uint256) {
        unchecked {
            // INVARIANT: lots have 53 bits, marks and funding indices 63, claims 126.
            Market memory marked = marking.marked;
            marked.fundingIndex = perLot;
            int256 claims = step.global.claims;
            uint256 market = marking.market;
            if (market != 0) {
                marked.fundingIndex += Records.fundingIndexOf(market);
                marked.openInterest = Records.openInterestOf(market);
                marked.houseLots = Records.houseLotsOf(market);
                // Of what positions owe, what the house would owe is owed to the fund by the others: their lots and its
                // are zero in sum.
                claims += marked.houseLots * (marked.mark - Records.markOf(market) - perLot);
            }
            if (
                marked.fundingIndex >= FUNDING_INDEX_LIMIT || marked.fundingIndex <= -FUNDING_INDEX_LIMIT
                    || !Fund.isFundWithinRange(step.global.insurance, claims)
            ) return Reason.MARK_OUT_OF_RANGE;
            step.global.claims = claims;
            Fund.settleFund(step.global);
            marked.underlying = marking.instrument.underlying;
            marked.kind = marking.instrument.kind;
            marked.lot = marking.instrument.lot;
            marked.time = step.global.time;
            Records.writeMarket(step.store, marking.number, marked);
            return Reason.OK;
        }
    }
}
