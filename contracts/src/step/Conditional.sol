// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "./Bytes.sol";
import {Limits} from "./Limits.sol";
import {Order} from "./Order.sol";
import {OrderPlan} from "./Plan.sol";
import {Reason} from "./Reason.sol";
import {Step} from "./Step.sol";
import {Trigger} from "./Trigger.sol";

/// @notice Conditional orders: the twin of `packages/engine/src/conditional.ts`.
library Conditional {
    /// @notice Executes an order that its account signed long before, once the mark has reached its trigger price. A revert
    /// of batches makes it void.
    function execute(Step memory step, uint256 position, uint256 length) internal pure returns (uint256 reason) {
        OrderPlan memory plan;
        plan.triggerPrice = Bytes.readCalldata(position + 35, 7);
        plan.triggerDirection = Bytes.readCalldata(position + 42, 1);
        if (!Trigger.isTrigger(plan.triggerPrice, plan.triggerDirection)) return Reason.MALFORMED_ORDER;
        reason = Order.admit(step, plan, position, length);
        if (reason != Reason.OK) return reason;
        if (Bytes.readCalldata(position + 31, 4) != step.global.era) return Reason.ERA_PASSED;
        plan.limit = Limits.ORDER_LIMIT;
        return Order.executePlan(step, plan);
    }
}
