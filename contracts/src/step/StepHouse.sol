// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Execute} from "./Execute.sol";
import {HouseOrder} from "./HouseOrder.sol";
import {Liquidate} from "./Liquidate.sol";
import {Provider} from "./Provider.sol";
import {Prune} from "./Prune.sol";
import {Reason} from "./Reason.sol";
import {Settle} from "./Settle.sol";
import {Step} from "./Step.sol";
import {Transactions} from "./Transactions.sol";

/// @notice House chunks: liquidations, orders for the house's inventory, settling, pruning, liquidity providers.
contract StepHouse is Execute {
    function _executeTransaction(Step memory step, uint256 kind, uint256 position, uint256 length)
        internal
        pure
        override
        returns (uint256)
    {
        if (kind == Transactions.LIQUIDATE) return Liquidate.execute(step, position);
        if (kind == Transactions.HOUSE_ORDER) return HouseOrder.execute(step, position, length);
        if (kind == Transactions.SETTLE) return Settle.execute(step, position);
        if (kind == Transactions.PRUNE) return Prune.execute(step, position);
        if (kind == Transactions.PROVIDER) return Provider.execute(step, position, length);
        return Reason.WRONG_CHUNK_KIND;
    }
}
