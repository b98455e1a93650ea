// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Summary} from "./IRollup.sol";

/// @notice The whole rollup in one record. Cash is in units of 1e-6 USD.
struct GlobalReport {
    /// @notice The engine's clock, in seconds since 1970.
    uint32 time;
    /// @notice The fund's cash; negative while it has paid more than it got.
    int64 insurance;
    /// @notice What the accounts together are owed above the collateral.
    uint64 deficit;
    uint64 deposits;
    uint64 withdrawals;
    /// @notice The fund's positions at their marks, and funding that is still owed to it, in 1e-9 USD.
    int128 claims;
    /// @notice What the fund is worth, insurance and claims together, rounded down.
    int256 fundEquity;
    /// @notice The collateral that stands behind the state: deposits less withdrawals.
    uint64 collateral;
    /// @notice The cash of all accounts: collateral and deficit less insurance.
    int256 accountCash;
    /// @notice A withdrawal pays its amount × numerator / denominator; both are 0 where nothing has been paid in.
    uint64 withdrawalNumerator;
    uint64 withdrawalDenominator;
    /// @notice Σ initial margin over the accounts, each as of the last change of its positions.
    uint96 margin;
    /// @notice Σ |size| × index over the accounts' positions, each as of the last change of its positions.
    uint96 notional;
    /// @notice Notional over collateral in hundredths of a percent, rounded up; its maximum where there is no collateral.
    uint256 leverageBps;
}

/// @notice One instrument's market. Values of one lot are in 1e-9 USD.
struct InstrumentReport {
    uint16 underlying;
    /// @notice 0 perpetual, 1 call, 2 put.
    uint8 kind;
    /// @notice The size of one lot, in 1e-8 of the underlying.
    uint40 lot;
    /// @notice Lots held long by all accounts and the house, which is as many as are held short.
    uint64 openInterest;
    /// @notice What the house holds; negative if short.
    int64 houseLots;
    int64 mark;
    /// @notice The engine's clock at the marking.
    uint32 markTime;
    /// @notice The time of the report that it was marked from; 2^32 − 1 where the instrument is settled.
    uint32 reportTime;
    bool isSettled;
    /// @notice The index of that report, or the settlement price, in 1e-8 USD.
    uint64 index;
    /// @notice The funding that one lot held long has paid since the listing.
    int64 fundingIndex;
}

/// @notice One account. Cash is in units of 1e-6 USD.
struct AccountReport {
    address owner;
    int64 cash;
    uint16 restingOrders;
    uint16 positions;
    /// @notice Initial margin and notional as of the last change of its positions.
    uint64 margin;
    uint64 notional;
    bool isLiquidityProvider;
}

/// @notice Proves what the rollup owes, holds and risks, for anyone who asks: a view over records of final states. It
/// stores nothing and trusts nobody: what a record says is believed if the rollup calls the batch final, and the proof
/// leads from the record to the batch's root.
/// @dev Each function takes a final batch's summary, a record's value as it is in the state, and for each branch from
/// the leaf upward bit index (1 byte) ‖ sibling hash (32 bytes).
interface ISystemicReport {
    error NotFinal();
    /// @notice The proof does not lead from the record to the state's root.
    error WrongProof();
    /// @notice The record is in the state, but not as long as the records that this contract knows.
    error UnknownRecord(uint256 length);

    /// @notice The totals: the fund, deposits and withdrawals, and what risk they carry.
    function globalReport(Summary calldata summary, bytes calldata value, bytes calldata proof)
        external
        view
        returns (GlobalReport memory report);

    /// @notice An instrument that has been marked.
    function instrumentReport(Summary calldata summary, uint24 instrument, bytes calldata value, bytes calldata proof)
        external
        view
        returns (InstrumentReport memory report);

    function accountReport(Summary calldata summary, uint32 account, bytes calldata value, bytes calldata proof)
        external
        view
        returns (AccountReport memory report);

    /// @notice The rollup whose final states are believed.
    function rollup() external view returns (address);
}
