// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Arithmetic} from "../step/Arithmetic.sol";
import {Fund} from "../step/Fund.sol";
import {Account, Global} from "../step/Records.sol";

/// @title The fund and its arithmetic, many inputs a call
/// @notice For tests that compare the Solidity with its TypeScript twin.
contract FundHarness {
    /// @notice Funds of insurance, deficit and claims after they are settled, with what they are worth before and after.
    function settleFunds(int256[3][] calldata funds) external pure returns (int256[4][] memory results) {
        results = new int256[4][](funds.length);
        for (uint256 i = 0; i < funds.length; i++) {
            Global memory global;
            global.insurance = funds[i][0];
            global.deficit = uint256(funds[i][1]);
            global.claims = funds[i][2];
            results[i][0] = Fund.fundEquity(global);
            Fund.settleFund(global);
            results[i][1] = global.insurance;
            results[i][2] = int256(global.deficit);
            results[i][3] = Fund.fundEquity(global);
        }
    }

    /// @notice Whether funds of insurance and claims are within their range.
    function areWithinRange(int256[2][] calldata funds) external pure returns (bool[] memory results) {
        results = new bool[](funds.length);
        for (uint256 i = 0; i < funds.length; i++) {
            results[i] = Fund.isFundWithinRange(funds[i][0], funds[i][1]);
        }
    }

    /// @notice One account's margin and notional value after each change, and the sums over all accounts, of which others
    /// have as much as they are given.
    function adjustTotals(uint256 others, uint256[2][] calldata changes)
        external
        pure
        returns (uint256[4][] memory results)
    {
        Global memory global;
        Account memory account;
        global.margin = others;
        global.notional = others;
        results = new uint256[4][](changes.length);
        for (uint256 i = 0; i < changes.length; i++) {
            Fund.adjustTotals(global, account, int256(changes[i][0]), changes[i][1]);
            results[i] = [account.margin, account.notional, global.margin, global.notional];
        }
    }

    /// @notice Floor and ceiling of quotients.
    function quotients(int256[2][] calldata arguments) external pure returns (int256[2][] memory results) {
        results = new int256[2][](arguments.length);
        for (uint256 i = 0; i < arguments.length; i++) {
            results[i][0] = Arithmetic.floorDiv(arguments[i][0], arguments[i][1]);
            results[i][1] = Arithmetic.ceilDiv(arguments[i][0], arguments[i][1]);
        }
    }

    /// @notice Values of lots at an index, and funding that is due on (lots, index of the market, index of the position).
    function values(uint256[2][] calldata lots, int256[3][] calldata positions)
        external
        pure
        returns (uint256[] memory worth, int256[] memory due)
    {
        worth = new uint256[](lots.length);
        for (uint256 i = 0; i < lots.length; i++) worth[i] = Arithmetic.indexValue(lots[i][0], lots[i][1]);
        due = new int256[](positions.length);
        for (uint256 i = 0; i < positions.length; i++) {
            due[i] = Fund.fundingDue(positions[i][0], positions[i][1], positions[i][2]);
        }
    }
}
