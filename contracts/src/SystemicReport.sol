// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRollup, Summary} from "./interfaces/IRollup.sol";
import {AccountReport, GlobalReport, InstrumentReport, ISystemicReport} from "./interfaces/ISystemicReport.sol";
import {InclusionProof} from "./libraries/InclusionProof.sol";

/// @title What the rollup owes, holds and risks, proved on demand
contract SystemicReport is ISystemicReport {
    /// @dev The state's tables: the first byte of their keys, before the number of what they describe.
    bytes1 private constant GLOBAL_TABLE = 0x00;
    bytes1 private constant ACCOUNT_TABLE = 0x05;
    bytes1 private constant MARKET_TABLE = 0x0d;

    uint256 private constant GLOBAL_BYTES = 154;
    uint256 private constant ACCOUNT_BYTES = 49;
    uint256 private constant MARKET_BYTES = 214;

    int256 private constant NANO_PER_CASH = 1_000;
    uint256 private constant WHOLE_BPS = 10_000;
    uint32 private constant SETTLED_TIME = type(uint32).max;
    bytes1 private constant PROVIDER_FLAG = 0x01;

    address public immutable rollup;

    constructor(address rollup_) {
        rollup = rollup_;
    }

    function globalReport(Summary calldata summary, bytes calldata value, bytes calldata proof)
        external
        view
        returns (GlobalReport memory report)
    {
        _requireRecord(summary, bytes16(GLOBAL_TABLE), value, proof, GLOBAL_BYTES);
        report.time = uint32(bytes4(value));
        report.insurance = int64(uint64(bytes8(value[80:])));
        report.deficit = uint64(bytes8(value[88:]));
        report.deposits = uint64(bytes8(value[96:]));
        report.withdrawals = uint64(bytes8(value[104:]));
        report.claims = int128(uint128(bytes16(value[114:])));
        report.margin = uint96(bytes12(value[130:]));
        report.notional = uint96(bytes12(value[142:]));

        // The engine never pays out more than was paid in.
        report.collateral = report.deposits - report.withdrawals;
        report.accountCash =
            int256(uint256(report.collateral)) + int256(uint256(report.deficit)) - int256(report.insurance);
        report.fundEquity = _floorDiv(int256(report.insurance) * NANO_PER_CASH + report.claims, NANO_PER_CASH);
        report.withdrawalNumerator = report.collateral;
        report.withdrawalDenominator = report.collateral + report.deficit;
        report.leverageBps = _leverageBps(report.notional, report.collateral);
    }

    function instrumentReport(Summary calldata summary, uint24 instrument, bytes calldata value, bytes calldata proof)
        external
        view
        returns (InstrumentReport memory report)
    {
        bytes16 key = bytes16(abi.encodePacked(MARKET_TABLE, instrument, bytes12(0)));
        _requireRecord(summary, key, value, proof, MARKET_BYTES);
        report.underlying = uint16(bytes2(value));
        report.kind = uint8(value[2]);
        report.mark = int64(uint64(bytes8(value[3:])));
        report.markTime = uint32(bytes4(value[19:]));
        report.reportTime = uint32(bytes4(value[23:]));
        report.isSettled = report.reportTime == SETTLED_TIME;
        report.index = uint64(bytes8(value[27:]));
        report.lot = uint40(bytes5(value[35:]));
        report.openInterest = uint64(bytes8(value[46:]));
        report.houseLots = int64(uint64(bytes8(value[54:])));
        report.fundingIndex = int64(uint64(bytes8(value[62:])));
    }

    function accountReport(Summary calldata summary, uint32 account, bytes calldata value, bytes calldata proof)
        external
        view
        returns (AccountReport memory report)
    {
        bytes16 key = bytes16(abi.encodePacked(ACCOUNT_TABLE, account, bytes11(0)));
        _requireRecord(summary, key, value, proof, ACCOUNT_BYTES);
        report.owner = address(bytes20(value));
        report.cash = int64(uint64(bytes8(value[20:])));
        report.restingOrders = uint16(bytes2(value[28:]));
        report.positions = uint16(bytes2(value[30:]));
        report.margin = uint64(bytes8(value[32:]));
        report.notional = uint64(bytes8(value[40:]));
        report.isLiquidityProvider = value[48] & PROVIDER_FLAG != 0;
    }

    /// @dev A final state holds this value at this key, and it has the fields that are read of it.
    function _requireRecord(
        Summary calldata summary,
        bytes16 key,
        bytes calldata value,
        bytes calldata proof,
        uint256 length
    ) private view {
        if (!IRollup(rollup).isFinal(summary)) revert NotFinal();
        if (!InclusionProof.verify(summary.stateRoot, key, value, proof)) revert WrongProof();
        if (value.length != length) revert UnknownRecord(value.length);
    }

    function _leverageBps(uint256 notional, uint256 collateral) private pure returns (uint256) {
        if (notional == 0) return 0;
        return collateral == 0 ? type(uint256).max : (notional * WHOLE_BPS + collateral - 1) / collateral;
    }

    /// @dev The divisor is positive.
    function _floorDiv(int256 dividend, int256 divisor) private pure returns (int256 quotient) {
        quotient = dividend / divisor;
        if (dividend % divisor < 0) quotient -= 1;
    }
}
