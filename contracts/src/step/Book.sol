// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "./Bytes.sol";
import {Keys} from "./Keys.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {BookOrder, Records} from "./Records.sol";
import {Step} from "./Step.sol";

/// @notice The order book: the twin of `packages/engine/src/book.ts`.
library Book {
    using OrderedStore for OrderedStore.Store;

    uint256 internal constant ACCOUNT_ORDER_BYTES = 15;

    /// @notice The first order at or after a key, by price and then by time, on its side of its instrument's book.
    function nextOrder(Step memory step, bytes16 from)
        internal
        pure
        returns (bool exists, bytes16 key, BookOrder memory order)
    {
        uint256 pointer;
        uint256 length;
        (key, pointer, length) = step.store.next(from);
        exists = length != 0 && Keys.sharesPrefix(key, from, Keys.BOOK_SIDE_BITS);
        if (exists) order = Records.decodeBookOrder(pointer);
    }

    /// @notice The order that stands at a key.
    function readOrder(Step memory step, bytes16 key) internal pure returns (BookOrder memory) {
        // INVARIANT: an account's list names exactly its orders in the book.
        (uint256 pointer,) = step.store.get(key);
        return Records.decodeBookOrder(pointer);
    }

    /// @notice Puts an order at the end of the queue at its price. The caller counts it in the account's record.
    function restOrder(Step memory step, uint256 instrument, uint256 side, uint256 rank, BookOrder memory order)
        internal
        pure
    {
        bytes16 key = Keys.book(instrument, side, rank, step.global.nextSequence);
        // INVARIANT: sequence numbers stay within 48 bits, a million resting orders a second for eight years.
        step.global.nextSequence++;
        Records.writeBookOrder(step.store, key, order);
        uint256 pointer = Bytes.freeMemory();
        Bytes.write(pointer, ACCOUNT_ORDER_BYTES, uint128(key));
        step.store.put(Keys.accountOrder(order.account, order.clientOrderId), pointer, pointer + ACCOUNT_ORDER_BYTES);
    }

    /// @notice Takes an order out of the book and out of its account's list. The caller counts it out of the record.
    function removeOrder(Step memory step, bytes16 key, BookOrder memory order) internal pure {
        step.store.remove(key);
        step.store.remove(Keys.accountOrder(order.account, order.clientOrderId));
    }

    /// @notice The book key of an account's resting order by its client order id; 0 where there is none.
    function findOrder(Step memory step, uint256 account, uint256 clientOrderId) internal pure returns (bytes16) {
        (uint256 pointer, uint256 length) = step.store.get(Keys.accountOrder(account, clientOrderId));
        if (length == 0) return 0;
        return bytes16(uint128((Keys.BOOK << 120) | Bytes.read(pointer, ACCOUNT_ORDER_BYTES)));
    }
}
