// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Arithmetic} from "./Arithmetic.sol";
import {Bytes} from "./Bytes.sol";
import {Fund} from "./Fund.sol";
import {Keys} from "./Keys.sol";
import {Limits} from "./Limits.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {Global, Records} from "./Records.sol";
import {Step} from "./Step.sol";

/// @notice The fund's cash and claims as a transaction will leave them.
struct FundState {
    int256 insurance;
    int256 claims;
}

/// @notice The house: the twin of `packages/engine/src/house.ts`.
/// @dev Lots have 53 bits at most, marks and prices 64, cash 54: no product or sum of 128 of them reaches 2^127.
library House {
    using OrderedStore for OrderedStore.Store;

    int256 private constant NANO_USD_PER_CASH = 1000;

    function openFund(Global memory global) internal pure returns (FundState memory fund) {
        fund.insurance = global.insurance;
        fund.claims = global.claims;
    }

    /// @notice Writes the fund, which must be within its range.
    function closeFund(Global memory global, FundState memory fund) internal pure {
        global.insurance = fund.insurance;
        global.claims = fund.claims;
        Fund.settleFund(global);
    }

    /// @notice A position pays the fund what funding it owes, or is paid it.
    /// @param market where the market record begins in memory
    /// @return paid what it pays, in cash, rounded up
    function payFunding(FundState memory fund, uint256 market, int256 lots, int256 fundingIndex)
        internal
        pure
        returns (int256 paid)
    {
        int256 due = Fund.fundingDue(lots, Records.fundingIndexOf(market), fundingIndex);
        paid = Arithmetic.ceilDiv(due, NANO_USD_PER_CASH);
        unchecked {
            fund.insurance += paid;
            fund.claims -= due;
        }
    }

    /// @notice Whether an account may have so much cash.
    function isCash(int256 cash) internal pure returns (bool) {
        return cash <= int256(Limits.MAX_CASH) && cash >= -int256(Limits.MAX_CASH);
    }

    /// @notice What lots are worth at a price per lot in nano-USD: in cash, rounded down.
    function cashValue(int256 lots, int256 price) internal pure returns (int256) {
        unchecked {
            return Arithmetic.floorDiv(lots * price, NANO_USD_PER_CASH);
        }
    }

    /// @notice The house takes lots for cash; negative ones of both are given and received.
    function takeIntoHouse(FundState memory fund, uint256 market, int256 lots, int256 cash) internal pure {
        unchecked {
            fund.insurance -= cash;
            fund.claims += lots * Records.markOf(market);
        }
    }

    /// @notice By how much the lots held long change when a position does.
    function longChange(int256 before, int256 afterwards) internal pure returns (int256) {
        unchecked {
            return (afterwards > 0 ? afterwards : int256(0)) - (before > 0 ? before : int256(0));
        }
    }

    /// @notice Writes a market after an account's position has changed, all of it against the house.
    function writeWithHouse(Step memory step, uint256 instrument, uint256 market, int256 before, int256 afterwards)
        internal
        pure
    {
        int256 houseLots = Records.houseLotsOf(market);
        unchecked {
            int256 houseLotsAfter = houseLots + before - afterwards;
            int256 change = longChange(before, afterwards) + longChange(houseLots, houseLotsAfter);
            uint256 openInterest = uint256(int256(Records.openInterestOf(market)) + change);
            uint256 pointer = Bytes.freeMemory();
            assembly ("memory-safe") {
                mcopy(pointer, market, 46)
                mstore(add(pointer, 46), shl(192, openInterest))
                mstore(add(pointer, 54), shl(192, houseLotsAfter))
                // The losses have 144 bytes.
                mcopy(add(pointer, 62), add(market, 62), 152)
            }
            step.store.put(Keys.market(instrument), pointer, pointer + Records.MARKET_BYTES);
        }
    }
}
