// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Arithmetic} from "./Arithmetic.sol";
import {Book} from "./Book.sol";
import {Fund} from "./Fund.sol";
import {Keys} from "./Keys.sol";
import {Limits} from "./Limits.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {Account, BookOrder, Instrument, Records} from "./Records.sol";
import {Room} from "./Room.sol";
import {Step} from "./Step.sol";

/// @notice A perpetual's premium in its book: the twin of `packages/engine/src/premium.ts`, which says what it is and what
/// keeps it honest.
library Premium {
    using OrderedStore for OrderedStore.Store;

    uint256 private constant BUY = 0;
    uint256 private constant SELL = 1;
    uint256 private constant PREMIUM_SHARE = 200;
    uint256 private constant PRICE_QUANTITY_PER_CASH = 1e10;
    int256 private constant NANO_USD_PER_CASH = 1000;

    /// @dev What the orders of an account that the walk has met can stand for.
    struct Means {
        uint256 account;
        /// Lots, in the account's direction, that orders of the other side may yet close.
        int256 closable;
        /// What it is worth beyond its margin, in nano-USD.
        int256 free;
        /// The value of its orders that count and do not close, in cash.
        uint256 used;
    }

    struct Walk {
        uint256 number;
        uint256 tick;
        uint256 tickValue;
        uint256 index;
        /// Where the market begins in memory, as it was before this mark; 0 before the first.
        uint256 market;
        Means[] means;
        uint256 accounts;
    }

    /// @notice The greatest premium that counts, and the greatest by which a mark lies off its index, in 1e-8 USD.
    function premiumLimit(uint256 index) internal pure returns (uint256) {
        return index / PREMIUM_SHARE;
    }

    /// @notice How far a perpetual trades above its index, in 1e-8 USD, seen in its book.
    /// @param market where its market begins in memory, as it was before this mark; 0 before the first
    /// @return full Room.CHUNK where the chunk has no room for the next order, else Room.NOTHING
    function observePremium(
        Step memory step,
        uint256 number,
        Instrument memory instrument,
        uint256 market,
        uint256 index
    ) internal pure returns (uint256 full, int256 premium) {
        unchecked {
            // INVARIANT: tick values have 40 bits, indices 53, premiums 46.
            Walk memory walk;
            walk.number = number;
            walk.tick = instrument.tick;
            walk.tickValue = instrument.tick * instrument.lot / PRICE_QUANTITY_PER_CASH;
            walk.index = index;
            walk.market = market;
            walk.means = new Means[](2 * Limits.PREMIUM_ORDERS);
            uint256 bids;
            uint256 offers;
            (full, bids) = _sidePremium(step, walk, BUY);
            if (full == Room.CHUNK) return (full, 0);
            (full, offers) = _sidePremium(step, walk, SELL);
            if (full == Room.CHUNK) return (full, 0);
            return (Room.NOTHING, int256(bids) - int256(offers));
        }
    }

    /// @dev By how much a side's first IMPACT_VALUE lies on the far side of the index, on average.
    function _sidePremium(Step memory step, Walk memory walk, uint256 side)
        private
        pure
        returns (uint256 full, uint256 premium)
    {
        unchecked {
            // INVARIANT: shares have 34 bits and distances 46.
            bytes16 from = Keys.bookSide(walk.number, side);
            uint256 depth;
            for (uint256 orders = 0; orders < Limits.PREMIUM_ORDERS && depth < Limits.IMPACT_VALUE; orders++) {
                full = Room.fullness(
                    step.store, Limits.PREMIUM_BOUND + Limits.PREMIUM_END, Limits.PERPETUAL_MARK_LIMIT
                );
                if (full == Room.CHUNK) return (full, 0);
                if (full == Room.LIMIT) break;
                (bool exists, bytes16 key, BookOrder memory resting) = Book.nextOrder(step, from);
                if (!exists) break;
                uint256 rank = Keys.rankOfBook(key);
                (uint256 share, uint256 distance, bool isBeyond) = _judge(step, walk, side, rank, resting);
                if (!isBeyond) break;
                from = Keys.afterBook(key);
                if (share > Limits.IMPACT_VALUE - depth) share = Limits.IMPACT_VALUE - depth;
                depth += share;
                premium += share * distance;
            }
            premium /= Limits.IMPACT_VALUE;
        }
    }

    /// @dev What one resting order says.
    /// @return value its value, in cash; 0 where it does not count
    /// @return distance by how much its price lies on the far side of the index, as far as that counts
    /// @return isBeyond whether it does at all
    function _judge(Step memory step, Walk memory walk, uint256 side, uint256 rank, BookOrder memory resting)
        private
        pure
        returns (uint256 value, uint256 distance, bool isBeyond)
    {
        unchecked {
            // INVARIANT: an order's price is below MAX_PRICE, and its value at most MAX_ORDER_VALUE.
            uint256 price = rank * walk.tick;
            if (side == BUY ? price <= walk.index : price >= walk.index) return (0, 0, false);
            isBeyond = true;
            distance = side == BUY ? price - walk.index : walk.index - price;
            uint256 limit = premiumLimit(walk.index);
            if (distance > limit) distance = limit;
            step.store.charge(Limits.MEETING_EVENT);
            bool isDead =
                (resting.goodTill != 0 && resting.goodTill < step.global.time) || resting.era != step.global.era;
            if (isDead || resting.isReduceOnly) return (0, distance, true);
            value = rank * walk.tickValue * resting.lots;
            if (!_counts(step, walk, side, resting, value)) value = 0;
        }
    }

    /// @dev Whether an order's account could have it filled: it closes a position, or leaves 16 % of its value as margin.
    function _counts(Step memory step, Walk memory walk, uint256 side, BookOrder memory resting, uint256 value)
        private
        pure
        returns (bool)
    {
        unchecked {
            // INVARIANT: values have 52 bits, and there are at most 32 of them.
            Means memory means = _meansOf(step, walk, resting.account);
            int256 size = int256(resting.lots);
            if (size <= (side == SELL ? means.closable : -means.closable)) {
                means.closable += side == SELL ? -size : size;
                return true;
            }
            uint256 used = means.used + value;
            if (means.free * 25 < 4 * NANO_USD_PER_CASH * int256(used)) return false;
            means.used = used;
            return true;
        }
    }

    function _meansOf(Step memory step, Walk memory walk, uint256 account) private pure returns (Means memory means) {
        unchecked {
            // INVARIANT: cash, margin and notional values have 53 bits, lots 41, marks and funding indices 63.
            uint256 count = walk.accounts;
            for (uint256 place = 0; place < count; place++) {
                if (walk.means[place].account == account) return walk.means[place];
            }
            means = walk.means[count];
            walk.accounts = count + 1;
            means.account = account;
            // INVARIANT: orders exist only for accounts that do, and accounts are never removed.
            (, Account memory record) = Records.readAccount(step.store, account);
            (int256 lots, int256 fundingIndex) = Records.readPosition(step.store, account, walk.number);
            int256 worth = record.cash * NANO_USD_PER_CASH;
            int256 others = int256(record.notional);
            // INVARIANT: a position is only ever opened in a marked instrument.
            uint256 market = walk.market;
            if (lots != 0 && market != 0) {
                worth += lots * Records.markOf(market)
                    - Fund.fundingDue(lots, Records.fundingIndexOf(market), fundingIndex);
                uint256 value = Arithmetic.indexValue(Records.indexOf(market), Records.lotOf(market));
                others -= (lots < 0 ? -lots : lots) * int256(value) / NANO_USD_PER_CASH;
            } else {
                lots = 0;
            }
            if (record.positions > (lots == 0 ? 0 : 1) && others > 0) worth -= others * NANO_USD_PER_CASH;
            if (lots == 0 && record.positions >= Limits.MAX_POSITIONS) worth = 0;
            means.closable = lots;
            means.free = worth - int256(record.margin) * NANO_USD_PER_CASH;
        }
    }
}
