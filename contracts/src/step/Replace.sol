// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Book} from "./Book.sol";
import {Bytes} from "./Bytes.sol";
import {Limits} from "./Limits.sol";
import {Order} from "./Order.sol";
import {OrderPlan} from "./Plan.sol";
import {Reason} from "./Reason.sol";
import {Step} from "./Step.sol";

/// @notice Replacements: the twin of `packages/engine/src/replace.ts`.
library Replace {
    /// @notice Takes a resting order out of the book and executes a new one in its stead, both or neither: a new order
    /// that is refused, or that neither fills nor rests, leaves the old one where it was.
    function execute(Step memory step, uint256 position, uint256 length) internal pure returns (uint256 reason) {
        OrderPlan memory plan;
        reason = Order.admit(step, plan, position, length);
        if (reason != Reason.OK) return reason;
        bytes16 key = Book.findOrder(step, plan.taker.account, Bytes.readCalldata(position + 31, 4));
        if (key == 0) return Reason.UNKNOWN_ORDER;
        plan.replacedKey = key;
        plan.replaced = Book.readOrder(step, key);
        plan.limit = Limits.REPLACE_LIMIT;
        return Order.executePlan(step, plan);
    }
}
