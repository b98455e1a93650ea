// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "./Bytes.sol";
import {Fund} from "./Fund.sol";
import {FundState, House} from "./House.sol";
import {Keys} from "./Keys.sol";
import {Limits} from "./Limits.sol";
import {Liquidation, LiquidationLeg, LiquidationPlan} from "./Liquidation.sol";
import {LiquidationTerms} from "./LiquidationTerms.sol";
import {HeldPosition, Margin, Portfolio} from "./Margin.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {Reason} from "./Reason.sol";
import {Account, Records} from "./Records.sol";
import {Room} from "./Room.sol";
import {Step} from "./Step.sol";

/// @notice Liquidation of accounts: the twin of `packages/engine/src/liquidate.ts`.
library Liquidate {
    using OrderedStore for OrderedStore.Store;

    /// @dev What an account or a provider must keep, for the totals.
    struct Evaluated {
        int256 margin;
        uint256 notional;
    }

    /// @notice Takes over a part of every position of an account, or all, whose equity is below the maintenance margin of
    /// fresh marks, at those marks, for a penalty. The house takes the positions, or a liquidity provider.
    function execute(Step memory step, uint256 position) internal pure returns (uint256 reason) {
        LiquidationPlan memory plan;
        plan.account = Bytes.readCalldata(position + 1, 4);
        plan.provider = Bytes.readCalldata(position + 5, 4);
        bool exists;
        (exists, plan.record) = Records.readAccount(step.store, plan.account);
        if (!exists) return Reason.UNKNOWN_ACCOUNT;
        if (plan.provider != 0) {
            (exists, plan.providerRecord) = Records.readAccount(step.store, plan.provider);
            if (!exists) return Reason.UNKNOWN_ACCOUNT;
            if (!plan.providerRecord.isProvider || plan.provider == plan.account) return Reason.NOT_PROVIDER;
        }
        uint256 maxMarkAge = Records.maxMarkAgeSeconds(Records.readParameters(step.store));

        uint256 keptBack = Limits.LIQUIDATE_END + 2 * Limits.POSITION_EVENT * plan.record.positions;
        (uint256 full, Portfolio memory portfolio) =
            Margin.readPortfolio(step, plan.account, 0, keptBack, Limits.LIQUIDATE_LIMIT);
        if (full != Room.NOTHING) return _reasonOf(full);
        reason = _setTerms(step, plan, portfolio, maxMarkAge);
        if (reason != Reason.OK) return reason;
        Liquidation.makeLegs(plan, portfolio);
        Portfolio memory others;
        if (plan.provider != 0) {
            (full, others) = _readOthers(step, plan, keptBack);
            if (full != Room.NOTHING) return _reasonOf(full);
        }

        FundState memory fund = House.openFund(step.global);
        if (!Liquidation.move(plan, fund) || !Fund.isFundWithinRange(fund.insurance, fund.claims)) {
            return Reason.VALUE_OUT_OF_RANGE;
        }
        Evaluated memory rest = _evaluateRest(step, plan, portfolio);
        Evaluated memory taken;
        if (plan.provider != 0) {
            (reason, taken) = _judgeProvider(step, plan, others, portfolio, maxMarkAge);
            if (reason != Reason.OK) return reason;
        }
        full = Room.fullness(step.store, Liquidation.boundOfWriting(step, plan), Limits.LIQUIDATE_LIMIT);
        if (full != Room.NOTHING) return _reasonOf(full);

        Fund.adjustTotals(step.global, plan.record, rest.margin, rest.notional);
        if (plan.provider != 0) {
            Fund.adjustTotals(step.global, plan.providerRecord, taken.margin, taken.notional);
        }
        House.closeFund(step.global, fund);
        Liquidation.write(step, plan);
    }

    function _reasonOf(uint256 full) private pure returns (uint256) {
        return full == Room.LIMIT ? Reason.EXCEEDS_LIMIT : Room.NEXT_CHUNK;
    }

    /// @dev Judges whether the account may be liquidated, and on what terms.
    function _setTerms(Step memory step, LiquidationPlan memory plan, Portfolio memory portfolio, uint256 maxMarkAge)
        private
        pure
        returns (uint256)
    {
        if (!_isFresh(step, portfolio, maxMarkAge)) return Reason.MARK_TOO_OLD;
        int256 equity;
        unchecked {
            equity = plan.record.cash * 1000 + portfolio.value;
        }
        int256 maintenance = Margin.freshMaintenance(step, portfolio);
        if (equity >= maintenance) return Reason.NOT_LIQUIDATABLE;
        bool isPaid;
        (plan.percent, plan.penalty, plan.reward, isPaid) = LiquidationTerms.compute(equity, maintenance);
        return plan.provider != 0 && !isPaid ? Reason.PROVIDER_UNPAID : Reason.OK;
    }

    /// @dev Whether all marks are of reports that are young, and of nearly the same time.
    function _isFresh(Step memory step, Portfolio memory portfolio, uint256 maxMarkAge) private pure returns (bool) {
        HeldPosition memory held;
        for (uint256 place = portfolio.firstPosition; place != 0; place = held.next) {
            assembly ("memory-safe") {
                held := place
            }
            uint256 newest = Margin.newestOf(portfolio, held.market);
            if (!Margin.isFreshMark(step, held.market, newest, maxMarkAge)) return false;
        }
        return true;
    }

    /// @dev Sums up the provider's other positions, and notes in the legs those in the instruments that are moved.
    function _readOthers(Step memory step, LiquidationPlan memory plan, uint256 keptBack)
        private
        pure
        returns (uint256 full, Portfolio memory others)
    {
        OrderedStore.Store memory store = step.store;
        keptBack += Limits.POSITION_BOUND;
        full = Room.fullness(store, keptBack, Limits.LIQUIDATE_LIMIT);
        if (full != Room.NOTHING) return (full, others);
        uint256 place = plan.firstLeg;
        OrderedStore.Scan memory scan = store.beginScan(Keys.position(plan.provider, 0), Keys.ACCOUNT_PREFIX_BITS);
        while (store.advance(scan)) {
            full = Room.fullness(store, keptBack, Limits.LIQUIDATE_LIMIT);
            if (full != Room.NOTHING) return (full, others);
            store.charge(Limits.POSITION_EVENT);
            uint256 instrument = Keys.instrumentOfPosition(scan.key);
            // Both run in the order of the instruments.
            while (place != 0 && Liquidation.legAt(place).instrument < instrument) {
                place = Liquidation.legAt(place).next;
            }
            if (place != 0 && Liquidation.legAt(place).instrument == instrument) {
                LiquidationLeg memory leg = Liquidation.legAt(place);
                (leg.heldLots, leg.heldFundingIndex) = Records.decodePosition(scan.pointer);
                unchecked {
                    leg.heldAfter += leg.heldLots;
                }
            } else {
                Margin.addHeldPosition(store, others, instrument, scan.pointer);
            }
        }
    }

    /// @dev The margin of what is left of the account.
    function _evaluateRest(Step memory step, LiquidationPlan memory plan, Portfolio memory portfolio)
        private
        pure
        returns (Evaluated memory rest)
    {
        Portfolio memory left;
        LiquidationLeg memory leg;
        for (uint256 place = plan.firstLeg; place != 0; place = leg.next) {
            leg = Liquidation.legAt(place);
            _addPaid(step, left, leg.market, leg.left, portfolio);
        }
        (, rest.margin, rest.notional) = Margin.evaluate(step, left, plan.record.cash);
    }

    /// @dev Judges the provider with all its positions as they will be.
    function _judgeProvider(
        Step memory step,
        LiquidationPlan memory plan,
        Portfolio memory others,
        Portfolio memory portfolio,
        uint256 maxMarkAge
    ) private pure returns (uint256 reason, Evaluated memory taken) {
        if (plan.providerRecord.positions > Limits.MAX_POSITIONS) return (Reason.TOO_MANY_POSITIONS, taken);
        LiquidationLeg memory leg;
        for (uint256 place = plan.firstLeg; place != 0; place = leg.next) {
            leg = Liquidation.legAt(place);
            _addPaid(step, others, leg.market, leg.heldAfter, portfolio);
        }
        if (Margin.isStale(step, others, maxMarkAge)) return (Reason.MARK_TOO_OLD, taken);
        int256 equity;
        (equity, taken.margin, taken.notional) = Margin.evaluate(step, others, plan.providerRecord.cash);
        if (equity < taken.margin) reason = Reason.INSUFFICIENT_MARGIN;
    }

    /// @dev Adds a position of which all funding is paid, if there is one, in an underlying that the account has a position
    /// in.
    function _addPaid(
        Step memory step,
        Portfolio memory portfolio,
        uint256 market,
        int256 lots,
        Portfolio memory account
    ) private pure {
        step.store.charge(Limits.POSITION_EVENT);
        if (lots == 0) return;
        Margin.addPosition(
            portfolio, market, lots, Records.fundingIndexOf(market), Margin.newestOf(account, market)
        );
    }
}
