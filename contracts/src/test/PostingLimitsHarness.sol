// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PostingLimits} from "../libraries/PostingLimits.sol";

/// @title The limits of posting, for the comparison with their twin
contract PostingLimitsHarness {
    uint256 public constant MAX_CHUNKS = PostingLimits.MAX_CHUNKS;
    uint256 public constant MAX_CHUNK_BYTES = PostingLimits.MAX_CHUNK_BYTES;
    uint256 public constant MAX_CALLDATA_BYTES = PostingLimits.MAX_CALLDATA_BYTES;
    uint256 public constant MAX_CHUNK_MESSAGES = PostingLimits.MAX_CHUNK_MESSAGES;
    uint256 public constant MAX_DEPOSITS = PostingLimits.MAX_DEPOSITS;
}
