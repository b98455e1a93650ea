// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Arithmetic} from "./Arithmetic.sol";
import {Book} from "./Book.sol";
import {Bytes} from "./Bytes.sol";
import {Fund} from "./Fund.sol";
import {Keys} from "./Keys.sol";
import {Limits} from "./Limits.sol";
import {Margin, Portfolio} from "./Margin.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {OrderPlan, Party, Plan} from "./Plan.sol";
import {BookOrder, Records} from "./Records.sol";
import {Room} from "./Room.sol";
import {Step} from "./Step.sol";

/// @notice Matching of orders: the twin of `packages/engine/src/matching.ts`.
library Matching {
    using OrderedStore for OrderedStore.Store;

    uint256 private constant BUY = 0;
    uint256 private constant SELL = 1;

    /// @dev What becomes of two orders of one account that meet; 0 takes the resting one away.
    uint256 private constant CANCEL_INCOMING = 1;
    uint256 private constant CANCEL_BOTH = 2;

    /// @dev Why matching stopped, where not for want of room (`Room` has 1 and 2 for that), and that it did not.
    uint256 internal constant GOES_ON = 0;
    uint256 internal constant STOPPED_BY_MARGIN = 3;
    uint256 internal constant STOPPED_BY_POSITIONS = 4;
    uint256 internal constant STOPPED_BY_RANGE = 5;
    uint256 internal constant STOPPED_BY_SELF_TRADE = 6;
    uint256 internal constant STOPPED_BY_POST_ONLY = 7;
    uint256 internal constant STOPPED_BY_STALE = 8;

    uint256 private constant FEE_SCALE = 1e6;
    int256 private constant NANO_USD_PER_CASH = 1000;

    /// @notice Plans the fills of an order against the best orders of the other side, one after the other, until nothing
    /// is left, nothing crosses, or a rule stops it.
    /// @return why the rest may neither be filled nor rest, or that the chunk is full; GOES_ON where neither is so
    function matchBook(Step memory step, OrderPlan memory plan) internal pure returns (uint256) {
        uint256 side = plan.order.side;
        bytes16 from = Keys.bookSide(plan.order.instrument, side == BUY ? SELL : BUY);
        while (plan.remaining > 0) {
            uint256 full =
                Room.fullness(step.store, Plan.keptBack(plan) + Limits.MAKER_BASE + Limits.ORDER_END, plan.limit);
            if (full != Room.NOTHING) return full;
            (bool exists, bytes16 key, BookOrder memory resting) = Book.nextOrder(step, from);
            if (!exists) return GOES_ON;
            uint256 rank = Keys.rankOfBook(key);
            if (side == BUY ? rank > plan.order.priceRank : rank < plan.order.priceRank) return GOES_ON;
            from = Keys.afterBook(key);
            if (key == plan.replacedKey) continue;
            uint256 stop = _meet(step, plan, key, rank, resting);
            if (stop != GOES_ON) return stop;
        }
        return GOES_ON;
    }

    /// @dev Deals with one resting order that crosses.
    function _meet(Step memory step, OrderPlan memory plan, bytes16 key, uint256 rank, BookOrder memory resting)
        private
        pure
        returns (uint256)
    {
        bool isOwn = resting.account == plan.taker.account;
        bool isDead = (resting.goodTill != 0 && resting.goodTill < step.global.time)
            || resting.era != step.global.era || (!isOwn && !_isWithinBand(plan, int256(rank)));
        if (!isDead && plan.order.options & Plan.POST_ONLY != 0) return STOPPED_BY_POST_ONLY;
        uint256 prevention = (plan.order.options >> 2) & 3;
        if (!isDead && isOwn && prevention == CANCEL_INCOMING) return STOPPED_BY_SELF_TRADE;
        Plan.keepOrder(step, plan, resting);
        Party memory maker = Plan.meetMaker(step, plan, resting.account);
        if (!isDead && !isOwn) return _fill(step, plan, key, rank, resting, maker);
        Plan.setLeft(plan, key, resting, maker, 0);
        return !isDead && prevention == CANCEL_BOTH ? STOPPED_BY_SELF_TRADE : GOES_ON;
    }

    /// @notice A share of a value in millionths, rounded up: fees round against who pays them.
    function feeCeil(uint256 value, uint256 rate) internal pure returns (uint256) {
        return (value * rate + FEE_SCALE - 1) / FEE_SCALE;
    }

    function _isWithinBand(OrderPlan memory plan, int256 rank) private pure returns (bool) {
        return rank >= plan.lowestRank && rank <= plan.highestRank;
    }

    /// @dev What a fill would make of one of its sides.
    struct Change {
        /// The cash once the funding that is owed is paid.
        int256 cashBefore;
        int256 lots;
        int256 cash;
        int256 margin;
        uint256 notional;
    }

    /// @dev What a fill would make of its two sides and of the fund.
    struct Fill {
        uint256 size;
        Change taker;
        Change maker;
        int256 insurance;
        int256 claims;
    }

    /// @dev Fills the order against one maker as far as both sizes allow, if both have the margin for it. A maker that has
    /// not is cancelled for a small fee; a taker that has not is stopped. A maker's reduce-only order takes its position
    /// to zero, and no further.
    function _fill(
        Step memory step,
        OrderPlan memory plan,
        bytes16 key,
        uint256 rank,
        BookOrder memory resting,
        Party memory maker
    ) private pure returns (uint256) {
        step.store.charge(Limits.FILL_EVENT);
        Plan.readPosition(step, plan, maker);
        int256 direction = plan.order.side == BUY ? int256(1) : int256(-1);
        Fill memory fill;
        fill.size = plan.remaining < resting.lots ? plan.remaining : resting.lots;
        if (resting.isReduceOnly) {
            // What the maker has to give away: a seller what it holds long, a buyer what it holds short.
            int256 reducible = direction * maker.lots;
            if (reducible <= 0) {
                Plan.setLeft(plan, key, resting, maker, 0);
                return GOES_ON;
            }
            if (fill.size > uint256(reducible)) fill.size = uint256(reducible);
        }
        Party memory taker = plan.taker;
        uint256 value = rank * plan.tickValue * fill.size;
        fill.insurance = plan.insurance;
        fill.claims = plan.claims;
        _begin(plan, fill, fill.taker, taker, direction, value, plan.instrument.takerFeeRate);
        _begin(plan, fill, fill.maker, maker, -direction, value, plan.instrument.makerFeeRate);
        if (!_isWithinRange(fill.taker)) return STOPPED_BY_RANGE;
        if (!Plan.mayHold(taker)) return STOPPED_BY_POSITIONS;
        uint256 end = Limits.ORDER_END + Plan.keptBack(plan);
        uint256 result;
        if (!plan.hasTakerPortfolio) {
            (result, plan.takerPortfolio) =
                Margin.readPortfolio(step, taker.account, plan.order.instrument, end, plan.limit);
            if (result != Room.NOTHING) return result;
            plan.hasTakerPortfolio = true;
        }
        result = _judge(step, plan, plan.takerPortfolio, taker, fill.taker);
        if (result != Margin.PASSES) return result == Margin.STALE ? STOPPED_BY_STALE : STOPPED_BY_MARGIN;

        bool isDropped = !_isWithinRange(fill.maker) || !Plan.mayHold(maker);
        if (!isDropped) {
            // The maker's portfolio is only looked at here, so its memory is given back.
            uint256 free = Bytes.freeMemory();
            Portfolio memory portfolio;
            (result, portfolio) = Margin.readPortfolio(step, maker.account, plan.order.instrument, end, plan.limit);
            if (result != Room.NOTHING) return result;
            result = _judge(step, plan, portfolio, maker, fill.maker);
            Bytes.release(free);
            if (result == Margin.UNDER_MARGINED) _chargeUnderMargined(plan, maker);
            isDropped = result != Margin.PASSES;
        }
        if (isDropped) {
            Plan.setLeft(plan, key, resting, maker, 0);
            return GOES_ON;
        }
        return _settle(plan, fill, key, resting, maker);
    }

    /// @dev What a fill makes of one side before it is judged: it pays its funding, then its fee and what it buys.
    /// @param direction 1 where it buys, -1 where it sells
    function _begin(
        OrderPlan memory plan,
        Fill memory fill,
        Change memory change,
        Party memory party,
        int256 direction,
        uint256 value,
        uint256 feeRate
    ) private pure {
        unchecked {
            // INVARIANT: funding is below 2^105, all else below 2^54.
            int256 due = Fund.fundingDue(party.lots, Records.fundingIndexOf(plan.traded.market), party.fundingIndex);
            int256 paid = Arithmetic.ceilDiv(due, NANO_USD_PER_CASH);
            int256 fee = int256(feeCeil(value, feeRate));
            change.cashBefore = party.record.cash - paid;
            change.lots = party.lots + direction * int256(fill.size);
            change.cash = change.cashBefore - direction * int256(value) - fee;
            fill.insurance += paid + fee;
            fill.claims -= due;
        }
    }

    /// @dev Judges one side of a fill.
    function _judge(
        Step memory step,
        OrderPlan memory plan,
        Portfolio memory others,
        Party memory party,
        Change memory change
    ) private pure returns (uint256 failure) {
        (failure, change.margin, change.notional) = Margin.judgeTrade(
            step, others, plan.traded, party.lots, change.cashBefore, change.lots, change.cash
        );
    }

    function _chargeUnderMargined(OrderPlan memory plan, Party memory maker) private pure {
        int256 cash = maker.record.cash;
        int256 fee = cash > 0 ? cash : int256(0);
        if (fee > int256(Limits.UNDER_MARGINED_MAKER_FEE)) fee = int256(Limits.UNDER_MARGINED_MAKER_FEE);
        int256 room = int256(Limits.MAX_CASH) - plan.insurance;
        if (fee > room) fee = room;
        maker.record.cash = cash - fee;
        plan.insurance += fee;
    }

    /// @dev Notes what a fill makes of its two sides.
    function _settle(
        OrderPlan memory plan,
        Fill memory fill,
        bytes16 key,
        BookOrder memory resting,
        Party memory maker
    ) private pure returns (uint256) {
        Party memory taker = plan.taker;
        int256 openInterest = plan.openInterest + longChange(taker.lots, fill.taker.lots)
            + longChange(maker.lots, fill.maker.lots);
        if (
            openInterest > int256(Limits.MAX_OPEN_INTEREST)
                || !Fund.isFundWithinRange(fill.insurance, fill.claims)
        ) return STOPPED_BY_RANGE;

        plan.openInterest = openInterest;
        plan.insurance = fill.insurance;
        plan.claims = fill.claims;
        plan.remaining -= fill.size;
        plan.isFilled = true;
        _change(plan, taker, fill.taker);
        _change(plan, maker, fill.maker);
        bool hasReduced = resting.isReduceOnly && fill.maker.lots == 0;
        Plan.setLeft(plan, key, resting, maker, hasReduced ? 0 : resting.lots - fill.size);
        return GOES_ON;
    }

    /// @dev Changes a party to what a fill makes of it.
    function _change(OrderPlan memory plan, Party memory party, Change memory change) private pure {
        Plan.setLots(party, change.lots);
        party.record.cash = change.cash;
        party.fundingIndex = Records.fundingIndexOf(plan.traded.market);
        party.margin = change.margin;
        party.notional = change.notional;
    }

    function _isWithinRange(Change memory change) private pure returns (bool) {
        return _magnitude(change.lots) <= int256(Limits.MAX_POSITION_LOTS)
            && _magnitude(change.cash) <= int256(Limits.MAX_CASH);
    }

    function _magnitude(int256 value) private pure returns (int256) {
        unchecked {
            return value < 0 ? -value : value;
        }
    }

    /// @notice By how much the lots held long change when a position does.
    function longChange(int256 before, int256 afterwards) internal pure returns (int256) {
        return (afterwards > 0 ? afterwards : int256(0)) - (before > 0 ? before : int256(0));
    }
}
