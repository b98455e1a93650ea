// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Admission} from "./Admission.sol";
import {Arithmetic} from "./Arithmetic.sol";
import {Bytes} from "./Bytes.sol";
import {Fund} from "./Fund.sol";
import {FundState, House} from "./House.sol";
import {Keys} from "./Keys.sol";
import {Limits} from "./Limits.sol";
import {Margin, Portfolio, Traded} from "./Margin.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {Reason} from "./Reason.sol";
import {Account, Instrument, Records} from "./Records.sol";
import {Room} from "./Room.sol";
import {Step} from "./Step.sol";
import {AdmissionFields, Transactions} from "./Transactions.sol";

/// @notice Orders against the house's inventory: the twin of `packages/engine/src/houseOrder.ts`.
library HouseOrder {
    using OrderedStore for OrderedStore.Store;

    uint256 private constant BUY = 0;
    uint256 private constant SELL = 1;
    uint256 private constant PERPETUAL = 0;
    uint256 private constant PRICE_QUANTITY_PER_CASH = 1e10;

    /// @dev The house gives way by a thousandth of what delta is worth at the index, but by no more than a twentieth of the
    /// mark: a thousandth, and 1e11 from delta × index (1e-20 USD) to 1e-9 USD.
    int256 private constant CONCESSION_OF_DELTA = 1000 * 1e11;
    int256 private constant CONCESSION_OF_MARK = 20;

    /// @dev What an order will do, found out before anything is written.
    struct HousePlan {
        uint256 instrument;
        bool isBuy;
        uint256 priceRank;
        uint256 lots;
        /// 1 where the account buys, −1 where it sells.
        int256 direction;
        int256 size;
        /// In cash; negative where the account is paid.
        int256 paid;
        int256 lotsBefore;
        int256 lotsAfter;
        int256 cashBefore;
        int256 margin;
        uint256 notional;
        Traded traded;
        FundState fund;
    }

    /// @notice Executes an order against what the house holds, at the house's price, as far as that goes.
    function execute(Step memory step, uint256 position, uint256 length) internal pure returns (uint256 reason) {
        HousePlan memory plan;
        plan.instrument = Bytes.readCalldata(position + 12, 3);
        uint256 side = Bytes.readCalldata(position + 15, 1);
        plan.priceRank = Bytes.readCalldata(position + 16, 5);
        plan.lots = Bytes.readCalldata(position + 21, 4);
        if (side > SELL || plan.priceRank == 0 || plan.lots == 0) return Reason.MALFORMED_ORDER;
        plan.isBuy = side == BUY;
        plan.direction = plan.isBuy ? int256(1) : int256(-1);
        AdmissionFields memory admission = Transactions.decodeAdmission(position);
        Account memory record;
        (reason, record) = Admission.admit(step, position, length, admission);
        if (reason != Reason.OK) return reason;
        reason = _price(step, plan);
        if (reason != Reason.OK) return reason;
        reason = _trade(step, plan, admission.account, record);
        if (reason != Reason.OK) return reason;

        if (plan.lotsBefore == 0) record.positions++;
        if (plan.lotsAfter == 0) record.positions--;
        Fund.adjustTotals(step.global, record, plan.margin, plan.notional);
        House.closeFund(step.global, plan.fund);
        uint256 market = plan.traded.market;
        if (plan.lotsAfter != 0) {
            Records.writePosition(
                step.store, admission.account, plan.instrument, plan.lotsAfter, Records.fundingIndexOf(market)
            );
        }
        House.writeWithHouse(step, plan.instrument, market, plan.lotsBefore, plan.lotsAfter);
        if (plan.lotsAfter == 0) step.store.remove(Keys.position(admission.account, plan.instrument));
        Admission.useNonce(step, admission);
        Records.writeAccount(step.store, admission.account, record);
    }

    /// @dev What the house asks for a lot, or pays for one that it is short of, in nano-USD.
    function _housePrice(uint256 market, uint256 index, bool isBuy) private pure returns (int256 price) {
        unchecked {
            int256 atIndex = int256(Arithmetic.indexValue(index, Records.lotOf(market)));
            price = Records.markOf(market);
            int256 delta = Records.deltaOf(market);
            int256 concession = (delta < 0 ? -delta : delta) * int256(index) / CONCESSION_OF_DELTA;
            if (price / CONCESSION_OF_MARK < concession) concession = price / CONCESSION_OF_MARK;
            if (Records.kindOf(market) == PERPETUAL && (isBuy ? atIndex > price : atIndex < price)) price = atIndex;
            price = isBuy ? price - concession : price + concession;
        }
    }

    /// @dev Judges an order by its instrument, and says what it takes and for how much.
    function _price(Step memory step, HousePlan memory plan) private pure returns (uint256) {
        uint256 maxMarkAge = Records.maxMarkAgeSeconds(Records.readParameters(step.store));
        (bool exists, Instrument memory instrument) = Records.readInstrument(step.store, plan.instrument);
        if (!exists) return Reason.UNKNOWN_INSTRUMENT;
        if (instrument.expiry != 0 && step.global.time >= instrument.expiry) return Reason.INSTRUMENT_EXPIRED;
        uint256 market;
        (market, exists) = Records.readMarket(step.store, plan.instrument);
        if (!exists) return Reason.INSTRUMENT_NOT_MARKED;
        if (Margin.isTooOld(step, Records.reportTimeOf(market), maxMarkAge)) return Reason.MARK_TOO_OLD;
        uint256 newest = Records.readNewest(step.store, instrument.underlying);
        plan.traded = Traded({market: market, newest: newest, maxMarkAgeSeconds: maxMarkAge});
        if (!Margin.isFreshMark(step, market, newest, maxMarkAge)) return Reason.MARK_TOO_OLD;
        unchecked {
            int256 available = plan.direction * Records.houseLotsOf(market);
            if (available <= 0) return Reason.NO_HOUSE_INVENTORY;
            plan.size = int256(plan.lots) < available ? int256(plan.lots) : available;
            // A rank has 40 bits, a tick 64, its value 40 and lots 32.
            uint256 tickValue = (instrument.tick * instrument.lot) / PRICE_QUANTITY_PER_CASH;
            if (
                plan.priceRank * instrument.tick >= Limits.MAX_PRICE
                    || plan.priceRank * tickValue * plan.lots > Limits.MAX_ORDER_VALUE
            ) return Reason.VALUE_OUT_OF_RANGE;
            int256 price = _housePrice(market, newest >> 32, plan.isBuy);
            int256 limitPrice = int256(plan.priceRank * tickValue * 1000);
            if (plan.isBuy ? limitPrice < price : limitPrice > price) return Reason.NOT_FILLED;
            // Rounded against who deals with the house: what is paid up, what is got down.
            plan.paid = -House.cashValue(-plan.direction * plan.size, price);
        }
        return Reason.OK;
    }

    /// @dev Judges what the order makes of the account and the fund, and takes it into the account's record.
    function _trade(Step memory step, HousePlan memory plan, uint256 account, Account memory record)
        private
        pure
        returns (uint256)
    {
        FundState memory fund = House.openFund(step.global);
        plan.fund = fund;
        uint256 market = plan.traded.market;
        int256 fundingIndex;
        (plan.lotsBefore, fundingIndex) = Records.readPosition(step.store, account, plan.instrument);
        unchecked {
            plan.lotsAfter = plan.lotsBefore + plan.direction * plan.size;
            plan.cashBefore = record.cash - House.payFunding(fund, market, plan.lotsBefore, fundingIndex);
            record.cash = plan.cashBefore - plan.paid;
            House.takeIntoHouse(fund, market, -plan.direction * plan.size, -plan.paid);
        }
        if (
            plan.lotsAfter > int256(Limits.MAX_POSITION_LOTS) || plan.lotsAfter < -int256(Limits.MAX_POSITION_LOTS)
                || !House.isCash(plan.cashBefore) || !House.isCash(record.cash)
                || !Fund.isFundWithinRange(fund.insurance, fund.claims)
        ) return Reason.VALUE_OUT_OF_RANGE;
        if (plan.lotsBefore == 0 && record.positions >= Limits.MAX_POSITIONS) return Reason.TOO_MANY_POSITIONS;
        (uint256 full, Portfolio memory others) =
            Margin.readPortfolio(step, account, plan.instrument, Limits.ORDER_END, Limits.HOUSE_ORDER_LIMIT);
        if (full != Room.NOTHING) return full == Room.LIMIT ? Reason.EXCEEDS_LIMIT : Room.NEXT_CHUNK;
        uint256 failure;
        (failure, plan.margin, plan.notional) = Margin.judgeTrade(
            step, others, plan.traded, plan.lotsBefore, plan.cashBefore, plan.lotsAfter, record.cash
        );
        if (failure == Margin.PASSES) return Reason.OK;
        return failure == Margin.STALE ? Reason.MARK_TOO_OLD : Reason.INSUFFICIENT_MARGIN;
    }
}
