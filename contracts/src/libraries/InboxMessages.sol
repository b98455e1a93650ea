// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The inbox's messages: their rolling hash and their bytes in a bridge chunk
/// @dev The twin of `packages/protocol/src/inbox.ts`.
library InboxMessages {
    uint8 internal constant DEPOSIT = 1;

    /// @dev kind (1) ‖ sender (20) ‖ time (4), then the length of the body (2), which is not hashed.
    uint256 private constant HASHED_HEAD_BYTES = 25;
    uint256 private constant HEAD_BYTES = 27;

    /// @notice The rolling hash after one more message, of which `message` is kind ‖ sender ‖ time ‖ body.
    function extend(bytes32 previous, bytes memory message) internal pure returns (bytes32) {
        return keccak256(bytes.concat(previous, keccak256(message)));
    }

    /// @notice The rolling hash after the messages of a bridge chunk.
    /// @return complete whether the bytes are exactly `count` messages
    function extendAll(bytes32 previous, bytes calldata chunk, uint256 count)
        internal
        pure
        returns (bool complete, bytes32 rollingHash)
    {
        rollingHash = previous;
        uint256 offset = 0;
        for (uint256 executed = 0; executed < count; executed++) {
            if (chunk.length - offset < HEAD_BYTES) return (false, 0);
            uint256 bodyStart = offset + HEAD_BYTES;
            uint256 bodyLength = uint16(bytes2(chunk[offset + HASHED_HEAD_BYTES:bodyStart]));
            if (chunk.length - bodyStart < bodyLength) return (false, 0);
            rollingHash = extend(
                rollingHash,
                bytes.concat(chunk[offset:offset + HASHED_HEAD_BYTES], chunk[bodyStart:bodyStart + bodyLength])
            );
            offset = bodyStart + bodyLength;
        }
        complete = offset == chunk.length;
    }
}
