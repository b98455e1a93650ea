// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "./Bytes.sol";
import {Reason} from "./Reason.sol";
import {Step} from "./Step.sol";

/// @notice Ticks: the twin of `packages/engine/src/tick.ts`.
library Tick {
    /// @notice Moves the clock forward, no further than the batch's time.
    function execute(Step memory step, uint256 position) internal pure returns (uint256) {
        uint256 time = Bytes.readCalldata(position + 1, 4);
        if (time <= step.global.time) return Reason.TIME_NOT_INCREASING;
        if (time > step.context.batchTime) return Reason.TIME_BEYOND_BATCH;
        step.global.time = time;
        return Reason.OK;
    }
}
