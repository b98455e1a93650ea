// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "../step/Bytes.sol";
import {Transactions} from "../step/Transactions.sol";
import {TypedData} from "../step/TypedData.sol";

/// @title The codec and the typed data of transactions, many a call
/// @notice For tests that compare the Solidity with its TypeScript twin.
contract TransactionsHarness {
    /// @notice The kind of chunk of every kind of transaction.
    function chunkKindsOf(uint256[] calldata kinds) external pure returns (uint256[] memory results) {
        results = new uint256[](kinds.length);
        for (uint256 i = 0; i < kinds.length; i++) results[i] = Transactions.chunkKindOf(kinds[i]);
    }

    /// @notice How many bytes the transaction at the beginning of each text has.
    function lengths(bytes[] calldata texts) external pure returns (uint256[] memory results) {
        results = new uint256[](texts.length);
        for (uint256 i = 0; i < texts.length; i++) {
            uint256 position = _positionOf(texts[i]);
            results[i] = Transactions.lengthAt(position, position + texts[i].length);
        }
    }

    /// @notice The digests of transactions.
    function digests(bytes32 separator, bytes[] calldata transactions) external pure returns (bytes32[] memory results) {
        results = new bytes32[](transactions.length);
        for (uint256 i = 0; i < transactions.length; i++) {
            uint256 position = _positionOf(transactions[i]);
            results[i] = TypedData.transactionDigest(separator, Bytes.readCalldata(position, 1), position);
        }
    }

    function _positionOf(bytes calldata text) private pure returns (uint256 position) {
        assembly ("memory-safe") {
            position := text.offset
        }
    }
}
