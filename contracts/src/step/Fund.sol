// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Arithmetic} from "./Arithmetic.sol";
import {Limits} from "./Limits.sol";
import {Account, Global} from "./Records.sol";

/// @notice The insurance fund: the twin of `packages/engine/src/fund.ts`, which says what it owns and what always holds.
library Fund {
    int256 private constant NANO_USD_PER_CASH = 1000;
    int256 private constant MAX_CASH = int256(Limits.MAX_CASH);
    int256 private constant MAX_CLAIMS = int256(Limits.MAX_CLAIMS);

    /// @notice What the fund is worth, in cash: its cash and its claims, rounded down.
    function fundEquity(Global memory global) internal pure returns (int256) {
        return Arithmetic.floorDiv(global.insurance * NANO_USD_PER_CASH + global.claims, NANO_USD_PER_CASH);
    }

    /// @notice Whether the fund's cash and claims may become these: what would take them further is refused.
    function isFundWithinRange(int256 insurance, int256 claims) internal pure returns (bool) {
        return insurance <= MAX_CASH && insurance >= -MAX_CASH && claims < MAX_CLAIMS && claims > -MAX_CLAIMS;
    }

    /// @notice Recognises what the fund has lost beyond its means as deficit, or makes a deficit good from what it has.
    /// For every operation that has changed the fund's cash or claims, once, at its end.
    function settleFund(Global memory global) internal pure {
        int256 worth = fundEquity(global);
        int256 deficit = int256(global.deficit);
        int256 change = 0;
        if (worth < 0) {
            // INVARIANT: the deficit is at most MAX_CASH, and insurance is within ± MAX_CASH, so there is no negative room.
            change = _least(_least(-worth, MAX_CASH - deficit), MAX_CASH - global.insurance);
        } else if (worth > 0) {
            change = -_least(_least(worth, deficit), MAX_CASH + global.insurance);
        }
        global.deficit = uint256(deficit + change);
        global.insurance += change;
    }

    /// @notice Takes an account's new margin and notional value into its record and into the sums over all accounts.
    /// @param margin initial margin of all its positions, in nano-USD
    /// @param notional their notional value, in cash
    function adjustTotals(Global memory global, Account memory account, int256 margin, uint256 notional) internal pure {
        uint256 marginAfter = uint256(_least(Arithmetic.ceilDiv(margin, NANO_USD_PER_CASH), MAX_CASH));
        uint256 notionalAfter = notional < Limits.MAX_CASH ? notional : Limits.MAX_CASH;
        global.margin = global.margin + marginAfter - account.margin;
        global.notional = global.notional + notionalAfter - account.notional;
        account.margin = marginAfter;
        account.notional = notionalAfter;
    }

    /// @notice What a position owes as funding since it last paid, in nano-USD; negative where it is owed.
    function fundingDue(int256 lots, int256 marketIndex, int256 positionIndex) internal pure returns (int256) {
        unchecked {
            // INVARIANT: lots have 41 bits and funding indices 64.
            return lots * (marketIndex - positionIndex);
        }
    }

    function _least(int256 left, int256 right) private pure returns (int256) {
        return left < right ? left : right;
    }
}
