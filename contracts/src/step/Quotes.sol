// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Admission} from "./Admission.sol";
import {Book} from "./Book.sol";
import {Bytes} from "./Bytes.sol";
import {Keys} from "./Keys.sol";
import {Limits} from "./Limits.sol";
import {Meter} from "./Meter.sol";
import {Order} from "./Order.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {Reason} from "./Reason.sol";
import {Account, BookOrder, Records} from "./Records.sol";
import {Room} from "./Room.sol";
import {Step} from "./Step.sol";
import {Tradable, TradableInstrument} from "./Tradable.sol";
import {AdmissionFields, Transactions} from "./Transactions.sol";

/// @notice A side of a quote: what is to stand there, and what stands there now.
struct QuoteSide {
    uint256 instrument;
    uint256 side;
    uint256 rank;
    uint256 lots;
    uint256 clientOrderId;
    /// Of the old quote; 0 where there is none.
    bytes16 oldKey;
    /// Of the new quote; 0 where there will be none.
    bytes16 key;
}

/// @notice What quotes will do, found out before anything is written.
struct QuotePlan {
    AdmissionFields admission;
    Account record;
    uint256 maxMarkAgeSeconds;
    /// Those that have been planned, in order.
    QuoteSide[] sides;
    uint256 sideCount;
    uint256 placed;
    uint256 removed;
    /// Why the first side was left out that was wanted; OK while none was.
    uint256 cause;
    /// Units that writing the plan may cost, at most, but for the branches that its new entries add: see `_keptBack`.
    uint256 reserve;
    uint256 bookWrites;
    /// Instruments of which no order may be in the books.
    uint256 newBooks;
    uint256 idWrites;
    uint256 newIds;
    /// Whether no order of the present instrument has been found in the books.
    bool isBookEmpty;
}

/// @notice Quotes of many instruments: the twin of `packages/engine/src/quotes.ts`, which says what they promise.
library Quotes {
    using OrderedStore for OrderedStore.Store;

    uint256 private constant BUY = 0;
    uint256 private constant SELL = 1;

    /// @dev Branches that may come to lie on the way to an entry whichever way it is: of whole tables, of a book's other
    /// side.
    uint256 private constant NEW_BRANCHES = 3;

    /// @notice Replaces an account's quotes in some instruments: as many as fit the transaction's limit.
    function execute(Step memory step, uint256 position, uint256 length) internal pure returns (uint256) {
        uint256 count = Bytes.readCalldata(position + 14, 1);
        uint256 quotesAt = position + Transactions.QUOTES_HEAD_BYTES;
        if (!_isWellFormed(quotesAt, count)) return Reason.MALFORMED_QUOTES;
        QuotePlan memory plan;
        plan.admission = Transactions.decodeAdmission(position);
        uint256 reason;
        (reason, plan.record) = Admission.admit(step, position, length, plan.admission);
        if (reason != Reason.OK) return reason;
        plan.maxMarkAgeSeconds = Records.maxMarkAgeSeconds(Records.readParameters(step.store));
        plan.sides = new QuoteSide[](2 * count);
        for (uint256 place = 0; place < count; place++) {
            uint256 full = _roomForQuote(step, plan);
            if (full == Room.CHUNK) return Room.NEXT_CHUNK;
            if (full == Room.LIMIT) {
                if (plan.cause == Reason.OK) plan.cause = Reason.EXCEEDS_LIMIT;
                break;
            }
            _planQuote(step, plan, quotesAt + place * Transactions.QUOTE_BYTES);
        }
        if (plan.placed == 0 && plan.removed == 0) {
            return plan.cause == Reason.OK ? Reason.NOTHING_TO_CANCEL : plan.cause;
        }
        _write(step, plan, Order.goodTillOf(plan.admission.deadline, Bytes.readCalldata(position + 12, 2)));
        return Reason.OK;
    }

    /// @dev Whether the fields of the quotes are within their ranges, whatever the state.
    function _isWellFormed(uint256 quotesAt, uint256 count) private pure returns (bool) {
        uint256 previous = 0;
        for (uint256 place = 0; place < count; place++) {
            uint256 offset = quotesAt + place * Transactions.QUOTE_BYTES;
            uint256 instrument = Bytes.readCalldata(offset, 3);
            if (instrument <= previous) return false;
            uint256 bidRank = Bytes.readCalldata(offset + 3, 5);
            uint256 askRank = Bytes.readCalldata(offset + 12, 5);
            bool isBid = bidRank != 0;
            bool isAsk = askRank != 0;
            if (isBid != (Bytes.readCalldata(offset + 8, 4) != 0) || isAsk != (Bytes.readCalldata(offset + 17, 4) != 0)) {
                return false;
            }
            if (isBid && isAsk && bidRank >= askRank) return false;
            previous = instrument;
        }
        return count > 0;
    }

    /// @dev Whether the transaction has room for one more quote, and the chunk.
    function _roomForQuote(Step memory step, QuotePlan memory plan) private pure returns (uint256) {
        return Room.fullness(
            step.store, _keptBack(plan) + Limits.QUOTE_BOUND + Limits.QUOTES_END, Limits.QUOTES_LIMIT
        );
    }

    /// @dev Units that writing the plan may cost, at most, beside its end.
    function _keptBack(QuotePlan memory plan) private pure returns (uint256) {
        return
            plan.reserve + 2 * Meter.VISIT * (plan.bookWrites * plan.newBooks + plan.idWrites * plan.newIds);
    }

    /// @dev Keeps back what rewriting, or taking away, the entry costs that was looked at last.
    function _keepBack(Step memory step, QuotePlan memory plan) private pure {
        plan.reserve += Meter.WRITE + Meter.VISIT * (step.store.depth + 1 + NEW_BRANCHES);
    }

    /// @dev Keeps back what a new entry costs where none was found.
    function _keepNew(Step memory step, QuotePlan memory plan, uint256 length) private pure {
        plan.reserve += Meter.WRITE + Meter.VISIT * (2 * (step.store.depth + NEW_BRANCHES) + 1)
            + 2 * Meter.NODE_CREATE + length * Meter.LEAF_BYTE;
    }

    /// @dev Finds what stands where a side of a quote is to stand.
    function _readSide(Step memory step, QuotePlan memory plan, uint256 offset, uint256 which)
        private
        pure
        returns (QuoteSide memory side)
    {
        side.instrument = Bytes.readCalldata(offset, 3);
        side.side = which;
        side.rank = Bytes.readCalldata(offset + 3 + 9 * which, 5);
        side.lots = Bytes.readCalldata(offset + 8 + 9 * which, 4);
        side.clientOrderId = Limits.FIRST_QUOTE_ID + 2 * side.instrument + which;
        side.oldKey = Book.findOrder(step, plan.admission.account, side.clientOrderId);
        plan.sides[plan.sideCount++] = side;
        plan.idWrites++;
        if (side.oldKey == 0) {
            _keepNew(step, plan, Book.ACCOUNT_ORDER_BYTES);
            plan.newIds++;
            return side;
        }
        _keepBack(step, plan);
        step.store.get(side.oldKey);
        _keepBack(step, plan);
        plan.bookWrites++;
        plan.record.restingOrders--;
    }

    /// @dev Plans the quote of one instrument.
    function _planQuote(Step memory step, QuotePlan memory plan, uint256 offset) private pure {
        step.store.charge(Limits.QUOTE_EVENT);
        QuoteSide memory bid = _readSide(step, plan, offset, BUY);
        QuoteSide memory ask = _readSide(step, plan, offset, SELL);
        plan.isBookEmpty = bid.oldKey == 0 && ask.oldKey == 0;
        TradableInstrument memory tradable;
        uint256 unfit = Reason.NOTHING_TO_CANCEL;
        if (bid.lots != 0 || ask.lots != 0) {
            (unfit, tradable) = Tradable.read(step, bid.instrument, plan.maxMarkAgeSeconds);
        }
        uint256 reason = unfit == Reason.OK ? _judgeSide(step, plan, bid, ask, tradable) : unfit;
        _placeOrLeaveOut(step, plan, bid, reason);
        reason = unfit == Reason.OK ? _judgeSide(step, plan, ask, bid, tradable) : unfit;
        _placeOrLeaveOut(step, plan, ask, reason);
        if (plan.isBookEmpty) plan.newBooks++;
    }

    /// @dev Whether a side of a quote can be placed.
    function _judgeSide(
        Step memory step,
        QuotePlan memory plan,
        QuoteSide memory side,
        QuoteSide memory other,
        TradableInstrument memory tradable
    ) private pure returns (uint256 reason) {
        if (side.lots == 0) return Reason.NOTHING_TO_CANCEL;
        reason = Tradable.judgeTerms(tradable, side.rank, side.lots);
        if (reason != Reason.OK) return reason;
        if (side.side == BUY ? int256(side.rank) > tradable.highestRank : int256(side.rank) < tradable.lowestRank) {
            return Reason.OUTSIDE_PRICE_BAND;
        }
        if (plan.record.restingOrders >= Limits.MAX_RESTING_ORDERS) return Reason.TOO_MANY_RESTING_ORDERS;
        (bool exists, bytes16 key,) = Book.nextOrder(step, Keys.bookSide(side.instrument, other.side));
        if (exists) plan.isBookEmpty = false;
        // The old quote is gone by then. Whatever else stands there keeps the price out, dead orders too.
        if (exists && key == other.oldKey && _crosses(side, key)) {
            (exists, key,) = Book.nextOrder(step, Keys.afterBook(key));
        }
        return exists && _crosses(side, key) ? Reason.WOULD_CROSS : Reason.OK;
    }

    function _crosses(QuoteSide memory side, bytes16 resting) private pure returns (bool) {
        uint256 rank = Keys.rankOfBook(resting);
        return side.side == BUY ? rank <= side.rank : rank >= side.rank;
    }

    /// @dev Plans a side of a quote to rest, the way to its place in the book being touched; or leaves it out.
    function _placeOrLeaveOut(Step memory step, QuotePlan memory plan, QuoteSide memory side, uint256 reason)
        private
        pure
    {
        if (reason != Reason.OK) {
            if (side.oldKey != 0) plan.removed++;
            if (plan.cause == Reason.OK && side.lots != 0) plan.cause = reason;
            return;
        }
        side.key = Keys.book(side.instrument, side.side, side.rank, step.global.nextSequence + plan.placed);
        step.store.get(side.key);
        _keepNew(step, plan, Records.BOOK_ORDER_BYTES);
        plan.bookWrites++;
        plan.record.restingOrders++;
        plan.placed++;
    }

    /// @dev Writes the quotes: first what may be new, then what goes.
    function _write(Step memory step, QuotePlan memory plan, uint256 goodTill) private pure {
        uint256 account = plan.admission.account;
        for (uint256 place = 0; place < plan.sideCount; place++) {
            QuoteSide memory side = plan.sides[place];
            if (side.key == 0) continue;
            BookOrder memory order = BookOrder({
                account: account,
                clientOrderId: side.clientOrderId,
                lots: side.lots,
                goodTill: goodTill,
                era: step.global.era,
                isReduceOnly: false
            });
            // The keys were made with the sequence numbers that this gives.
            Book.restOrder(step, side.instrument, side.side, side.rank, order);
        }
        for (uint256 place = 0; place < plan.sideCount; place++) {
            QuoteSide memory side = plan.sides[place];
            if (side.oldKey != 0) step.store.remove(side.oldKey);
            if (side.oldKey != 0 && side.key == 0) {
                step.store.remove(Keys.accountOrder(account, side.clientOrderId));
            }
        }
        Admission.useNonce(step, plan.admission);
        Records.writeAccount(step.store, account, plan.record);
    }
}
