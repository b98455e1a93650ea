// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FundState, House} from "./House.sol";
import {Keys} from "./Keys.sol";
import {Limits} from "./Limits.sol";
import {LiquidationTerms} from "./LiquidationTerms.sol";
import {HeldPosition, Portfolio} from "./Margin.sol";
import {Meter} from "./Meter.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {Account, Records} from "./Records.sol";
import {Step} from "./Step.sol";

/// @notice A position of the account that is liquidated, and the provider's in the same instrument.
struct LiquidationLeg {
    /// The next leg, as a memory pointer; 0 for none.
    uint256 next;
    uint256 instrument;
    /// Where the market record begins in memory.
    uint256 market;
    int256 lots;
    int256 fundingIndex;
    /// What will be left of the account's position.
    int256 left;
    /// The provider's position; 0 lots where it has none, or the house takes over.
    int256 heldLots;
    int256 heldFundingIndex;
    /// What the provider's position will be.
    int256 heldAfter;
}

/// @notice What a liquidation will do, found out before anything is written.
struct LiquidationPlan {
    uint256 account;
    Account record;
    /// The first leg, as a memory pointer; 0 for none.
    uint256 firstLeg;
    uint256 legs;
    /// 0 where the house takes over.
    uint256 provider;
    Account providerRecord;
    int256 percent;
    int256 penalty;
    int256 reward;
}

/// @notice What a liquidation moves and writes: the twin of `packages/engine/src/liquidation.ts`.
library Liquidation {
    using OrderedStore for OrderedStore.Store;

    uint256 private constant INSTRUMENT_BRANCHES = 24;
    uint256 private constant LONGEST_MARKET_PATH = 4 + 24;
    uint256 private constant LONGEST_ACCOUNT_PATH = 4 + 32;
    uint256 private constant NEW_BRANCHES = 1;

    function legAt(uint256 place) internal pure returns (LiquidationLeg memory leg) {
        assembly ("memory-safe") {
            leg := place
        }
    }

    /// @notice Makes a leg of each of the account's positions. The lots that are moved are rounded up.
    function makeLegs(LiquidationPlan memory plan, Portfolio memory portfolio) internal pure {
        uint256 last;
        HeldPosition memory position;
        for (uint256 place = portfolio.firstPosition; place != 0; place = position.next) {
            assembly ("memory-safe") {
                position := place
            }
            LiquidationLeg memory leg;
            int256 lots = position.lots;
            leg.instrument = position.instrument;
            leg.market = position.market;
            leg.lots = lots;
            leg.fundingIndex = position.fundingIndex;
            unchecked {
                int256 moved = ((lots < 0 ? -lots : lots) * plan.percent + 99) / 100;
                leg.left = lots < 0 ? lots + moved : lots - moved;
                leg.heldAfter = lots - leg.left;
                plan.legs++;
            }
            uint256 added;
            assembly ("memory-safe") {
                added := leg
                if last { mstore(last, added) }
            }
            if (last == 0) plan.firstLeg = added;
            last = added;
        }
    }

    /// @notice Moves the positions and the money, in the accounts' records and the fund alone.
    /// @return isInRange whether all values stay within their ranges
    function move(LiquidationPlan memory plan, FundState memory fund) internal pure returns (bool isInRange) {
        Account memory record = plan.record;
        Account memory taker = plan.providerRecord;
        int256 cash;
        int256 takerCash;
        unchecked {
            cash = record.cash - plan.penalty;
            fund.insurance += plan.penalty;
        }
        LiquidationLeg memory leg;
        for (uint256 place = plan.firstLeg; place != 0; place = leg.next) {
            leg = legAt(place);
            unchecked {
                int256 moved = leg.lots - leg.left;
                int256 value = House.cashValue(moved, Records.markOf(leg.market));
                cash += value - House.payFunding(fund, leg.market, leg.lots, leg.fundingIndex);
                if (leg.left == 0) record.positions--;
                if (plan.provider == 0) {
                    House.takeIntoHouse(fund, leg.market, moved, value);
                    continue;
                }
                int256 heldAfter = leg.heldAfter;
                if (heldAfter > int256(Limits.MAX_POSITION_LOTS) || heldAfter < -int256(Limits.MAX_POSITION_LOTS)) {
                    return false;
                }
                takerCash -= value;
                if (leg.heldLots == 0) taker.positions++;
                else takerCash -= House.payFunding(fund, leg.market, leg.heldLots, leg.heldFundingIndex);
                if (heldAfter == 0) taker.positions--;
            }
        }
        unchecked {
            if (plan.percent == LiquidationTerms.ALL && cash < 0) {
                fund.insurance += cash;
                cash = 0;
            }
            record.cash = cash;
            if (!House.isCash(cash)) return false;
            if (plan.provider == 0) return true;
            takerCash += taker.cash + plan.reward;
            fund.insurance -= plan.reward;
            taker.cash = takerCash;
            return House.isCash(takerCash);
        }
    }

    /// @dev Rewriting or removing what lies so deep and was read.
    function _rewriting(uint256 depth) private pure returns (uint256) {
        unchecked {
            return Meter.WRITE + Meter.VISIT * (depth + 1 + NEW_BRANCHES);
        }
    }

    function _rewritingPosition(Step memory step, LiquidationPlan memory plan, uint256 holder)
        private
        pure
        returns (uint256)
    {
        if (plan.legs > 0) step.store.get(Keys.position(holder, legAt(plan.firstLeg).instrument));
        return _rewriting(step.store.depth + INSTRUMENT_BRANCHES);
    }

    /// @notice Units that writing may cost, at most.
    function boundOfWriting(Step memory step, LiquidationPlan memory plan) internal pure returns (uint256 bound) {
        unchecked {
            uint256 forEach = _rewritingPosition(step, plan, plan.account) + _rewriting(LONGEST_MARKET_PATH);
            bound = _rewriting(LONGEST_ACCOUNT_PATH) + plan.legs * forEach;
            if (plan.provider == 0) return bound;
            uint256 held = _rewritingPosition(step, plan, plan.provider);
            uint256 created = held + INSTRUMENT_BRANCHES * Meter.VISIT + 2 * Meter.NODE_CREATE
                + Records.POSITION_BYTES * Meter.LEAF_BYTE;
            bound += _rewriting(LONGEST_ACCOUNT_PATH) + INSTRUMENT_BRANCHES * Meter.BRANCH_TOUCH + Meter.LEAF_TOUCH
                + Records.POSITION_BYTES * Meter.LEAF_BYTE;
            LiquidationLeg memory leg;
            for (uint256 place = plan.firstLeg; place != 0; place = leg.next) {
                leg = legAt(place);
                bound += leg.heldLots == 0 ? created : held;
            }
        }
    }

    /// @notice Writes what has been moved: first what may be new, then what goes.
    function write(Step memory step, LiquidationPlan memory plan) internal pure {
        OrderedStore.Store memory store = step.store;
        LiquidationLeg memory leg;
        for (uint256 place = plan.firstLeg; place != 0; place = leg.next) {
            leg = legAt(place);
            int256 fundingIndex = Records.fundingIndexOf(leg.market);
            if (leg.left != 0) Records.writePosition(store, plan.account, leg.instrument, leg.left, fundingIndex);
            if (plan.provider == 0 || leg.heldAfter == 0) continue;
            Records.writePosition(store, plan.provider, leg.instrument, leg.heldAfter, fundingIndex);
        }
        for (uint256 place = plan.firstLeg; place != 0; place = leg.next) {
            leg = legAt(place);
            if (plan.provider == 0) House.writeWithHouse(step, leg.instrument, leg.market, leg.lots, leg.left);
            else _writeOpenInterest(step, leg);
            if (leg.left == 0) store.remove(Keys.position(plan.account, leg.instrument));
            if (leg.heldLots != 0 && leg.heldAfter == 0) store.remove(Keys.position(plan.provider, leg.instrument));
        }
        Records.writeAccount(store, plan.account, plan.record);
        if (plan.provider != 0) Records.writeAccount(store, plan.provider, plan.providerRecord);
    }

    function _writeOpenInterest(Step memory step, LiquidationLeg memory leg) private pure {
        unchecked {
            int256 change = House.longChange(leg.lots, leg.left) + House.longChange(leg.heldLots, leg.heldAfter);
            if (change == 0) return;
            uint256 openInterest = uint256(int256(Records.openInterestOf(leg.market)) + change);
            Records.writeOpenInterest(step.store, leg.instrument, leg.market, openInterest);
        }
    }
}
