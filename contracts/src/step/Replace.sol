// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Reason} from "./Reason.sol";
import {Step} from "./Step.sol";

/// @notice Replacements: the twin of `packages/engine/src/replace.ts`.
library Replace {
    /// @notice Takes a resting order out of the book and executes a new one in its stead, both or neither.
    function execute(Step memory, uint256, uint256) internal pure returns (uint256) {
        return Reason.MALFORMED_ORDER;
    }
}
