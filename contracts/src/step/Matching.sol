// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Book} from "./Book.sol";
import {Bytes} from "./Bytes.sol";
import {Keys} from "./Keys.sol";
import {Limits} from "./Limits.sol";
import {Margin, Portfolio} from "./Margin.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {OrderPlan, Party, Plan} from "./Plan.sol";
import {BookOrder} from "./Records.sol";
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

    uint256 private constant FEE_SCALE = 1e6;

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
        bool isDead =
            (resting.goodTill != 0 && resting.goodTill < step.global.time) || resting.era != step.global.era;
        if (!isDead && plan.order.options & Plan.POST_ONLY != 0) return STOPPED_BY_POST_ONLY;
        bool isOwn = resting.account == plan.taker.account;
        uint256 prevention = (plan.order.options >> 2) & 3;
        if (!isDead && isOwn && prevention == CANCEL_INCOMING) return STOPPED_BY_SELF_TRADE;
        Plan.keepOrder(step, plan, resting);
        Party memory maker = Plan.meetMaker(step, plan, resting.account);
        if (!isDead && !isOwn) return _fill(step, plan, key, rank, resting, maker);
        Plan.setLeft(plan, key, resting, maker, 0);
        return !isDead && prevention == CANCEL_BOTH ? STOPPED_BY_SELF_TRADE : GOES_ON;
    }

    /// @dev A share of a value in millionths, rounded up: fees round against who pays them.
    function _feeCeil(uint256 value, uint256 rate) private pure returns (uint256) {
        return (value * rate + FEE_SCALE - 1) / FEE_SCALE;
    }

    /// @dev What a fill would make of its two sides.
    struct Fill {
        uint256 size;
        int256 takerLots;
        int256 takerCash;
        int256 makerLots;
        int256 makerCash;
        int256 insurance;
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
        uint256 instrument = plan.order.instrument;
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
        uint256 end;
        {
            Party memory taker = plan.taker;
            uint256 value = rank * plan.tickValue * fill.size;
            uint256 takerFee = _feeCeil(value, plan.instrument.takerFeeRate);
            uint256 makerFee = _feeCeil(value, plan.instrument.makerFeeRate);
            fill.insurance = plan.insurance + int256(takerFee) + int256(makerFee);
            fill.takerLots = taker.lots + direction * int256(fill.size);
            fill.takerCash = taker.record.cash - direction * int256(value) - int256(takerFee);
            fill.makerLots = maker.lots - direction * int256(fill.size);
            fill.makerCash = maker.record.cash + direction * int256(value) - int256(makerFee);
            if (!_isWithinRange(fill.takerLots, fill.takerCash) || fill.insurance > int256(Limits.MAX_CASH)) {
                return STOPPED_BY_RANGE;
            }
            if (!Plan.mayHold(taker)) return STOPPED_BY_POSITIONS;
            end = Limits.ORDER_END + Plan.keptBack(plan);
            if (!plan.hasTakerPortfolio) {
                uint256 full;
                (full, plan.takerPortfolio) =
                    Margin.readPortfolio(step, taker.account, instrument, end, plan.limit);
                if (full != Room.NOTHING) return full;
                plan.hasTakerPortfolio = true;
            }
            if (
                !Margin.meetsInitialMarginWith(step, plan.takerPortfolio, plan.market, fill.takerLots, fill.takerCash)
            ) return STOPPED_BY_MARGIN;
        }
        if (!_isWithinRange(fill.makerLots, fill.makerCash) || !Plan.mayHold(maker)) {
            Plan.setLeft(plan, key, resting, maker, 0);
            return GOES_ON;
        }
        {
            // The maker's portfolio is only looked at here, so its memory is given back.
            uint256 free = Bytes.freeMemory();
            (uint256 full, Portfolio memory portfolio) =
                Margin.readPortfolio(step, maker.account, instrument, end, plan.limit);
            if (full != Room.NOTHING) return full;
            bool meets =
                Margin.meetsInitialMarginWith(step, portfolio, plan.market, fill.makerLots, fill.makerCash);
            Bytes.release(free);
            if (!meets) {
                _chargeUnderMargined(plan, maker);
                Plan.setLeft(plan, key, resting, maker, 0);
                return GOES_ON;
            }
        }
        return _settle(plan, fill, key, resting, maker);
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
        int256 openInterest = plan.openInterest + _longChange(taker.lots, fill.takerLots)
            + _longChange(maker.lots, fill.makerLots);
        if (openInterest > int256(Limits.MAX_OPEN_INTEREST)) return STOPPED_BY_RANGE;

        plan.openInterest = openInterest;
        plan.insurance = fill.insurance;
        plan.remaining -= fill.size;
        plan.isFilled = true;
        Plan.setLots(taker, fill.takerLots);
        taker.record.cash = fill.takerCash;
        Plan.setLots(maker, fill.makerLots);
        maker.record.cash = fill.makerCash;
        bool hasReduced = resting.isReduceOnly && fill.makerLots == 0;
        Plan.setLeft(plan, key, resting, maker, hasReduced ? 0 : resting.lots - fill.size);
        return GOES_ON;
    }

    function _isWithinRange(int256 lots, int256 cash) private pure returns (bool) {
        int256 maxLots = int256(Limits.MAX_POSITION_LOTS);
        int256 maxCash = int256(Limits.MAX_CASH);
        return lots <= maxLots && lots >= -maxLots && cash <= maxCash && cash >= -maxCash;
    }

    /// @dev By how much the lots held long change when a position does.
    function _longChange(int256 before, int256 afterwards) private pure returns (int256) {
        return (afterwards > 0 ? afterwards : int256(0)) - (before > 0 ? before : int256(0));
    }
}
