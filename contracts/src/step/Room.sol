// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Limits} from "./Limits.sol";
import {OrderedStore} from "./OrderedStore.sol";

/// @notice What still fits a transaction and a chunk: the twin of `packages/engine/src/room.ts`.
library Room {
    /// @notice What an operation says instead of a reason code where the chunk has no room for the rest of it: it has
    /// changed nothing, the chunk ends before the transaction, and the transaction is the next chunk's.
    uint256 internal constant NEXT_CHUNK = 256;

    /// @notice What is full: nothing, what the transaction may use, or the chunk.
    uint256 internal constant NOTHING = 0;
    uint256 internal constant LIMIT = 1;
    uint256 internal constant CHUNK = 2;

    /// @notice Whether there is room for so many units more. A transaction's own limit comes first: it depends on the state
    /// alone, so what becomes of the transaction does not depend on where the stream is cut.
    /// @param units what comes next may use, and all that has to follow it
    /// @param limit what the transaction may use
    function fullness(OrderedStore.Store memory store, uint256 units, uint256 limit) internal pure returns (uint256) {
        if (store.transactionMeter + units > limit) return LIMIT;
        if (store.chunkMeter + units > Limits.CHUNK_LIMIT) return CHUNK;
        return NOTHING;
    }
}
