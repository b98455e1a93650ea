// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "./Bytes.sol";

/// @notice Recovery of signers: the twin of `packages/protocol/src/signatures.ts`.
library Signatures {
    /// @dev Half the order of the curve, rounded down: a canonical s is at most that.
    uint256 private constant HALF_CURVE_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    /// @notice Who signed a digest; zero where the signature is not valid.
    /// @param position where in calldata the signature stands: r, then s with the parity of R's y in its top bit
    function recoverSigner(bytes32 digest, uint256 position) internal pure returns (address) {
        uint256 r = Bytes.readCalldata(position, 32);
        uint256 sWithParity = Bytes.readCalldata(position + 32, 32);
        uint256 s = (sWithParity << 1) >> 1;
        if (s > HALF_CURVE_ORDER) return address(0);
        return ecrecover(digest, uint8(27 + (sWithParity >> 255)), bytes32(r), bytes32(s));
    }
}
