// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Admission} from "./Admission.sol";
import {Band} from "./Band.sol";
import {Book} from "./Book.sol";
import {Bytes} from "./Bytes.sol";
import {Limits} from "./Limits.sol";
import {Margin, Traded} from "./Margin.sol";
import {Matching} from "./Matching.sol";
import {OrderFields, OrderPlan, Plan} from "./Plan.sol";
import {Reason} from "./Reason.sol";
import {Account, Instrument, Records} from "./Records.sol";
import {Room} from "./Room.sol";
import {Step} from "./Step.sol";
import {Transactions} from "./Transactions.sol";
import {Trigger} from "./Trigger.sol";

/// @notice Orders: the twin of `packages/engine/src/order.ts`.
library Order {
    uint256 private constant BUY = 0;
    uint256 private constant GOOD_TIL_CANCELLED = 0;
    uint256 private constant FILL_OR_KILL = 2;

    /// @dev The greatest that options may be above the bits post-only and reduce-only: to cancel both orders of one
    /// account. There is one bit more, which has no meaning yet.
    uint256 private constant LAST_PREVENTION = 2;

    uint256 private constant LAST_SECOND = 2 ** 32 - 1;
    uint256 private constant PRICE_QUANTITY_PER_CASH = 1e10;

    /// @notice Executes an order: judges it, matches it in price-time priority, and lets a good-till-cancelled remainder
    /// rest.
    function execute(Step memory step, uint256 position, uint256 length) internal pure returns (uint256 reason) {
        OrderPlan memory plan;
        reason = admit(step, plan, position, length);
        if (reason != Reason.OK) return reason;
        plan.limit = Limits.ORDER_LIMIT;
        return executePlan(step, plan);
    }

    /// @notice Begins the plan of an order, or of a replacement, if its fields are within their ranges and its account
    /// may send it.
    function admit(Step memory step, OrderPlan memory plan, uint256 position, uint256 length)
        internal
        pure
        returns (uint256 reason)
    {
        OrderFields memory order = plan.order;
        order.instrument = Bytes.readCalldata(position + 12, 3);
        uint256 flags = Bytes.readCalldata(position + 15, 1);
        order.side = flags & 1;
        order.timeInForce = (flags >> 1) & 3;
        order.options = flags >> 3;
        order.priceRank = Bytes.readCalldata(position + 16, 5);
        order.lots = Bytes.readCalldata(position + 21, 4);
        order.restMinutes = Bytes.readCalldata(position + 25, 2);
        order.clientOrderId = Bytes.readCalldata(position + 27, 4);
        if (!_isWellFormed(order)) return Reason.MALFORMED_ORDER;
        plan.admission = Transactions.decodeAdmission(position);
        plan.taker.account = plan.admission.account;
        (reason, plan.taker.record) = Admission.admit(step, position, length, plan.admission);
    }

    /// @dev Whether the fields of an order are within their ranges, whatever the state.
    function _isWellFormed(OrderFields memory order) private pure returns (bool) {
        bool isPostOnly = order.options & Plan.POST_ONLY != 0;
        return order.timeInForce <= FILL_OR_KILL && !(isPostOnly && order.timeInForce != GOOD_TIL_CANCELLED)
            && order.options >> 2 <= LAST_PREVENTION && order.priceRank != 0 && order.lots != 0
            && order.clientOrderId < Limits.FIRST_QUOTE_ID;
    }

    /// @notice Executes an order of an account that has been admitted; what it replaces, if anything, and its limit are in
    /// the plan.
    function executePlan(Step memory step, OrderPlan memory plan) internal pure returns (uint256) {
        if (plan.replacedKey != 0) plan.taker.record.restingOrders--;
        uint256 reason = _judge(step, plan);
        if (reason != Reason.OK) return reason;
        uint256 stop = Matching.matchBook(step, plan);
        if (stop == Room.CHUNK) return Room.NEXT_CHUNK;

        OrderFields memory order = plan.order;
        bool rests =
            plan.remaining > 0 && stop == Matching.GOES_ON && order.timeInForce == GOOD_TIL_CANCELLED;
        if (plan.remaining > 0 && !rests) {
            // Taking dead orders out of the way is worth a transaction, but not to whom it may cost a place in the book.
            bool isOfUse = plan.replacedKey == 0 ? plan.firstOrder != 0 : plan.isFilled;
            if (!isOfUse || stop == Matching.STOPPED_BY_POST_ONLY || order.timeInForce == FILL_OR_KILL) {
                return _reasonOfStop(stop);
            }
        }
        Plan.write(step, plan, goodTillOf(plan.admission.deadline, order.restMinutes), rests);
        Admission.useNonce(step, plan.admission);
        Records.writeAccount(step.store, plan.taker.account, plan.taker.record);
        return Reason.OK;
    }

    /// @dev Judges an order by its instrument and its account, and completes its plan.
    function _judge(Step memory step, OrderPlan memory plan) private pure returns (uint256) {
        OrderFields memory order = plan.order;
        bool exists;
        (exists, plan.instrument) = Records.readInstrument(step.store, order.instrument);
        if (!exists) return Reason.UNKNOWN_INSTRUMENT;
        Instrument memory instrument = plan.instrument;
        if (instrument.expiry != 0 && step.global.time >= instrument.expiry) return Reason.INSTRUMENT_EXPIRED;
        // The market is written at the plan's end only, so this stays where and as it is.
        Traded memory traded = plan.traded;
        (traded.market, exists) = Records.readMarket(step.store, order.instrument);
        if (!exists) return Reason.INSTRUMENT_NOT_MARKED;
        traded.maxMarkAgeSeconds = Records.maxMarkAgeSeconds(Records.readParameters(step.store));
        bool mayBeStale = order.options & Plan.REDUCE_ONLY != 0 && plan.triggerPrice == 0;
        if (!mayBeStale && Margin.isTooOld(step, Records.reportTimeOf(traded.market), traded.maxMarkAgeSeconds)) {
            return Reason.MARK_TOO_OLD;
        }
        if (plan.triggerPrice != 0 && !Trigger.isTriggered(plan.triggerPrice, plan.triggerDirection, traded.market)) {
            return Reason.TRIGGER_NOT_REACHED;
        }
        unchecked {
            // INVARIANT: ranks, lots and an instrument's lot have 40 bits at most, prices 64.
            plan.tickValue = (instrument.tick * instrument.lot) / PRICE_QUANTITY_PER_CASH;
            if (
                order.priceRank * instrument.tick >= Limits.MAX_PRICE
                    || order.priceRank * plan.tickValue * order.lots > Limits.MAX_ORDER_VALUE
            ) return Reason.VALUE_OUT_OF_RANGE;
            traded.newest = Records.readNewest(step.store, instrument.underlying);
            uint256 index = traded.newest >> 32;
            uint256 notional = order.lots * instrument.lot * index;
            if (notional < instrument.minimumNotional * PRICE_QUANTITY_PER_CASH) return Reason.BELOW_MINIMUM_NOTIONAL;
            (plan.lowestRank, plan.highestRank) = Band.priceBand(traded.market, index, plan.tickValue);
        }
        bool isOutside = order.side == BUY
            ? int256(order.priceRank) > plan.highestRank
            : int256(order.priceRank) < plan.lowestRank;
        if (isOutside) return Reason.OUTSIDE_PRICE_BAND;
        bool takesOver = plan.replacedKey != 0 && order.clientOrderId == plan.replaced.clientOrderId;
        if (!takesOver && Book.findOrder(step, plan.taker.account, order.clientOrderId) != 0) {
            return Reason.DUPLICATE_CLIENT_ORDER_ID;
        }
        Account memory record = plan.taker.record;
        if (order.timeInForce == GOOD_TIL_CANCELLED && record.restingOrders >= Limits.MAX_RESTING_ORDERS) {
            return Reason.TOO_MANY_RESTING_ORDERS;
        }

        plan.openInterest = int256(Records.openInterestOf(traded.market));
        plan.insurance = step.global.insurance;
        plan.claims = step.global.claims;
        plan.remaining = order.lots;
        Plan.readPosition(step, plan, plan.taker);
        if (plan.replacedKey != 0) Plan.noteReplaced(plan);
        if (order.options & Plan.REDUCE_ONLY != 0) {
            int256 reducible = order.side == BUY ? -plan.taker.lots : plan.taker.lots;
            if (reducible <= 0) return Reason.WOULD_NOT_REDUCE;
            if (plan.remaining > uint256(reducible)) plan.remaining = uint256(reducible);
        }
        return Reason.OK;
    }

    /// @notice When an order that rests dies by itself: some minutes after its admission deadline; 0 for never.
    function goodTillOf(uint256 deadline, uint256 restMinutes) internal pure returns (uint256) {
        if (restMinutes == 0) return 0;
        uint256 goodTill = deadline + 60 * restMinutes;
        return goodTill < LAST_SECOND ? goodTill : LAST_SECOND;
    }

    function _reasonOfStop(uint256 stop) private pure returns (uint256) {
        if (stop == Matching.STOPPED_BY_MARGIN) return Reason.INSUFFICIENT_MARGIN;
        if (stop == Matching.STOPPED_BY_STALE) return Reason.MARK_TOO_OLD;
        if (stop == Matching.STOPPED_BY_POSITIONS) return Reason.TOO_MANY_POSITIONS;
        if (stop == Matching.STOPPED_BY_RANGE) return Reason.VALUE_OUT_OF_RANGE;
        if (stop == Room.LIMIT) return Reason.EXCEEDS_LIMIT;
        if (stop == Matching.STOPPED_BY_SELF_TRADE) return Reason.SELF_TRADE;
        if (stop == Matching.STOPPED_BY_POST_ONLY) return Reason.WOULD_CROSS;
        return Reason.NOT_FILLED;
    }
}
