// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "./Bytes.sol";
import {Limits} from "./Limits.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {Pricing} from "./Pricing.sol";
import {Reason} from "./Reason.sol";
import {Expiry, Instrument, Market, Records, Underlying} from "./Records.sol";
import {RiskInput} from "./RiskArray.sol";
import {Step} from "./Step.sol";

/// @notice Marks: the twin of `packages/engine/src/mark.ts`.
library Mark {
    using OrderedStore for OrderedStore.Store;

    uint256 private constant PERPETUAL = 0;

    /// @notice Marks an instrument from the newest report: its value, its delta, and its loss in each scenario.
    function execute(Step memory step, uint256 position) internal pure returns (uint256) {
        uint256 number = Bytes.readCalldata(position + 1, 3);
        (bool exists, Instrument memory instrument) = Records.readInstrument(step.store, number);
        if (!exists) return Reason.UNKNOWN_INSTRUMENT;
        if (instrument.expiry != 0 && step.global.time >= instrument.expiry) return Reason.INSTRUMENT_EXPIRED;
        // INVARIANT: an instrument is listed only on an underlying that is, and its expiry with it; neither is removed
        // before it.
        (, Underlying memory underlying) = Records.readUnderlying(step.store, instrument.underlying);
        RiskInput memory input;
        uint256 reportTime = underlying.indexTime;
        uint256 index = underlying.index;
        if (instrument.kind != PERPETUAL) {
            (, Expiry memory expiry) = Records.readExpiry(step.store, instrument.underlying, instrument.expiry);
            reportTime = expiry.time;
            index = expiry.index;
            input.forward = int256(expiry.forward);
            input.surface.a = expiry.a;
            input.surface.b = expiry.b;
            input.surface.rho = expiry.rho;
            input.surface.m = expiry.m;
            input.surface.sigma = expiry.sigma;
        }
        if (reportTime == 0) return Reason.NOTHING_TO_MARK_FROM;

        step.store.charge(Limits.MARK_EVENT);
        input.kind = instrument.kind;
        input.strike = int256(instrument.strike);
        input.lot = int256(instrument.lot);
        input.index = int256(underlying.index);
        input.reportTime = int256(reportTime);
        input.expiry = int256(instrument.expiry);
        input.time = int256(step.global.time);
        (bool isInRange, int256 mark, int256 delta,, int256[24] memory losses) = Pricing.riskArray(input);
        for (uint256 scenario = 0; scenario < Records.SCENARIOS && isInRange; scenario++) {
            int256 limit = int256(Limits.MAX_LOSS_PER_LOT);
            isInRange = losses[scenario] < limit && losses[scenario] >= -limit;
        }
        if (!isInRange) return Reason.MARK_OUT_OF_RANGE;
        Market memory market;
        (uint256 pointer, bool isMarked) = Records.readMarket(step.store, number);
        if (isMarked) market = Records.decodeMarket(pointer);
        market.underlying = instrument.underlying;
        market.kind = instrument.kind;
        market.mark = mark;
        market.delta = delta;
        market.time = step.global.time;
        market.reportTime = reportTime;
        market.index = index;
        market.lot = instrument.lot;
        market.gap = 0;
        market.losses = Records.packLosses(losses);
        Records.writeMarket(step.store, number, market);
        return Reason.OK;
    }
}
