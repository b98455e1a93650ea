// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "./Bytes.sol";
import {Fund} from "./Fund.sol";
import {FundState, House} from "./House.sol";
import {Keys} from "./Keys.sol";
import {Limits} from "./Limits.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {Reason} from "./Reason.sol";
import {Account, Records} from "./Records.sol";
import {Step} from "./Step.sol";

/// @notice Settlement of positions: the twin of `packages/engine/src/settle.ts`.
library Settle {
    using OrderedStore for OrderedStore.Store;

    /// @notice Pays out an account's position in a settled instrument: the house takes it at its final mark.
    function execute(Step memory step, uint256 position) internal pure returns (uint256) {
        uint256 number = Bytes.readCalldata(position + 1, 4);
        uint256 instrument = Bytes.readCalldata(position + 5, 3);
        (uint256 market, bool exists) = Records.readMarket(step.store, instrument);
        if (!exists) return Reason.UNKNOWN_INSTRUMENT;
        if (Records.reportTimeOf(market) != Limits.SETTLED_TIME) return Reason.NOT_SETTLED;
        (int256 lots,) = Records.readPosition(step.store, number, instrument);
        if (lots == 0) return Reason.NOTHING_TO_SETTLE;
        // INVARIANT: positions exist only for accounts that do, and accounts are never removed.
        (, Account memory account) = Records.readAccount(step.store, number);
        int256 value = House.cashValue(lots, Records.markOf(market));
        account.cash += value;
        FundState memory fund = House.openFund(step.global);
        House.takeIntoHouse(fund, market, lots, value);
        if (!House.isCash(account.cash) || !Fund.isFundWithinRange(fund.insurance, fund.claims)) {
            return Reason.VALUE_OUT_OF_RANGE;
        }

        account.positions--;
        if (account.positions == 0) Fund.adjustTotals(step.global, account, 0, 0);
        House.closeFund(step.global, fund);
        House.writeWithHouse(step, instrument, market, lots, 0);
        Records.writeAccount(step.store, number, account);
        step.store.remove(Keys.position(number, instrument));
        return Reason.OK;
    }
}
