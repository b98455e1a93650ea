// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Arithmetic} from "./Arithmetic.sol";

/// @notice How much of an account is taken over, and what it pays for that: the twin of
/// `packages/engine/src/liquidationTerms.ts`, which states the formula.
library LiquidationTerms {
    int256 internal constant ALL = 100;

    int256 private constant PENALTY_NUMERATOR = 7;
    int256 private constant PENALTY_DENOMINATOR = 1000;
    int256 private constant REWARD_DIVISOR = 4;
    int256 private constant NANO_USD_PER_CASH = 1000;

    /// @return percent the share of every position
    /// @return penalty in cash
    /// @return reward the part of the penalty that a liquidity provider gets, in cash
    /// @return isPaid whether there is such a part to be had
    function compute(int256 equity, int256 maintenance)
        internal
        pure
        returns (int256 percent, int256 penalty, int256 reward, bool isPaid)
    {
        unchecked {
            // INVARIANT: equity and maintenance are below 2^127.
            percent = 40;
            while (
                percent < ALL
                    && 100 * (ALL - percent) * maintenance > 9000 * equity - 63 * percent * maintenance
            ) percent += 20;
            int256 full = PENALTY_NUMERATOR * percent * maintenance / PENALTY_DENOMINATOR;
            isPaid = equity > 0 && equity >= full;
            if (isPaid) penalty = full;
            else if (equity > 0) penalty = equity;
            penalty = Arithmetic.floorDiv(penalty, NANO_USD_PER_CASH);
            reward = penalty / REWARD_DIVISOR;
        }
    }
}
