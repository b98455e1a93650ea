// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Admission} from "./Admission.sol";
import {Book} from "./Book.sol";
import {Bytes} from "./Bytes.sol";
import {Keys} from "./Keys.sol";
import {Limits} from "./Limits.sol";
import {Margin, Portfolio} from "./Margin.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {Reason} from "./Reason.sol";
import {Account, BookOrder, Instrument, Records} from "./Records.sol";
import {Step} from "./Step.sol";
import {AdmissionFields, Transactions} from "./Transactions.sol";

/// @notice An order's fields beside those of its admission.
struct OrderFields {
    uint256 instrument;
    uint256 side;
    uint256 timeInForce;
    uint256 options;
    uint256 priceRank;
    uint256 lots;
    uint256 restMinutes;
    uint256 clientOrderId;
}

/// @notice What an order works on while it is matched.
struct Match {
    AdmissionFields admission;
    OrderFields order;
    Instrument instrument;
    /// Where the copy of the instrument's mark begins in memory.
    uint256 mark;
    /// Cash for one lot and one rank of price.
    uint256 tickValue;
    Account taker;
    int256 takerLots;
    int256 takerLotsBefore;
    /// The taker's other positions, read when the first maker is met.
    bool hasTakerPortfolio;
    Portfolio takerPortfolio;
    int256 openInterest;
    uint256 remaining;
    /// Whether anything in the state has changed yet.
    bool changed;
}

/// @notice Orders and their matching: the twin of `packages/engine/src/order.ts`.
library Order {
    using OrderedStore for OrderedStore.Store;

    uint256 private constant BUY = 0;
    uint256 private constant SELL = 1;
    uint256 private constant GOOD_TIL_CANCELLED = 0;
    uint256 private constant IMMEDIATE_OR_CANCEL = 1;

    /// @dev Why matching stopped, and that it did not.
    uint256 private constant GOES_ON = 0;
    uint256 private constant STOPPED_BY_MARGIN = 1;
    uint256 private constant STOPPED_BY_LIMIT = 2;
    uint256 private constant STOPPED_BY_POSITIONS = 3;
    uint256 private constant STOPPED_BY_RANGE = 4;

    uint256 private constant FEE_SCALE = 1e6;
    uint256 private constant LAST_SECOND = 2 ** 32 - 1;
    uint256 private constant PRICE_QUANTITY_PER_CASH = 1e10;

    /// @dev Positions are read as long as the order's end still fits its limit.
    uint256 private constant POSITIONS_LIMIT = Limits.ORDER_LIMIT - Limits.ORDER_END;

    function _decode(uint256 position) private pure returns (OrderFields memory order) {
        order.instrument = Bytes.readCalldata(position + 12, 3);
        uint256 flags = Bytes.readCalldata(position + 15, 1);
        order.side = flags & 1;
        order.timeInForce = (flags >> 1) & 3;
        order.options = flags >> 3;
        order.priceRank = Bytes.readCalldata(position + 16, 5);
        order.lots = Bytes.readCalldata(position + 21, 4);
        order.restMinutes = Bytes.readCalldata(position + 25, 2);
        order.clientOrderId = Bytes.readCalldata(position + 27, 4);
    }

    /// @notice Executes an order: judges it, matches it in price-time priority, and lets a good-till-cancelled remainder
    /// rest.
    function execute(Step memory step, uint256 position, uint256 length) internal pure returns (uint256 reason) {
        Match memory matching;
        OrderFields memory order = _decode(position);
        matching.order = order;
        if (
            order.timeInForce > IMMEDIATE_OR_CANCEL || order.options != 0 || order.priceRank == 0 || order.lots == 0
        ) return Reason.MALFORMED_ORDER;
        matching.admission = Transactions.decodeAdmission(position);
        (reason, matching.taker) =
            Admission.admit(step, Transactions.ORDER, position, length, matching.admission);
        if (reason != Reason.OK) return reason;
        reason = _judge(step, matching);
        if (reason != Reason.OK) return reason;

        uint256 account = matching.admission.account;
        matching.takerLotsBefore = Records.readPosition(step.store, account, order.instrument);
        matching.takerLots = matching.takerLotsBefore;
        matching.openInterest = int256(matching.instrument.openInterest);
        matching.remaining = order.lots;
        uint256 stop = _matchBook(step, matching);

        if (matching.remaining > 0 && stop == GOES_ON && order.timeInForce == GOOD_TIL_CANCELLED) {
            Book.restOrder(
                step,
                order.instrument,
                order.side,
                order.priceRank,
                BookOrder({
                    account: account,
                    clientOrderId: order.clientOrderId,
                    lots: matching.remaining,
                    goodTill: _goodTillOf(matching.admission.deadline, order.restMinutes),
                    era: step.global.era
                })
            );
            matching.taker.restingOrders++;
        } else if (matching.remaining > 0 && !matching.changed) {
            return _reasonOfStop(stop);
        }
        if (matching.takerLots != matching.takerLotsBefore) {
            _writePosition(
                step, account, order.instrument, matching.takerLotsBefore, matching.takerLots, matching.taker
            );
        }
        if (matching.openInterest != int256(matching.instrument.openInterest)) {
            matching.instrument.openInterest = uint256(matching.openInterest);
            Records.writeInstrument(step.store, order.instrument, matching.instrument);
        }
        Admission.useNonce(step, matching.admission);
        Records.writeAccount(step.store, account, matching.taker);
        return Reason.OK;
    }

    /// @dev Judges an admitted order by its instrument and its account's orders.
    function _judge(Step memory step, Match memory matching) private pure returns (uint256) {
        OrderFields memory order = matching.order;
        bool exists;
        (exists, matching.instrument) = Records.readInstrument(step.store, order.instrument);
        if (!exists) return Reason.UNKNOWN_INSTRUMENT;
        Instrument memory instrument = matching.instrument;
        if (instrument.expiry != 0 && step.global.time >= instrument.expiry) return Reason.INSTRUMENT_EXPIRED;
        // Marks are not written in trade chunks, so this stays where it is.
        (matching.mark, exists) = Records.readMark(step.store, order.instrument);
        if (!exists) return Reason.INSTRUMENT_NOT_MARKED;
        matching.tickValue = (instrument.tick * instrument.lot) / PRICE_QUANTITY_PER_CASH;
        if (
            order.priceRank * instrument.tick >= Limits.MAX_PRICE
                || order.priceRank * matching.tickValue * order.lots > Limits.MAX_ORDER_VALUE
        ) return Reason.VALUE_OUT_OF_RANGE;
        uint256 notional =
            order.lots * instrument.lot * Records.readIndex(step.store, instrument.underlying);
        if (notional < instrument.minimumNotional * PRICE_QUANTITY_PER_CASH) return Reason.BELOW_MINIMUM_NOTIONAL;
        if (Book.findOrder(step, matching.admission.account, order.clientOrderId) != 0) {
            return Reason.DUPLICATE_CLIENT_ORDER_ID;
        }
        if (order.timeInForce == GOOD_TIL_CANCELLED && matching.taker.restingOrders >= Limits.MAX_RESTING_ORDERS) {
            return Reason.TOO_MANY_RESTING_ORDERS;
        }
        return Reason.OK;
    }

    /// @dev When an order that rests dies by itself: some minutes after its admission deadline; 0 for never.
    function _goodTillOf(uint256 deadline, uint256 restMinutes) private pure returns (uint256) {
        if (restMinutes == 0) return 0;
        uint256 goodTill = deadline + 60 * restMinutes;
        return goodTill < LAST_SECOND ? goodTill : LAST_SECOND;
    }

    function _reasonOfStop(uint256 stop) private pure returns (uint256) {
        if (stop == STOPPED_BY_MARGIN) return Reason.INSUFFICIENT_MARGIN;
        if (stop == STOPPED_BY_POSITIONS) return Reason.TOO_MANY_POSITIONS;
        if (stop == STOPPED_BY_RANGE) return Reason.VALUE_OUT_OF_RANGE;
        if (stop == STOPPED_BY_LIMIT) return Reason.EXCEEDS_LIMIT;
        return Reason.NOT_FILLED;
    }

    /// @dev Writes a changed position and counts it in or out of the account's record.
    function _writePosition(
        Step memory step,
        uint256 account,
        uint256 instrument,
        int256 before,
        int256 lots,
        Account memory record
    ) private pure {
        if (lots == 0) {
            step.store.remove(Keys.position(account, instrument));
            record.positions--;
        } else {
            Records.writePosition(step.store, account, instrument, lots);
            if (before == 0) record.positions++;
        }
    }

    /// @dev Fills the order against the best orders of the other side, one after the other, until nothing is left,
    /// nothing crosses, or a rule stops it.
    function _matchBook(Step memory step, Match memory matching) private pure returns (uint256) {
        OrderFields memory taker = matching.order;
        uint256 makerSide = taker.side == BUY ? SELL : BUY;
        while (matching.remaining > 0) {
            if (step.store.transactionMeter + Limits.MAKER_BASE + Limits.ORDER_END > Limits.ORDER_LIMIT) {
                return STOPPED_BY_LIMIT;
            }
            (bool exists, bytes16 key, BookOrder memory resting) = Book.bestOrder(step, taker.instrument, makerSide);
            if (!exists) return GOES_ON;
            uint256 rank = Keys.rankOfBook(key);
            if (taker.side == BUY ? rank > taker.priceRank : rank < taker.priceRank) return GOES_ON;
            if (resting.account == matching.admission.account) {
                Book.dropOrder(step, key, resting, matching.taker);
                matching.changed = true;
                continue;
            }
            // INVARIANT: orders exist only for accounts that do, and accounts are never removed.
            (, Account memory maker) = Records.readAccount(step.store, resting.account);
            if ((resting.goodTill != 0 && resting.goodTill < step.global.time) || resting.era != step.global.era) {
                _dropMaker(step, matching, key, resting, maker);
                continue;
            }
            uint256 stop = _fill(step, matching, key, rank, resting, maker);
            if (stop != GOES_ON) return stop;
        }
        return GOES_ON;
    }

    function _dropMaker(
        Step memory step,
        Match memory matching,
        bytes16 key,
        BookOrder memory resting,
        Account memory maker
    ) private pure {
        Book.dropOrder(step, key, resting, maker);
        Records.writeAccount(step.store, resting.account, maker);
        matching.changed = true;
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
        int256 makerLotsBefore;
        int256 makerLots;
        int256 makerCash;
        int256 insurance;
    }

    /// @dev Fills the order against one maker as far as both sizes allow, if both have the margin for it. A maker that
    /// has not is cancelled for a small fee; a taker that has not is stopped.
    function _fill(
        Step memory step,
        Match memory matching,
        bytes16 key,
        uint256 rank,
        BookOrder memory resting,
        Account memory maker
    ) private pure returns (uint256) {
        step.store.charge(Limits.FILL_EVENT);
        uint256 instrument = matching.order.instrument;
        Fill memory fill;
        fill.size = matching.remaining < resting.lots ? matching.remaining : resting.lots;
        {
            uint256 value = rank * matching.tickValue * fill.size;
            uint256 takerFee = _feeCeil(value, matching.instrument.takerFeeRate);
            uint256 makerFee = _feeCeil(value, matching.instrument.makerFeeRate);
            int256 direction = matching.order.side == BUY ? int256(1) : int256(-1);
            fill.insurance = step.global.insurance + int256(takerFee) + int256(makerFee);
            fill.takerLots = matching.takerLots + direction * int256(fill.size);
            fill.takerCash = matching.taker.cash - direction * int256(value) - int256(takerFee);
            if (!_isWithinRange(fill.takerLots, fill.takerCash) || fill.insurance > int256(Limits.MAX_CASH)) {
                return STOPPED_BY_RANGE;
            }
            if (matching.takerLotsBefore == 0 && matching.taker.positions >= Limits.MAX_POSITIONS) {
                return STOPPED_BY_POSITIONS;
            }
            if (!matching.hasTakerPortfolio) {
                (matching.hasTakerPortfolio, matching.takerPortfolio) =
                    Margin.readPortfolio(step, matching.admission.account, instrument, POSITIONS_LIMIT);
                if (!matching.hasTakerPortfolio) return STOPPED_BY_LIMIT;
            }
            if (
                !Margin.meetsInitialMarginWith(
                    step, matching.takerPortfolio, matching.mark, fill.takerLots, fill.takerCash
                )
            ) return STOPPED_BY_MARGIN;

            fill.makerLotsBefore = Records.readPosition(step.store, resting.account, instrument);
            fill.makerLots = fill.makerLotsBefore - direction * int256(fill.size);
            fill.makerCash = maker.cash + direction * int256(value) - int256(makerFee);
        }
        if (
            !_isWithinRange(fill.makerLots, fill.makerCash)
                || (fill.makerLotsBefore == 0 && maker.positions >= Limits.MAX_POSITIONS)
        ) {
            _dropMaker(step, matching, key, resting, maker);
            return GOES_ON;
        }
        {
            // The maker's portfolio is only looked at here, so its memory is given back.
            uint256 free = Bytes.freeMemory();
            (bool fits, Portfolio memory portfolio) =
                Margin.readPortfolio(step, resting.account, instrument, POSITIONS_LIMIT);
            if (!fits) return STOPPED_BY_LIMIT;
            bool meets =
                Margin.meetsInitialMarginWith(step, portfolio, matching.mark, fill.makerLots, fill.makerCash);
            Bytes.release(free);
            if (!meets) {
                _chargeUnderMargined(step, maker);
                _dropMaker(step, matching, key, resting, maker);
                return GOES_ON;
            }
        }
        return _settle(step, matching, fill, key, resting, maker);
    }

    function _chargeUnderMargined(Step memory step, Account memory maker) private pure {
        int256 fee = maker.cash > 0 ? maker.cash : int256(0);
        if (fee > int256(Limits.UNDER_MARGINED_MAKER_FEE)) fee = int256(Limits.UNDER_MARGINED_MAKER_FEE);
        int256 room = int256(Limits.MAX_CASH) - step.global.insurance;
        if (fee > room) fee = room;
        maker.cash -= fee;
        step.global.insurance += fee;
    }

    /// @dev Writes what a fill makes of its two sides.
    function _settle(
        Step memory step,
        Match memory matching,
        Fill memory fill,
        bytes16 key,
        BookOrder memory resting,
        Account memory maker
    ) private pure returns (uint256) {
        int256 openInterest = matching.openInterest + _longChange(matching.takerLots, fill.takerLots)
            + _longChange(fill.makerLotsBefore, fill.makerLots);
        if (openInterest > int256(Limits.MAX_OPEN_INTEREST)) return STOPPED_BY_RANGE;

        matching.openInterest = openInterest;
        matching.takerLots = fill.takerLots;
        matching.taker.cash = fill.takerCash;
        maker.cash = fill.makerCash;
        step.global.insurance = fill.insurance;
        _writePosition(
            step, resting.account, matching.order.instrument, fill.makerLotsBefore, fill.makerLots, maker
        );
        if (fill.size == resting.lots) {
            Book.removeOrder(step, key, resting);
            maker.restingOrders--;
        } else {
            resting.lots -= fill.size;
            Records.writeBookOrder(step.store, key, resting);
        }
        Records.writeAccount(step.store, resting.account, maker);
        matching.remaining -= fill.size;
        matching.changed = true;
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
