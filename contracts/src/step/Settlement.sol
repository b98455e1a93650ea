// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "./Bytes.sol";
import {Limits} from "./Limits.sol";
import {Quorum} from "./Quorum.sol";
import {Reason} from "./Reason.sol";
import {Expiry, Records} from "./Records.sol";
import {Step} from "./Step.sol";
import {Transactions} from "./Transactions.sol";

/// @notice Settlement prices: the twin of `packages/engine/src/settlement.ts`.
library Settlement {
    /// @notice Takes the oracles' settlement price of an expiry, once and for good.
    function execute(Step memory step, uint256 position) internal pure returns (uint256) {
        uint256 underlying = Bytes.readCalldata(position + 1, 2);
        uint256 time = Bytes.readCalldata(position + 3, 4);
        uint256 price = Bytes.readCalldata(position + 7, 7);
        if (price == 0 || price >= Limits.MAX_PRICE) return Reason.PRICE_OUT_OF_RANGE;
        (bool exists, Expiry memory expiry) = Records.readExpiry(step.store, underlying, time);
        if (!exists) return Reason.UNKNOWN_EXPIRY;
        if (step.global.time < time) return Reason.SETTLEMENT_TOO_EARLY;
        if (expiry.settlement != 0) return Reason.ALREADY_SETTLED;
        uint256 reason = Quorum.judgeQuorum(
            step,
            Transactions.SETTLEMENT,
            position,
            Records.readParameters(step.store),
            position + Transactions.SETTLEMENT_HEAD_BYTES - 2
        );
        if (reason != Reason.OK) return reason;
        expiry.settlement = price;
        Records.writeExpiry(step.store, underlying, time, expiry);
        return Reason.OK;
    }
}
