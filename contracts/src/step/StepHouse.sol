// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Execute} from "./Execute.sol";
import {Reason} from "./Reason.sol";
import {Step} from "./Step.sol";

/// @notice House chunks: liquidations, orders for the house's inventory, settling, pruning, liquidity providers.
contract StepHouse is Execute {
    function _executeTransaction(Step memory, uint256, uint256, uint256) internal pure override returns (uint256) {
        return Reason.WRONG_CHUNK_KIND;
    }
}
