// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Arithmetic} from "./Arithmetic.sol";
import {Bytes} from "./Bytes.sol";
import {FixedPoint} from "./FixedPoint.sol";
import {Keys} from "./Keys.sol";
import {Limits} from "./Limits.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {Records} from "./Records.sol";
import {Room} from "./Room.sol";
import {Step} from "./Step.sol";

/// @notice An account's positions, summed up: all a margin needs of them.
struct Portfolio {
    /// Σ lots × mark less the funding that is due.
    int256 value;
    /// The same, with each perpetual at the worse of its mark and the index that it was marked from.
    int256 lowerValue;
    /// The first exposure, as a memory pointer; 0 for none.
    uint256 firstExposure;
    /// The first and the last position that were read from the state, by instrument, as memory pointers; 0 for none.
    uint256 firstPosition;
    uint256 lastPosition;
}

/// @notice A position as the state holds it.
struct HeldPosition {
    /// The next position, as a memory pointer; 0 for none.
    uint256 next;
    uint256 instrument;
    int256 lots;
    int256 fundingIndex;
    /// Where the market record begins in memory.
    uint256 market;
}

/// @notice What is traded, and by what it is judged.
struct Traded {
    /// Where the market record begins in memory.
    uint256 market;
    /// What the oracle last said of the underlying: index (8) ‖ time (4).
    uint256 newest;
    uint256 maxMarkAgeSeconds;
}

/// @notice Margin of a portfolio: the twin of `packages/engine/src/margin.ts`, which states the formulas.
library Margin {
    using OrderedStore for OrderedStore.Store;

    /// @notice Why a trade is not allowed: it is, a leg's mark is too old, or there is too little margin.
    uint256 internal constant PASSES = 0;
    uint256 internal constant STALE = 1;
    uint256 internal constant UNDER_MARGINED = 2;

    /// @dev 1e-9 USD in one unit of cash.
    int256 private constant NANO_USD_PER_CASH = 1000;
    /// @dev 200 for the percentages, 1e11 from delta × index (1e-20 USD) to 1e-9 USD.
    int256 private constant MINIMUM_DELTA_DIVISOR = 200 * 1e11;
    /// @dev Margins grow with age in millionths, by a tenth within the first hour.
    int256 private constant GROWTH_SCALE = 1e6;
    uint256 private constant HOUR_SECONDS = 3600;

    /// @dev What may be missing of a move of the index in equity and scan together, in per cent.
    int256 private constant MOVE_PERCENT = 116;

    /// @dev By no more than this part of the index may it have moved since the report of a mark that is fresh.
    uint256 private constant FRESH_INDEX_SHARE = 1000;

    uint256 private constant PERPETUAL = 0;

    /// @dev An exposure is what an account's positions in one underlying come to, in words: the next exposure of the
    /// portfolio (0 for none), the underlying, what the oracle last said of it, the time of the oldest report, Σ lots ×
    /// delta, Σ |lots × delta|, long gap, Σ |lots| × lot, mixed age, and Σ lots × loss for each scenario.
    uint256 private constant UNDERLYING = 0x20;
    uint256 private constant NEWEST = 0x40;
    uint256 private constant OLDEST = 0x60;
    uint256 private constant NET_DELTA = 0x80;
    uint256 private constant GROSS_DELTA = 0xa0;
    uint256 private constant LONG_GAP = 0xc0;
    uint256 private constant SIZE = 0xe0;
    uint256 private constant MIXED_AGE = 0x100;
    uint256 private constant LOSSES = 0x120;
    uint256 private constant EXPOSURE_BYTES = 0x120 + 32 * 24;

    uint256 private constant LOSSES_AT = Records.LOSSES_AT;
    /// @dev Where the scenarios in which only volatility moves are among a market's losses.
    uint256 private constant VOLATILITY_UP_AT = LOSSES_AT + 6 * 7;
    uint256 private constant VOLATILITY_DOWN_AT = LOSSES_AT + 6 * 8;

    function _load(uint256 pointer) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(pointer)
        }
    }

    /// @dev Adds to a word.
    function _add(uint256 pointer, int256 value) private pure {
        assembly ("memory-safe") {
            mstore(pointer, add(mload(pointer), value))
        }
    }

    function _magnitude(int256 value) private pure returns (int256) {
        unchecked {
            return value < 0 ? -value : value;
        }
    }

    function _findExposure(Portfolio memory portfolio, uint256 underlying) private pure returns (uint256 exposure) {
        exposure = portfolio.firstExposure;
        while (exposure != 0 && _load(exposure + UNDERLYING) != underlying) exposure = _load(exposure);
    }

    /// @dev Takes memory for an exposure and puts it at the head of the list; the order does not matter to any sum.
    function _addExposure(Portfolio memory portfolio, uint256 underlying, uint256 newest)
        private
        pure
        returns (uint256 exposure)
    {
        uint256 next = portfolio.firstExposure;
        assembly ("memory-safe") {
            exposure := mload(0x40)
            mstore(0x40, add(exposure, EXPOSURE_BYTES))
            // Memory past the end of calldata reads as zeros.
            calldatacopy(exposure, calldatasize(), EXPOSURE_BYTES)
            mstore(exposure, next)
            mstore(add(exposure, UNDERLYING), underlying)
            mstore(add(exposure, NEWEST), newest)
            // The time of what is settled.
            mstore(add(exposure, OLDEST), 0xffffffff)
        }
        portfolio.firstExposure = exposure;
    }

    /// @notice Adds a position to a portfolio.
    /// @param market where the market record begins in memory
    /// @param fundingIndex the market's when the position last paid funding
    /// @param newest what the oracle last said of the underlying; of effect for its first position only
    function addPosition(Portfolio memory portfolio, uint256 market, int256 lots, int256 fundingIndex, uint256 newest)
        internal
        pure
    {
        uint256 underlying = Bytes.read(market, 2);
        uint256 exposure = _findExposure(portfolio, underlying);
        if (exposure == 0) exposure = _addExposure(portfolio, underlying, newest);
        unchecked {
            // INVARIANT: |lots| ≤ 2^40 and |mark|, |loss|, |delta|, |funding index| < 2^62, so sums of 64 stay below 2^111.
            int256 value = lots * Records.markOf(market);
            int256 funding = lots * (Records.fundingIndexOf(market) - fundingIndex);
            portfolio.value += value - funding;
            if (Records.kindOf(market) == PERPETUAL) {
                int256 atIndex = lots * int256(Arithmetic.indexValue(Records.indexOf(market), Records.lotOf(market)));
                if (atIndex < value) value = atIndex;
            }
            portfolio.lowerValue += value - funding;

            int256 delta = lots * Records.deltaOf(market);
            _add(exposure + NET_DELTA, delta);
            _add(exposure + GROSS_DELTA, _magnitude(delta));
            int256 size = _magnitude(lots);
            _add(exposure + SIZE, size * int256(Records.lotOf(market)));
            if (lots > 0) _add(exposure + LONG_GAP, size * int256(Records.gapOf(market)));
            uint256 reportTime = Records.reportTimeOf(market);
            uint256 lossesAt = market + LOSSES_AT;
            newest = _load(exposure + NEWEST);
            // The time that the oracle last spoke is in the low four bytes.
            if (reportTime < newest & 0xffffffff) _add(exposure + MIXED_AGE, size * _lagOf(market, newest >> 32));
            assembly ("memory-safe") {
                let place := add(exposure, OLDEST)
                if lt(reportTime, mload(place)) { mstore(place, reportTime) }
                place := add(exposure, LOSSES)
                for { let end := add(exposure, EXPOSURE_BYTES) } lt(place, end) { place := add(place, 0x20) } {
                    // A loss has 48 bits.
                    mstore(place, add(mload(place), mul(lots, sar(208, mload(lossesAt)))))
                    lossesAt := add(lossesAt, 6)
                }
            }
        }
    }

    /// @dev What one lot marked from an older report than the newest may be off by.
    function _lagOf(uint256 market, uint256 index) private pure returns (int256) {
        unchecked {
            int256 moved = _magnitude(int256(index) - int256(Records.indexOf(market)));
            int256 up = _magnitude(Bytes.readSigned(market + VOLATILITY_UP_AT, 6));
            int256 down = _magnitude(Bytes.readSigned(market + VOLATILITY_DOWN_AT, 6));
            return Arithmetic.ceilDiv(int256(Records.lotOf(market)) * moved * MOVE_PERCENT, 100 * 1e7)
                + Arithmetic.ceilDiv(up > down ? up : down, 4);
        }
    }

    /// @notice What the oracle last said of the underlying of a position of the portfolio: index (8) ‖ time (4).
    function newestOf(Portfolio memory portfolio, uint256 market) internal pure returns (uint256) {
        return _load(_findExposure(portfolio, Bytes.read(market, 2)) + NEWEST);
    }

    /// @notice Sums up an account's positions from the state.
    /// @param except up to 8 instruments of 24 bits, the lowest first, whose positions are left out, because the caller is
    /// about to change them; 0 for none
    /// @param keptBack units that have to be left after reading
    /// @param limit what the transaction may use
    /// @return full what is, where there may be no room for the next position, or for looking for the first
    function readPortfolio(Step memory step, uint256 account, uint256 except, uint256 keptBack, uint256 limit)
        internal
        pure
        returns (uint256 full, Portfolio memory portfolio)
    {
        OrderedStore.Store memory store = step.store;
        keptBack += Limits.POSITION_BOUND;
        full = Room.fullness(store, keptBack, limit);
        if (full != Room.NOTHING) return (full, portfolio);
        OrderedStore.Scan memory scan = store.beginScan(Keys.position(account, 0), Keys.ACCOUNT_PREFIX_BITS);
        while (store.advance(scan)) {
            full = Room.fullness(store, keptBack, limit);
            if (full != Room.NOTHING) return (full, portfolio);
            store.charge(Limits.POSITION_EVENT);
            uint256 instrument = Keys.instrumentOfPosition(scan.key);
            if (!_isAmong(except, instrument)) addHeldPosition(store, portfolio, instrument, scan.pointer);
        }
    }

    function _isAmong(uint256 instruments, uint256 instrument) private pure returns (bool) {
        for (; instruments != 0; instruments >>= 24) if (instruments & 0xffffff == instrument) return true;
        return false;
    }

    /// @notice Adds a position that the state holds, as its market and its underlying are now.
    /// @param pointer where the position's record begins in memory
    function addHeldPosition(
        OrderedStore.Store memory store,
        Portfolio memory portfolio,
        uint256 instrument,
        uint256 pointer
    ) internal pure {
        HeldPosition memory held;
        held.instrument = instrument;
        (held.lots, held.fundingIndex) = Records.decodePosition(pointer);
        // INVARIANT: a position is only ever opened in a marked instrument, and a market stays as long as there are any.
        (held.market,) = Records.readMarket(store, instrument);
        uint256 underlying = Bytes.read(held.market, 2);
        uint256 newest = _findExposure(portfolio, underlying) == 0 ? Records.readNewest(store, underlying) : 0;
        addPosition(portfolio, held.market, held.lots, held.fundingIndex, newest);
        uint256 last = portfolio.lastPosition;
        uint256 place;
        assembly ("memory-safe") {
            place := held
            if last { mstore(last, place) }
        }
        if (last == 0) portfolio.firstPosition = place;
        portfolio.lastPosition = place;
    }

    /// @dev By how much margins have grown when a mark is so old, in millionths.
    function _ageGrowth(uint256 ageSeconds) private pure returns (int256) {
        unchecked {
            if (ageSeconds == 0) return 0;
            return FixedPoint.integerSqrtFloor(int256(ageSeconds * 1e10 / HOUR_SECONDS)) + 1;
        }
    }

    /// @dev The greater of scan and minimum margin of one underlying, in nano-USD.
    function _base(uint256 exposure) private pure returns (int256 base) {
        unchecked {
            // INVARIANT: losses and deltas are below 2^110 and the index is below 2^53.
            int256 delta = 3 * _magnitude(int256(_load(exposure + NET_DELTA))) + int256(_load(exposure + GROSS_DELTA));
            base = Arithmetic.ceilDiv(delta * int256(_load(exposure + NEWEST) >> 32), MINIMUM_DELTA_DIVISOR);
            assembly ("memory-safe") {
                let place := add(exposure, LOSSES)
                for { let end := add(exposure, EXPOSURE_BYTES) } lt(place, end) { place := add(place, 0x20) } {
                    let loss := mload(place)
                    if sgt(loss, base) { base := loss }
                }
            }
        }
    }

    /// @notice Evaluates a portfolio and its account's cash.
    /// @return equity in nano-USD, as initial margin is; notional is in cash
    /// @return initialMargin what the account must have to trade
    /// @return notional what the positions are worth at the indexes
    function evaluate(Step memory step, Portfolio memory portfolio, int256 cash)
        internal
        pure
        returns (int256 equity, int256 initialMargin, uint256 notional)
    {
        unchecked {
            equity = cash * NANO_USD_PER_CASH + portfolio.value;
            for (uint256 exposure = portfolio.firstExposure; exposure != 0; exposure = _load(exposure)) {
                step.store.charge(Limits.MARGIN_EVENT);
                uint256 oldest = _load(exposure + OLDEST);
                uint256 time = step.global.time;
                int256 growth = _ageGrowth(time > oldest ? time - oldest : 0);
                initialMargin += Arithmetic.ceilDiv(_base(exposure) * (GROWTH_SCALE + growth), GROWTH_SCALE)
                    + int256(_load(exposure + LONG_GAP)) + int256(_load(exposure + MIXED_AGE));
                notional += _load(exposure + SIZE) * (_load(exposure + NEWEST) >> 32) / 1e10;
            }
        }
    }

    /// @notice What an account is liquidated by: its maintenance margin, in nano-USD, as if all reports were of now.
    function freshMaintenance(Step memory step, Portfolio memory portfolio) internal pure returns (int256 margin) {
        unchecked {
            for (uint256 exposure = portfolio.firstExposure; exposure != 0; exposure = _load(exposure)) {
                step.store.charge(Limits.MARGIN_EVENT);
                margin += Arithmetic.ceilDiv(_base(exposure), 2) + int256(_load(exposure + LONG_GAP));
            }
        }
    }

    /// @notice Whether a report is older than marks may be where risk is added or money taken out. A settlement never is.
    function isTooOld(Step memory step, uint256 reportTime, uint256 maxMarkAgeSeconds) internal pure returns (bool) {
        unchecked {
            return step.global.time > reportTime + maxMarkAgeSeconds;
        }
    }

    /// @notice Whether a mark may be liquidated by, and the house may deal on it: its report is neither too old nor much
    /// older than the underlying's newest, and says nearly the same of the index.
    /// @param newest what the oracle last said of the underlying: index (8) ‖ time (4)
    function isFreshMark(Step memory step, uint256 market, uint256 newest, uint256 maxMarkAgeSeconds)
        internal
        pure
        returns (bool)
    {
        uint256 reportTime = Records.reportTimeOf(market);
        if (reportTime == Limits.SETTLED_TIME) return true;
        uint256 index = newest >> 32;
        uint256 marked = Records.indexOf(market);
        unchecked {
            if ((index > marked ? index - marked : marked - index) > index / FRESH_INDEX_SHARE) return false;
            if (newest & 0xffffffff > reportTime + Limits.LIQUIDATION_SKEW_SECONDS) return false;
        }
        return !isTooOld(step, reportTime, maxMarkAgeSeconds);
    }

    /// @notice Whether a position of the portfolio is marked from a report that is too old.
    function isStale(Step memory step, Portfolio memory portfolio, uint256 maxMarkAgeSeconds)
        internal
        pure
        returns (bool)
    {
        for (uint256 exposure = portfolio.firstExposure; exposure != 0; exposure = _load(exposure)) {
            if (isTooOld(step, _load(exposure + OLDEST), maxMarkAgeSeconds)) return true;
        }
        return false;
    }

    /// @notice Judges what a trade would make of an account, with the funding for its position paid from its cash.
    /// @param others the account's other positions
    /// @return failure what fails, if anything
    /// @return margin the initial margin after the trade, in nano-USD
    /// @return notional after the trade, in cash
    function judgeTrade(
        Step memory step,
        Portfolio memory others,
        Traded memory traded,
        int256 lotsBefore,
        int256 cashBefore,
        int256 lots,
        int256 cash
    ) internal pure returns (uint256 failure, int256 margin, uint256 notional) {
        int256 excess;
        (failure, excess, margin, notional) = _judge(step, others, traded, lots, cash);
        if (failure != PASSES && _isReduced(lotsBefore, lots)) {
            (, int256 excessBefore, int256 marginBefore,) = _judge(step, others, traded, lotsBefore, cashBefore);
            if (excess >= excessBefore && _keepsEquity(excessBefore, marginBefore, excess, margin)) failure = PASSES;
        }
    }

    /// @dev Whether a trade that takes risk away leaves an account at least as much equity for each unit of margin as it
    /// had, and takes none of it where there is none.
    function _keepsEquity(int256 excessBefore, int256 marginBefore, int256 excess, int256 margin)
        private
        pure
        returns (bool)
    {
        unchecked {
            // INVARIANT: equity is below 2^112, and margins are below 2^128.
            int256 equityBefore = excessBefore + marginBefore;
            int256 equity = excess + margin;
            if (equityBefore < 0) return equity >= equityBefore;
            return equity * marginBefore >= equityBefore * margin;
        }
    }

    /// @dev Evaluates a portfolio with one more position.
    /// @return failure what fails, if anything
    /// @return excess equity less initial margin
    function _judge(Step memory step, Portfolio memory others, Traded memory traded, int256 lots, int256 cash)
        private
        pure
        returns (uint256 failure, int256 excess, int256 margin, uint256 notional)
    {
        // The copy is only looked at here, so its memory is given back.
        uint256 free = Bytes.freeMemory();
        Portfolio memory portfolio = _copy(others);
        if (lots != 0) {
            addPosition(portfolio, traded.market, lots, Records.fundingIndexOf(traded.market), traded.newest);
        }
        (excess, margin, notional) = evaluate(step, portfolio, cash);
        unchecked {
            excess -= margin;
        }
        if (isStale(step, portfolio, traded.maxMarkAgeSeconds)) failure = STALE;
        else if (excess < 0) failure = UNDER_MARGINED;
        Bytes.release(free);
    }

    /// @dev Whether a position comes nearer to zero, not beyond it.
    function _isReduced(int256 before, int256 afterwards) private pure returns (bool) {
        return before > 0 ? afterwards >= 0 && afterwards < before : afterwards <= 0 && afterwards > before;
    }

    function _copy(Portfolio memory portfolio) private pure returns (Portfolio memory copy) {
        copy.value = portfolio.value;
        for (uint256 exposure = portfolio.firstExposure; exposure != 0; exposure = _load(exposure)) {
            uint256 added = _addExposure(copy, _load(exposure + UNDERLYING), 0);
            assembly ("memory-safe") {
                mcopy(add(added, NEWEST), add(exposure, NEWEST), sub(EXPOSURE_BYTES, NEWEST))
            }
        }
    }
}
