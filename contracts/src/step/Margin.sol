// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "./Bytes.sol";
import {Keys} from "./Keys.sol";
import {Limits} from "./Limits.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {Records} from "./Records.sol";
import {Room} from "./Room.sol";
import {Step} from "./Step.sol";

/// @notice An account's positions, summed up: all a margin needs of them.
struct Portfolio {
    int256 value;
    /// The first exposure, as a memory pointer; 0 for none.
    uint256 first;
}

/// @notice Margin of a portfolio: the twin of `packages/engine/src/margin.ts`, which states the formulas.
library Margin {
    using OrderedStore for OrderedStore.Store;

    /// @dev 1e-9 USD in one unit of cash.
    int256 private constant NANO_USD_PER_CASH = 1000;
    /// @dev 200 for the percentages, 1e11 from delta × index (1e-20 USD) to 1e-9 USD.
    int256 private constant MINIMUM_DELTA_DIVISOR = 200 * 1e11;

    /// @dev An exposure is what an account's positions in one underlying come to, in words: the next exposure of the
    /// portfolio (0 for none), the underlying, Σ lots × delta, Σ |lots × delta|, and Σ lots × loss for each scenario.
    uint256 private constant UNDERLYING = 0x20;
    uint256 private constant NET_DELTA = 0x40;
    uint256 private constant GROSS_DELTA = 0x60;
    uint256 private constant LOSSES = 0x80;
    uint256 private constant EXPOSURE_BYTES = 0x80 + 32 * 24;

    function _load(uint256 pointer) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(pointer)
        }
    }

    /// @dev Takes memory for an exposure and puts it at the head of the list; the order does not matter to any sum.
    function _addExposure(Portfolio memory portfolio, uint256 underlying) private pure returns (uint256 exposure) {
        uint256 next = portfolio.first;
        assembly ("memory-safe") {
            exposure := mload(0x40)
            mstore(0x40, add(exposure, EXPOSURE_BYTES))
            // Memory past the end of calldata reads as zeros.
            calldatacopy(exposure, calldatasize(), EXPOSURE_BYTES)
            mstore(exposure, next)
            mstore(add(exposure, UNDERLYING), underlying)
        }
        portfolio.first = exposure;
    }

    /// @notice Adds a position to a portfolio.
    /// @param market where the instrument's market record begins in memory
    function addPosition(Portfolio memory portfolio, uint256 market, int256 lots) internal pure {
        uint256 underlying = Bytes.read(market, 2);
        uint256 exposure = portfolio.first;
        while (exposure != 0 && _load(exposure + UNDERLYING) != underlying) exposure = _load(exposure);
        if (exposure == 0) exposure = _addExposure(portfolio, underlying);
        uint256 lossesAt = market + Records.LOSSES_AT;
        unchecked {
            // INVARIANT: |lots| ≤ 2^40 and |mark|, |loss|, |delta| < 2^63, so sums of 64 stay below 2^110.
            portfolio.value += lots * Records.markOf(market);
            int256 delta = lots * Bytes.readSigned(market + 11, 8);
            int256 grossDelta = delta < 0 ? -delta : delta;
            assembly ("memory-safe") {
                let place := add(exposure, NET_DELTA)
                mstore(place, add(mload(place), delta))
                place := add(exposure, GROSS_DELTA)
                mstore(place, add(mload(place), grossDelta))
                place := add(exposure, LOSSES)
                for { let end := add(exposure, EXPOSURE_BYTES) } lt(place, end) { place := add(place, 0x20) } {
                    // A loss has 48 bits.
                    mstore(place, add(mload(place), mul(lots, sar(208, mload(lossesAt)))))
                    lossesAt := add(lossesAt, 6)
                }
            }
        }
    }

    /// @notice Sums up an account's positions from the state.
    /// @param except an instrument whose position is left out, because the caller is about to change it; 0 for none
    /// @param keptBack units that have to be left after reading
    /// @param limit what the transaction may use
    /// @return full what is, where there may be no room for the next position, or for looking for the first
    function readPortfolio(Step memory step, uint256 account, uint256 except, uint256 keptBack, uint256 limit)
        internal
        pure
        returns (uint256 full, Portfolio memory portfolio)
    {
        OrderedStore.Store memory store = step.store;
        full = Room.fullness(store, Limits.POSITION_BOUND + keptBack, limit);
        if (full != Room.NOTHING) return (full, portfolio);
        OrderedStore.Scan memory scan = store.beginScan(Keys.position(account, 0), Keys.ACCOUNT_PREFIX_BITS);
        while (store.advance(scan)) {
            full = Room.fullness(store, Limits.POSITION_BOUND + keptBack, limit);
            if (full != Room.NOTHING) return (full, portfolio);
            store.charge(Limits.POSITION_EVENT);
            uint256 instrument = Keys.instrumentOfPosition(scan.key);
            if (instrument == except) continue;
            int256 lots = Bytes.readSigned(scan.pointer, 8);
            // INVARIANT: a position is only ever opened in a marked instrument, and marks are never removed before it.
            (uint256 market,) = Records.readMarket(store, instrument);
            addPosition(portfolio, market, lots);
        }
    }

    /// @notice The greater of scan and minimum margin of one underlying, in nano-USD.
    function underlyingMargin(uint256 exposure, uint256 index) internal pure returns (int256) {
        unchecked {
            // INVARIANT: losses and deltas are below 2^110 and the index is below 2^53.
            int256 scan = 0;
            assembly ("memory-safe") {
                let place := add(exposure, LOSSES)
                for { let end := add(exposure, EXPOSURE_BYTES) } lt(place, end) { place := add(place, 0x20) } {
                    let loss := mload(place)
                    if sgt(loss, scan) { scan := loss }
                }
            }
            int256 net = int256(_load(exposure + NET_DELTA));
            if (net < 0) net = -net;
            int256 gross = int256(_load(exposure + GROSS_DELTA));
            int256 minimumDelta =
                ((3 * net + gross) * int256(index) + MINIMUM_DELTA_DIVISOR - 1) / MINIMUM_DELTA_DIVISOR;
            return scan > minimumDelta ? scan : minimumDelta;
        }
    }

    /// @notice Initial margin of a portfolio, in nano-USD: over its underlyings, the greater of scan and minimum.
    function initialMargin(Step memory step, Portfolio memory portfolio) internal pure returns (int256 margin) {
        for (uint256 exposure = portfolio.first; exposure != 0; exposure = _load(exposure)) {
            step.store.charge(Limits.MARGIN_EVENT);
            margin += underlyingMargin(exposure, Records.readIndex(step.store, _load(exposure + UNDERLYING)));
        }
    }

    /// @notice Whether an account of these positions and this cash has its initial margin.
    function meetsInitialMargin(Step memory step, Portfolio memory portfolio, int256 cash) internal pure returns (bool) {
        return cash * NANO_USD_PER_CASH + portfolio.value >= initialMargin(step, portfolio);
    }

    /// @notice Whether an account has its initial margin with one more position than the portfolio's.
    function meetsInitialMarginWith(
        Step memory step,
        Portfolio memory portfolio,
        uint256 market,
        int256 lots,
        int256 cash
    ) internal pure returns (bool meets) {
        // The copy is only looked at here, so its memory is given back.
        uint256 free = Bytes.freeMemory();
        Portfolio memory copy = _copy(portfolio);
        if (lots != 0) addPosition(copy, market, lots);
        meets = meetsInitialMargin(step, copy, cash);
        Bytes.release(free);
    }

    function _copy(Portfolio memory portfolio) private pure returns (Portfolio memory copy) {
        copy.value = portfolio.value;
        for (uint256 exposure = portfolio.first; exposure != 0; exposure = _load(exposure)) {
            uint256 added = _addExposure(copy, _load(exposure + UNDERLYING));
            assembly ("memory-safe") {
                mcopy(add(added, NET_DELTA), add(exposure, NET_DELTA), sub(EXPOSURE_BYTES, NET_DELTA))
            }
        }
    }
}
