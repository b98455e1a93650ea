// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Proofs that a record is in the state
/// @notice The state is a Merkle crit-bit tree: leaf = keccak(0x00 ‖ key ‖ value), branch = keccak(0x01 ‖ bit index ‖
/// left ‖ right), where the branch's bit of the key says on which side the key lies.
library InclusionProof {
    uint256 private constant KEY_BITS = 128;
    /// @dev Bit index (1) ‖ sibling (32).
    uint256 private constant STEP_BYTES = 33;

    /// @notice Whether a tree holds `value` at `key`.
    /// @param proof for each branch from the leaf upward: bit index (1 byte) ‖ sibling hash (32 bytes)
    function verify(bytes32 root, bytes16 key, bytes memory value, bytes calldata proof) internal pure returns (bool) {
        if (proof.length % STEP_BYTES != 0) return false;
        bytes32 hash = keccak256(bytes.concat(bytes1(0x00), key, value));
        // INVARIANT: bit indices fall strictly on the way up, so a walk has at most 128 steps and no bit is tested twice.
        uint256 bitBelow = KEY_BITS;
        for (uint256 offset = 0; offset < proof.length; offset += STEP_BYTES) {
            bytes1 bitIndex = proof[offset];
            uint256 bit = uint8(bitIndex);
            if (bit >= bitBelow) return false;
            bitBelow = bit;
            bytes32 sibling = bytes32(proof[offset + 1:offset + STEP_BYTES]);
            bool isRight = (uint128(key) >> (KEY_BITS - 1 - bit)) & 1 == 1;
            hash = isRight
                ? keccak256(bytes.concat(bytes1(0x01), bitIndex, sibling, hash))
                : keccak256(bytes.concat(bytes1(0x01), bitIndex, hash, sibling));
        }
        return hash == root;
    }
}
