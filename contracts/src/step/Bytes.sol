// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Big-endian integers in memory and calldata, by absolute position. Widths are in bytes, 1 to 32.
library Bytes {
    /// @notice An unsigned integer in memory.
    function read(uint256 pointer, uint256 width) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(sub(256, shl(3, width)), mload(pointer))
        }
    }

    /// @notice A signed integer in two's complement in memory.
    function readSigned(uint256 pointer, uint256 width) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(sub(256, shl(3, width)), mload(pointer))
        }
    }

    /// @notice An unsigned integer in calldata; past its end, zeros.
    function readCalldata(uint256 position, uint256 width) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(sub(256, shl(3, width)), calldataload(position))
        }
    }

    /// @notice A signed integer in two's complement in calldata.
    function readSignedCalldata(uint256 position, uint256 width) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(sub(256, shl(3, width)), calldataload(position))
        }
    }

    /// @notice Writes the low bytes of a value. It clears what follows up to a word's length, so fields are written in
    /// rising order.
    function write(uint256 pointer, uint256 width, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(pointer, shl(sub(256, shl(3, width)), value))
        }
    }

    /// @notice Where free memory begins. What is written there without being taken is gone with the next allocation.
    function freeMemory() internal pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := mload(0x40)
        }
    }

    /// @notice Gives back all memory taken since `freeMemory` returned this pointer; nothing taken since is used again.
    function release(uint256 pointer) internal pure {
        assembly ("memory-safe") {
            mstore(0x40, pointer)
        }
    }
}
