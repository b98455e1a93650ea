// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Book} from "./Book.sol";
import {Fund} from "./Fund.sol";
import {Keys} from "./Keys.sol";
import {Limits} from "./Limits.sol";
import {Portfolio, Traded} from "./Margin.sol";
import {Meter} from "./Meter.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {Account, BookOrder, Instrument, Records} from "./Records.sol";
import {Step} from "./Step.sol";
import {AdmissionFields} from "./Transactions.sol";

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

/// @notice An account while an order is matched: as it will be, with its position in the order's instrument.
struct Party {
    /// The maker that was met next, as a memory pointer; 0 for none.
    uint256 next;
    uint256 account;
    Account record;
    /// Whether the position has been read.
    bool isRead;
    /// What the state says.
    int256 lotsBefore;
    int256 lots;
    /// The market's funding index when the position last paid.
    int256 fundingIndex;
    /// What it must keep after its last fill, in nano-USD, and what its positions are then worth at the indexes, in cash.
    int256 margin;
    uint256 notional;
    /// Whether the order changes it.
    bool isChanged;
}

/// @notice A resting order that is filled or cancelled, and the lots that will be left of it.
struct MetOrder {
    /// The order that was met next, as a memory pointer; 0 for none.
    uint256 next;
    bytes16 key;
    BookOrder order;
    uint256 left;
}

/// @notice What an order will do, found out before anything is written.
struct OrderPlan {
    AdmissionFields admission;
    OrderFields order;
    /// What the transaction may use.
    uint256 limit;
    Instrument instrument;
    Traded traded;
    /// The ranks of the prices at which may be traded.
    int256 lowestRank;
    int256 highestRank;
    /// Cash for one lot and one rank of price.
    uint256 tickValue;
    Party taker;
    /// The resting order that goes if the plan is written; matching takes it for gone. Its key is 0 where there is none.
    bytes16 replacedKey;
    BookOrder replaced;
    /// What the mark has to have reached, and from which side; a price of 0 is none.
    uint256 triggerPrice;
    uint256 triggerDirection;
    /// The taker's other positions, read for the first fill.
    bool hasTakerPortfolio;
    Portfolio takerPortfolio;
    /// The first and the last maker and order that were met, as memory pointers; 0 for none.
    uint256 firstMaker;
    uint256 lastMaker;
    uint256 firstOrder;
    uint256 lastOrder;
    int256 openInterest;
    int256 insurance;
    int256 claims;
    uint256 remaining;
    bool isFilled;
    /// Units that writing what was met so far may cost, at most, but for what new positions add: see `keptBack`.
    uint256 reserve;
    /// Positions that may be written, and those of them that may be new.
    uint256 positionWrites;
    uint256 newPositions;
}

/// @notice Plans of orders: the twin of `packages/engine/src/plan.ts`, which says what they promise.
library Plan {
    using OrderedStore for OrderedStore.Store;

    uint256 internal constant POST_ONLY = 1;
    uint256 internal constant REDUCE_ONLY = 2;

    uint256 private constant NEW_BRANCHES = 2;
    uint256 private constant LONGEST_BOOK_PATH = 4 + 24 + 1 + 40 + 48;
    uint256 private constant LONGEST_ACCOUNT_ORDER_PATH = 4 + 32 + 32;

    /// @dev Keeps back what rewriting, or taking away, a record costs whose path has been touched.
    function _keepBack(OrderPlan memory plan, uint256 depth) private pure {
        plan.reserve += Meter.WRITE + Meter.VISIT * (depth + 1 + NEW_BRANCHES);
    }

    /// @notice Units that writing the plan may cost, at most, beside the end that every order keeps back for itself.
    function keptBack(OrderPlan memory plan) internal pure returns (uint256) {
        return plan.reserve + 2 * Meter.VISIT * plan.positionWrites * plan.newPositions;
    }

    /// @notice Reads a party's position in the plan's instrument, unless it has been read; it may be written from then on.
    function readPosition(Step memory step, OrderPlan memory plan, Party memory party) internal pure {
        if (party.isRead) return;
        party.isRead = true;
        (party.lotsBefore, party.fundingIndex) = Records.readPosition(step.store, party.account, plan.order.instrument);
        party.lots = party.lotsBefore;
        plan.positionWrites++;
        if (party.lots == 0) plan.newPositions++;
        plan.reserve += Meter.WRITE + Meter.VISIT * (2 * step.store.depth + 1) + 2 * Meter.NODE_CREATE
            + Records.POSITION_BYTES * Meter.LEAF_BYTE;
    }

    /// @notice Sees to it that a resting order, the last that was looked for, can be written: its account's list of orders
    /// is touched.
    function keepOrder(Step memory step, OrderPlan memory plan, BookOrder memory resting) internal pure {
        step.store.charge(Limits.MEETING_EVENT);
        _keepBack(plan, step.store.depth);
        step.store.get(Keys.accountOrder(resting.account, resting.clientOrderId));
        _keepBack(plan, step.store.depth);
    }

    /// @notice The account whose resting order is met, as the plan will leave it.
    function meetMaker(Step memory step, OrderPlan memory plan, uint256 account)
        internal
        pure
        returns (Party memory maker)
    {
        if (account == plan.taker.account) return plan.taker;
        uint256 place = plan.firstMaker;
        assembly ("memory-safe") {
            // A party begins with the pointer to the next one and its account.
            for {} place { place := mload(place) } {
                if eq(mload(add(place, 0x20)), account) { break }
            }
        }
        if (place != 0) {
            assembly ("memory-safe") {
                maker := place
            }
            return maker;
        }
        maker.account = account;
        // INVARIANT: orders exist only for accounts that do, and accounts are never removed.
        (, maker.record) = Records.readAccount(step.store, account);
        _keepBack(plan, step.store.depth);
        assembly ("memory-safe") {
            place := maker
        }
        if (plan.lastMaker == 0) plan.firstMaker = place;
        else _link(plan.lastMaker, place);
        plan.lastMaker = place;
    }

    /// @notice Whether a party may have a position in the instrument: it has one, or room for one more.
    function mayHold(Party memory party) internal pure returns (bool) {
        return party.lots != 0 || party.record.positions < Limits.MAX_POSITIONS;
    }

    /// @notice Changes a party's position, and counts it in or out of its record.
    function setLots(Party memory party, int256 lots) internal pure {
        if (party.lots == 0) party.record.positions++;
        if (lots == 0) party.record.positions--;
        party.lots = lots;
        party.isChanged = true;
    }

    /// @notice Notes what is left of a resting order; one of which nothing is left goes.
    function setLeft(
        OrderPlan memory plan,
        bytes16 key,
        BookOrder memory resting,
        Party memory owner,
        uint256 left
    ) internal pure {
        MetOrder memory met = MetOrder({next: 0, key: key, order: resting, left: left});
        uint256 place;
        assembly ("memory-safe") {
            place := met
        }
        if (plan.lastOrder == 0) plan.firstOrder = place;
        else _link(plan.lastOrder, place);
        plan.lastOrder = place;
        if (left == 0) owner.record.restingOrders--;
        owner.isChanged = true;
    }

    /// @notice Notes that the replaced order goes; it was read, but not where it stands in the tree.
    function noteReplaced(OrderPlan memory plan) internal pure {
        _keepBack(plan, LONGEST_BOOK_PATH);
        _keepBack(plan, LONGEST_ACCOUNT_ORDER_PATH);
    }

    /// @notice Writes what has come of a plan, all but the taker's own record: first what may be new, then what goes.
    function write(Step memory step, OrderPlan memory plan, uint256 goodTill, bool rests) internal pure {
        uint256 instrument = plan.order.instrument;
        Party memory taker = plan.taker;
        // Parties and orders are referred to where they are, none is made here.
        Party memory maker = taker;
        for (uint256 place = plan.firstMaker; place != 0; place = maker.next) {
            assembly ("memory-safe") {
                maker := place
            }
            if (!maker.isChanged) continue;
            _adjustTotals(step, maker);
            _putPosition(step, instrument, maker);
            Records.writeAccount(step.store, maker.account, maker.record);
        }
        _adjustTotals(step, taker);
        _putPosition(step, instrument, taker);
        if (rests) _rest(step, plan, goodTill);
        for (uint256 place = plan.firstMaker; place != 0; place = maker.next) {
            assembly ("memory-safe") {
                maker := place
            }
            _removePosition(step, instrument, maker);
        }
        _removePosition(step, instrument, taker);
        _writeOrders(step, plan);
        if (plan.replacedKey != 0) {
            // The account's list names the new order already where that has taken over the number.
            if (rests && plan.order.clientOrderId == plan.replaced.clientOrderId) step.store.remove(plan.replacedKey);
            else Book.removeOrder(step, plan.replacedKey, plan.replaced);
        }
        uint256 openInterest = uint256(plan.openInterest);
        if (openInterest != Records.openInterestOf(plan.traded.market)) {
            Records.writeOpenInterest(step.store, instrument, plan.traded.market, openInterest);
        }
        step.global.insurance = plan.insurance;
        step.global.claims = plan.claims;
        Fund.settleFund(step.global);
    }

    /// @dev Writes, or takes away, the resting orders that were met.
    function _writeOrders(Step memory step, OrderPlan memory plan) private pure {
        MetOrder memory met;
        for (uint256 place = plan.firstOrder; place != 0; place = met.next) {
            assembly ("memory-safe") {
                met := place
            }
            if (met.left == 0) {
                Book.removeOrder(step, met.key, met.order);
            } else {
                met.order.lots = met.left;
                Records.writeBookOrder(step.store, met.key, met.order);
            }
        }
    }

    function _rest(Step memory step, OrderPlan memory plan, uint256 goodTill) private pure {
        OrderFields memory order = plan.order;
        Book.restOrder(
            step,
            order.instrument,
            order.side,
            order.priceRank,
            BookOrder({
                account: plan.taker.account,
                clientOrderId: order.clientOrderId,
                lots: plan.remaining,
                goodTill: goodTill,
                era: step.global.era,
                isReduceOnly: order.options & REDUCE_ONLY != 0
            })
        );
        plan.taker.record.restingOrders++;
    }

    /// @dev Takes what a party that was filled must keep now into the totals.
    function _adjustTotals(Step memory step, Party memory party) private pure {
        if (party.lots == party.lotsBefore) return;
        Fund.adjustTotals(step.global, party.record, party.margin, party.notional);
    }

    function _putPosition(Step memory step, uint256 instrument, Party memory party) private pure {
        if (party.lots != party.lotsBefore && party.lots != 0) {
            Records.writePosition(step.store, party.account, instrument, party.lots, party.fundingIndex);
        }
    }

    function _removePosition(Step memory step, uint256 instrument, Party memory party) private pure {
        if (party.lots != party.lotsBefore && party.lots == 0) {
            step.store.remove(Keys.position(party.account, instrument));
        }
    }

    /// @dev Lets a party or an order in a list, which begin with this pointer, be followed by another.
    function _link(uint256 place, uint256 next) private pure {
        assembly ("memory-safe") {
            mstore(place, next)
        }
    }
}
