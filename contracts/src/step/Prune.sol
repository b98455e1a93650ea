// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Book} from "./Book.sol";
import {Bytes} from "./Bytes.sol";
import {Keys} from "./Keys.sol";
import {Limits} from "./Limits.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {Reason} from "./Reason.sol";
import {Account, BookOrder, Expiry, Instrument, Records} from "./Records.sol";
import {Step} from "./Step.sol";

/// @notice Pruning of expired instruments: the twin of `packages/engine/src/prune.ts`.
library Prune {
    using OrderedStore for OrderedStore.Store;

    uint256 private constant BUY = 0;
    uint256 private constant SELL = 1;

    /// @dev Orders are removed as long as one more, at its dearest, and the end still fit the limit.
    uint256 private constant ORDERS_LIMIT = Limits.PRUNE_LIMIT - Limits.PRUNE_END - Limits.PRUNE_ORDER_BOUND;

    /// @notice Removes an expired instrument that nobody holds: its resting orders, as many as fit the limit, and once none
    /// is left every record of it.
    function execute(Step memory step, uint256 position) internal pure returns (uint256) {
        uint256 number = Bytes.readCalldata(position + 1, 3);
        (bool exists, Instrument memory instrument) = Records.readInstrument(step.store, number);
        if (!exists) return Reason.UNKNOWN_INSTRUMENT;
        if (instrument.expiry == 0 || step.global.time < instrument.expiry) return Reason.NOT_SETTLED;
        // Without a mark nobody has traded it, so there is nothing to settle.
        (uint256 market, bool isMarked) = Records.readMarket(step.store, number);
        if (isMarked) {
            if (Records.reportTimeOf(market) != Limits.SETTLED_TIME) return Reason.NOT_SETTLED;
            if (Records.openInterestOf(market) != 0 || Records.houseLotsOf(market) != 0) return Reason.STILL_OPEN;
        }
        if (!_removeOrders(step, number, BUY) || !_removeOrders(step, number, SELL)) return Reason.OK;
        if (isMarked) step.store.remove(Keys.market(number));
        _removeInstrument(step, number, instrument);
        return Reason.OK;
    }

    /// @dev Takes the resting orders of one side out of the book.
    /// @return isDone whether none is left
    function _removeOrders(Step memory step, uint256 instrument, uint256 side) private pure returns (bool isDone) {
        bytes16 from = Keys.bookSide(instrument, side);
        // INVARIANT: the first order always fits, so a pruning that is not over has removed one.
        while (step.store.transactionMeter <= ORDERS_LIMIT) {
            (bool exists, bytes16 key, BookOrder memory order) = Book.nextOrder(step, from);
            if (!exists) return true;
            // INVARIANT: orders exist only for accounts that do, and accounts are never removed.
            (, Account memory account) = Records.readAccount(step.store, order.account);
            account.restingOrders--;
            Book.removeOrder(step, key, order);
            Records.writeAccount(step.store, order.account, account);
        }
    }

    /// @dev Removes what its listing has made.
    function _removeInstrument(Step memory step, uint256 number, Instrument memory instrument) private pure {
        step.store.remove(Keys.instrument(number));
        step.store.remove(
            Keys.listing(instrument.underlying, instrument.expiry, instrument.strike, instrument.kind)
        );
        // INVARIANT: an expiry's record exists as long as an instrument of it does.
        (, Expiry memory expiry) = Records.readExpiry(step.store, instrument.underlying, instrument.expiry);
        if (expiry.instruments > 1) {
            expiry.instruments--;
            Records.writeExpiry(step.store, instrument.underlying, instrument.expiry, expiry);
        } else {
            step.store.remove(Keys.expiry(instrument.underlying, instrument.expiry));
        }
    }
}
