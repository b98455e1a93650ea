// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Execute} from "./Execute.sol";
import {Listing} from "./Listing.sol";
import {Mark} from "./Mark.sol";
import {Reason} from "./Reason.sol";
import {Report} from "./Report.sol";
import {Settlement} from "./Settlement.sol";
import {Step} from "./Step.sol";
import {Tick} from "./Tick.sol";
import {Transactions} from "./Transactions.sol";
import {Withdraw} from "./Withdraw.sol";

/// @notice Risk chunks: ticks, oracle reports, settlement prices, listings, marks, withdrawals.
contract StepRisk is Execute {
    function _executeTransaction(Step memory step, uint256 kind, uint256 position, uint256 length)
        internal
        pure
        override
        returns (uint256)
    {
        if (kind == Transactions.TICK) return Tick.execute(step, position);
        if (kind == Transactions.REPORT) return Report.execute(step, position);
        if (kind == Transactions.LIST_UNDERLYING) return Listing.executeUnderlying(step, position);
        if (kind == Transactions.LIST_INSTRUMENT) return Listing.executeInstrument(step, position);
        if (kind == Transactions.MARK) return Mark.execute(step, position);
        if (kind == Transactions.SETTLEMENT) return Settlement.execute(step, position);
        if (kind == Transactions.WITHDRAW) return Withdraw.execute(step, position, length);
        return Reason.WRONG_CHUNK_KIND;
    }
}
