// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What can be posted and deposited
/// @dev The twin of the limits of the same names in `packages/protocol/src/limits.ts`.
library PostingLimits {
    /// @dev Chunks in a batch, at most.
    uint256 internal constant MAX_CHUNKS = 32;
    /// @dev Bytes of a chunk, at most.
    uint256 internal constant MAX_CHUNK_BYTES = 12_000;
    /// @dev Bytes of the calldata of a post and of a proof, at most: mempools carry transactions of 131,072.
    uint256 internal constant MAX_CALLDATA_BYTES = 128_000;
    /// @dev Inbox messages in a bridge chunk, at most.
    uint256 internal constant MAX_CHUNK_MESSAGES = 32;
    /// @dev Deposits, all together, in the collateral's units.
    uint256 internal constant MAX_DEPOSITS = 2 ** 52 - 1;
}
