// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Admission} from "./Admission.sol";
import {Arithmetic} from "./Arithmetic.sol";
import {Bytes} from "./Bytes.sol";
import {Fund} from "./Fund.sol";
import {Keys} from "./Keys.sol";
import {Limits} from "./Limits.sol";
import {Margin, Portfolio} from "./Margin.sol";
import {Matching} from "./Matching.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {Reason} from "./Reason.sol";
import {Account, Records} from "./Records.sol";
import {Room} from "./Room.sol";
import {Step} from "./Step.sol";
import {Tradable, TradableInstrument} from "./Tradable.sol";
import {AdmissionFields, Transactions} from "./Transactions.sol";

/// @notice A party of a block, as it will be.
struct BlockParty {
    AdmissionFields admission;
    Account record;
    /// Of all its positions after the block, in nano-USD, and their notional value, in cash.
    int256 margin;
    uint256 notional;
}

/// @notice A leg of a block, and what it makes of both positions and of the open interest.
struct BlockLeg {
    uint256 instrument;
    uint256 side;
    uint256 rank;
    uint256 lots;
    uint256 market;
    uint256 newest;
    int256 takerLots;
    int256 makerLots;
    int256 openInterest;
}

/// @notice What a block will do, found out before anything is written.
struct BlockPlan {
    BlockParty taker;
    BlockParty maker;
    BlockLeg[] legs;
    uint256 maxMarkAgeSeconds;
    uint256 keptBack;
    /// The legs' instruments, 24 bits each, the first lowest.
    uint256 instruments;
    /// The fund's, as they will be.
    int256 insurance;
    int256 claims;
}

/// @notice Block trades: the twin of `packages/engine/src/blockTrade.ts`, which says what they promise.
library BlockTrade {
    using OrderedStore for OrderedStore.Store;

    uint256 private constant BUY = 0;
    uint256 private constant SELL = 1;
    int256 private constant NANO_USD_PER_CASH = 1000;

    /// @notice Executes a block trade: several legs that two accounts have agreed upon, all of them or none.
    function execute(Step memory step, uint256 position, uint256 length) internal pure returns (uint256 reason) {
        BlockPlan memory plan;
        plan.legs = new BlockLeg[](Bytes.readCalldata(position + Transactions.BLOCK_HEAD_BYTES - 1, 1));
        AdmissionFields memory taker = Transactions.decodeAdmission(position);
        plan.taker.admission = taker;
        AdmissionFields memory maker = plan.maker.admission;
        maker.account = Bytes.readCalldata(position + 12, 4);
        maker.signer = Bytes.readCalldata(position + 16, 1);
        maker.deadline = taker.deadline;
        maker.nonce = Bytes.readCalldata(position + 17, 2);
        if (!_readLegs(plan, position + Transactions.BLOCK_HEAD_BYTES) || taker.account == maker.account) {
            return Reason.MALFORMED_BLOCK;
        }
        // The taker's signature comes before the maker's, which is the last.
        (reason, plan.taker.record) = Admission.admit(step, position, length - Transactions.SIGNATURE_BYTES, taker);
        if (reason != Reason.OK) return reason;
        (reason, plan.maker.record) = Admission.admit(step, position, length, maker);
        if (reason != Reason.OK) return reason;
        plan.maxMarkAgeSeconds = Records.maxMarkAgeSeconds(Records.readParameters(step.store));
        plan.insurance = step.global.insurance;
        plan.claims = step.global.claims;
        plan.keptBack = Limits.BLOCK_END + plan.legs.length * Limits.BLOCK_LEG_END;
        for (uint256 place = 0; place < plan.legs.length; place++) {
            uint256 full =
                Room.fullness(step.store, Limits.BLOCK_LEG_BOUND + plan.keptBack, Limits.BLOCK_LIMIT);
            if (full != Room.NOTHING) return full == Room.CHUNK ? Room.NEXT_CHUNK : Reason.EXCEEDS_LIMIT;
            reason = _addLeg(step, plan, plan.legs[place]);
            if (reason != Reason.OK) return reason;
        }
        reason = _judgeMargin(step, plan, plan.taker, true);
        if (reason != Reason.OK) return reason;
        reason = _judgeMargin(step, plan, plan.maker, false);
        if (reason != Reason.OK) return reason;
        _write(step, plan);
        return Reason.OK;
    }

    /// @dev Reads the legs.
    /// @return whether their fields are within their ranges, whatever the state
    function _readLegs(BlockPlan memory plan, uint256 offset) private pure returns (bool) {
        uint256 previous = 0;
        for (uint256 place = 0; place < plan.legs.length; place++) {
            BlockLeg memory leg = plan.legs[place];
            leg.instrument = Bytes.readCalldata(offset, 3);
            leg.side = Bytes.readCalldata(offset + 3, 1);
            leg.rank = Bytes.readCalldata(offset + 4, 5);
            leg.lots = Bytes.readCalldata(offset + 9, 4);
            if (leg.instrument <= previous || leg.side > SELL || leg.rank == 0 || leg.lots == 0) return false;
            previous = leg.instrument;
            plan.instruments |= previous << (24 * place);
            offset += Transactions.LEG_BYTES;
        }
        return plan.legs.length > 0;
    }

    /// @dev Takes one leg into the block, or says why it cannot be traded.
    function _addLeg(Step memory step, BlockPlan memory plan, BlockLeg memory leg) private pure returns (uint256) {
        step.store.charge(Limits.BLOCK_LEG_EVENT);
        (uint256 reason, TradableInstrument memory tradable) =
            Tradable.read(step, leg.instrument, plan.maxMarkAgeSeconds);
        if (reason != Reason.OK) return reason;
        reason = Tradable.judgeTerms(tradable, leg.rank, leg.lots);
        if (reason != Reason.OK) return reason;
        // Either side of a block could be the one that gives money away.
        if (!Tradable.isWithinBand(tradable, leg.rank)) return Reason.OUTSIDE_PRICE_BAND;
        leg.market = tradable.market;
        leg.newest = tradable.newest;
        leg.openInterest = int256(Records.openInterestOf(leg.market));
        int256 direction = leg.side == BUY ? int256(1) : int256(-1);
        uint256 value = leg.rank * tradable.tickValue * leg.lots;
        uint256 fee = Matching.feeCeil(value, tradable.instrument.takerFeeRate);
        plan.insurance += int256(fee);
        bool isWithinRange;
        (isWithinRange, leg.takerLots) = _trade(step, plan, plan.taker, leg, direction, value, fee);
        if (!isWithinRange) return Reason.VALUE_OUT_OF_RANGE;
        fee = Matching.feeCeil(value, tradable.instrument.makerFeeRate);
        plan.insurance += int256(fee);
        (isWithinRange, leg.makerLots) = _trade(step, plan, plan.maker, leg, -direction, value, fee);
        if (
            !isWithinRange || leg.openInterest > int256(Limits.MAX_OPEN_INTEREST)
                || !Fund.isFundWithinRange(plan.insurance, plan.claims)
        ) return Reason.VALUE_OUT_OF_RANGE;
        return Reason.OK;
    }

    /// @dev Changes one party by one leg: it pays its funding, and then has the lots and the cash.
    /// @param direction 1 where it buys, -1 where it sells
    /// @return isWithinRange whether all that it has is
    /// @return lots the party's position after the leg
    function _trade(
        Step memory step,
        BlockPlan memory plan,
        BlockParty memory party,
        BlockLeg memory leg,
        int256 direction,
        uint256 value,
        uint256 fee
    ) private pure returns (bool isWithinRange, int256 lots) {
        (int256 before, int256 fundingIndex) =
            Records.readPosition(step.store, party.admission.account, leg.instrument);
        Account memory record = party.record;
        unchecked {
            // INVARIANT: funding is below 2^105, all else below 2^54.
            int256 due =
                before == 0 ? int256(0) : Fund.fundingDue(before, Records.fundingIndexOf(leg.market), fundingIndex);
            int256 payment = Arithmetic.ceilDiv(due, NANO_USD_PER_CASH);
            lots = before + direction * int256(leg.lots);
            int256 cash = record.cash - payment - direction * int256(value) - int256(fee);
            if (
                lots > int256(Limits.MAX_POSITION_LOTS) || lots < -int256(Limits.MAX_POSITION_LOTS)
                    || cash > int256(Limits.MAX_CASH) || cash < -int256(Limits.MAX_CASH)
            ) return (false, lots);
            plan.insurance += payment;
            plan.claims -= due;
            record.cash = cash;
            if (before == 0) record.positions++;
            if (lots == 0) record.positions--;
            leg.openInterest += Matching.longChange(before, lots);
        }
        return (true, lots);
    }

    /// @dev Judges a party with all its positions as the block will leave them.
    function _judgeMargin(Step memory step, BlockPlan memory plan, BlockParty memory party, bool isTaker)
        private
        pure
        returns (uint256)
    {
        if (party.record.positions > Limits.MAX_POSITIONS) return Reason.TOO_MANY_POSITIONS;
        // The portfolio is only looked at here, so its memory is given back.
        uint256 free = Bytes.freeMemory();
        (uint256 full, Portfolio memory portfolio) = Margin.readPortfolio(
            step, party.admission.account, plan.instruments, plan.keptBack, Limits.BLOCK_LIMIT
        );
        if (full != Room.NOTHING) return full == Room.CHUNK ? Room.NEXT_CHUNK : Reason.EXCEEDS_LIMIT;
        for (uint256 place = 0; place < plan.legs.length; place++) {
            BlockLeg memory leg = plan.legs[place];
            int256 lots = isTaker ? leg.takerLots : leg.makerLots;
            if (lots != 0) {
                Margin.addPosition(portfolio, leg.market, lots, Records.fundingIndexOf(leg.market), leg.newest);
            }
        }
        int256 equity;
        (equity, party.margin, party.notional) = Margin.evaluate(step, portfolio, party.record.cash);
        bool isStale = Margin.isStale(step, portfolio, plan.maxMarkAgeSeconds);
        Bytes.release(free);
        if (isStale) return Reason.MARK_TOO_OLD;
        if (equity >= party.margin) return Reason.OK;
        return isTaker ? Reason.INSUFFICIENT_MARGIN : Reason.COUNTERPARTY_MARGIN;
    }

    /// @dev Writes a block: first what may be new, then what goes.
    function _write(Step memory step, BlockPlan memory plan) private pure {
        for (uint256 place = 0; place < plan.legs.length; place++) {
            BlockLeg memory leg = plan.legs[place];
            _putPosition(step, plan.taker, leg, leg.takerLots);
            _putPosition(step, plan.maker, leg, leg.makerLots);
        }
        _writeAccount(step, plan.taker);
        _writeAccount(step, plan.maker);
        for (uint256 place = 0; place < plan.legs.length; place++) {
            BlockLeg memory leg = plan.legs[place];
            if (leg.openInterest != int256(Records.openInterestOf(leg.market))) {
                Records.writeOpenInterest(step.store, leg.instrument, leg.market, uint256(leg.openInterest));
            }
            _removePosition(step, plan.taker, leg, leg.takerLots);
            _removePosition(step, plan.maker, leg, leg.makerLots);
        }
        Admission.useNonce(step, plan.taker.admission);
        Admission.useNonce(step, plan.maker.admission);
        step.global.insurance = plan.insurance;
        step.global.claims = plan.claims;
        Fund.settleFund(step.global);
    }

    function _writeAccount(Step memory step, BlockParty memory party) private pure {
        Fund.adjustTotals(step.global, party.record, party.margin, party.notional);
        Records.writeAccount(step.store, party.admission.account, party.record);
    }

    function _putPosition(Step memory step, BlockParty memory party, BlockLeg memory leg, int256 lots) private pure {
        if (lots == 0) return;
        int256 fundingIndex = Records.fundingIndexOf(leg.market);
        Records.writePosition(step.store, party.admission.account, leg.instrument, lots, fundingIndex);
    }

    function _removePosition(Step memory step, BlockParty memory party, BlockLeg memory leg, int256 lots)
        private
        pure
    {
        if (lots == 0) step.store.remove(Keys.position(party.admission.account, leg.instrument));
    }
}
