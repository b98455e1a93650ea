// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlockTrade} from "./BlockTrade.sol";
import {Execute} from "./Execute.sol";
import {Quotes} from "./Quotes.sol";
import {Reason} from "./Reason.sol";
import {Step} from "./Step.sol";
import {Transactions} from "./Transactions.sol";

/// @notice Block chunks: trades of several instruments between two accounts, quotes.
contract StepBlock is Execute {
    function _executeTransaction(Step memory step, uint256 kind, uint256 position, uint256 length)
        internal
        pure
        override
        returns (uint256)
    {
        if (kind == Transactions.BLOCK_TRADE) return BlockTrade.execute(step, position, length);
        if (kind == Transactions.QUOTES) return Quotes.execute(step, position, length);
        return Reason.WRONG_CHUNK_KIND;
    }
}
