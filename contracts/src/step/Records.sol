// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "./Bytes.sol";
import {Keys} from "./Keys.sol";
import {OrderedStore} from "./OrderedStore.sol";

/// @notice The state's one global record.
struct Global {
    uint256 time;
    uint256 era;
    uint256 term;
    uint256 position;
    bytes32 runningHash;
    uint256 nextInstrument;
    uint256 nextSequence;
    uint256 inboxCursor;
    uint256 nextWithdrawal;
    int256 insurance;
    uint256 deficit;
    uint256 deposits;
    uint256 withdrawals;
    uint256 underlyingCount;
    int256 claims;
    uint256 margin;
    uint256 notional;
}

struct Underlying {
    bytes8 symbol;
    uint256 grid;
    uint256 index;
    uint256 indexTime;
}

struct Expiry {
    uint256 instruments;
    uint256 forward;
    uint256 time;
    int256 a;
    int256 b;
    int256 rho;
    int256 m;
    int256 sigma;
    uint256 settlement;
    uint256 index;
}

/// @notice The terms of an instrument: they never change.
struct Instrument {
    uint256 kind;
    uint256 underlying;
    uint256 expiry;
    uint256 strike;
    uint256 tick;
    uint256 lot;
    uint256 minimumNotional;
    uint256 takerFeeRate;
    uint256 makerFeeRate;
}

/// @notice What changes of an instrument, and all that margin needs of it.
struct Market {
    uint256 underlying;
    uint256 kind;
    int256 mark;
    int256 delta;
    uint256 time;
    uint256 reportTime;
    uint256 index;
    uint256 lot;
    uint256 gap;
    uint256 openInterest;
    int256 houseLots;
    int256 fundingIndex;
    /// Where the losses begin in memory, packed as they are in the record: see `packLosses`.
    uint256 losses;
}

/// @notice What a perpetual's premium over its index was and is.
struct Premium {
    uint256 time;
    int256 premium;
    int256 average;
    int256 hourSum;
}

struct Account {
    address owner;
    int256 cash;
    uint256 restingOrders;
    uint256 positions;
    uint256 margin;
    uint256 notional;
    bool isProvider;
}

/// @notice A key that signs for an account in its owner's stead.
struct SessionKey {
    address key;
    uint256 scope;
    uint256 expiry;
}

struct BookOrder {
    uint256 account;
    uint256 clientOrderId;
    uint256 lots;
    uint256 goodTill;
    uint256 era;
    bool isReduceOnly;
}

/// @notice Values of the state's records: the twin of `packages/engine/src/records.ts`, which says what each field means.
/// @dev Values are composed in free memory and put into the store, which copies them.
library Records {
    using OrderedStore for OrderedStore.Store;

    uint256 internal constant GLOBAL_BYTES = 154;
    uint256 internal constant SCENARIOS = 24;
    uint256 internal constant LOSS_BYTES = 6;
    uint256 internal constant LOSSES_BYTES = 6 * 24;
    /// @dev Where fields stand in a market record.
    uint256 internal constant MARK_AT = 3;
    uint256 internal constant LOSSES_AT = 70;
    uint256 internal constant MARKET_BYTES = LOSSES_AT + LOSSES_BYTES;
    uint256 internal constant PARAMETERS_HEAD_BYTES = 30;
    uint256 internal constant POSITION_BYTES = 16;
    uint256 internal constant BOOK_ORDER_BYTES = 21;

    /// @dev The bit of a book record's last byte that says reduce-only.
    uint256 private constant REDUCE_ONLY_FLAG = 1;
    /// @dev The bit of an account record's last byte that says liquidity provider.
    uint256 private constant PROVIDER_FLAG = 1;

    function readGlobal(OrderedStore.Store memory store) internal pure returns (Global memory record) {
        // INVARIANT: the global record is part of the genesis and never removed.
        (uint256 pointer,) = store.get(Keys.globalRecord());
        record.time = Bytes.read(pointer, 4);
        record.era = Bytes.read(pointer + 4, 4);
        record.term = Bytes.read(pointer + 8, 4);
        record.position = Bytes.read(pointer + 12, 8);
        record.runningHash = bytes32(Bytes.read(pointer + 20, 32));
        record.nextInstrument = Bytes.read(pointer + 52, 4);
        record.nextSequence = Bytes.read(pointer + 56, 8);
        record.inboxCursor = Bytes.read(pointer + 64, 8);
        record.nextWithdrawal = Bytes.read(pointer + 72, 8);
        record.insurance = Bytes.readSigned(pointer + 80, 8);
        record.deficit = Bytes.read(pointer + 88, 8);
        record.deposits = Bytes.read(pointer + 96, 8);
        record.withdrawals = Bytes.read(pointer + 104, 8);
        record.underlyingCount = Bytes.read(pointer + 112, 2);
        record.claims = Bytes.readSigned(pointer + 114, 16);
        record.margin = Bytes.read(pointer + 130, 12);
        record.notional = Bytes.read(pointer + 142, 12);
    }

    function writeGlobal(OrderedStore.Store memory store, Global memory record) internal pure {
        uint256 pointer = Bytes.freeMemory();
        Bytes.write(pointer, 4, record.time);
        Bytes.write(pointer + 4, 4, record.era);
        Bytes.write(pointer + 8, 4, record.term);
        Bytes.write(pointer + 12, 8, record.position);
        Bytes.write(pointer + 20, 32, uint256(record.runningHash));
        Bytes.write(pointer + 52, 4, record.nextInstrument);
        Bytes.write(pointer + 56, 8, record.nextSequence);
        Bytes.write(pointer + 64, 8, record.inboxCursor);
        Bytes.write(pointer + 72, 8, record.nextWithdrawal);
        Bytes.write(pointer + 80, 8, uint256(record.insurance));
        Bytes.write(pointer + 88, 8, record.deficit);
        Bytes.write(pointer + 96, 8, record.deposits);
        Bytes.write(pointer + 104, 8, record.withdrawals);
        Bytes.write(pointer + 112, 2, record.underlyingCount);
        Bytes.write(pointer + 114, 16, uint256(record.claims));
        Bytes.write(pointer + 130, 12, record.margin);
        Bytes.write(pointer + 142, 12, record.notional);
        store.put(Keys.globalRecord(), pointer, pointer + GLOBAL_BYTES);
    }

    /// @return pointer where the parameters' value begins in memory
    function readParameters(OrderedStore.Store memory store) internal pure returns (uint256 pointer) {
        // INVARIANT: the parameters record is part of the genesis and never removed.
        (pointer,) = store.get(Keys.parameters());
    }

    function lister(uint256 parameters) internal pure returns (address) {
        return address(uint160(Bytes.read(parameters, 20)));
    }

    function oracleThreshold(uint256 parameters) internal pure returns (uint256) {
        return Bytes.read(parameters + 20, 1);
    }

    function maxReportAgeSeconds(uint256 parameters) internal pure returns (uint256) {
        return Bytes.read(parameters + 21, 4);
    }

    function maxMarkAgeSeconds(uint256 parameters) internal pure returns (uint256) {
        return Bytes.read(parameters + 25, 4);
    }

    function oracleCount(uint256 parameters) internal pure returns (uint256) {
        return Bytes.read(parameters + 29, 1);
    }

    function oracle(uint256 parameters, uint256 place) internal pure returns (address) {
        return address(uint160(Bytes.read(parameters + PARAMETERS_HEAD_BYTES + 20 * place, 20)));
    }

    function readUnderlying(OrderedStore.Store memory store, uint256 number)
        internal
        pure
        returns (bool exists, Underlying memory record)
    {
        (uint256 pointer, uint256 length) = store.get(Keys.underlying(number));
        if (length == 0) return (false, record);
        exists = true;
        record.symbol = bytes8(uint64(Bytes.read(pointer, 8)));
        record.grid = Bytes.read(pointer + 8, 1);
        record.index = Bytes.read(pointer + 9, 8);
        record.indexTime = Bytes.read(pointer + 17, 4);
    }

    /// @notice What the oracle last said of an underlying that must exist: index (8) ‖ time (4).
    function readNewest(OrderedStore.Store memory store, uint256 number) internal pure returns (uint256) {
        // INVARIANT: an instrument is listed only on an underlying that is, and underlyings are never removed.
        (uint256 pointer,) = store.get(Keys.underlying(number));
        return Bytes.read(pointer + 9, 12);
    }

    function writeUnderlying(OrderedStore.Store memory store, uint256 number, Underlying memory record) internal pure {
        uint256 pointer = Bytes.freeMemory();
        Bytes.write(pointer, 8, uint64(record.symbol));
        Bytes.write(pointer + 8, 1, record.grid);
        Bytes.write(pointer + 9, 8, record.index);
        Bytes.write(pointer + 17, 4, record.indexTime);
        store.put(Keys.underlying(number), pointer, pointer + 21);
    }

    function readExpiry(OrderedStore.Store memory store, uint256 underlying, uint256 time)
        internal
        pure
        returns (bool exists, Expiry memory record)
    {
        (uint256 pointer, uint256 length) = store.get(Keys.expiry(underlying, time));
        if (length == 0) return (false, record);
        exists = true;
        record.instruments = Bytes.read(pointer, 4);
        record.forward = Bytes.read(pointer + 4, 8);
        record.time = Bytes.read(pointer + 12, 4);
        record.a = Bytes.readSigned(pointer + 16, 8);
        record.b = Bytes.readSigned(pointer + 24, 8);
        record.rho = Bytes.readSigned(pointer + 32, 8);
        record.m = Bytes.readSigned(pointer + 40, 8);
        record.sigma = Bytes.readSigned(pointer + 48, 8);
        record.settlement = Bytes.read(pointer + 56, 8);
        record.index = Bytes.read(pointer + 64, 8);
    }

    function writeExpiry(OrderedStore.Store memory store, uint256 underlying, uint256 time, Expiry memory record)
        internal
        pure
    {
        uint256 pointer = Bytes.freeMemory();
        Bytes.write(pointer, 4, record.instruments);
        Bytes.write(pointer + 4, 8, record.forward);
        Bytes.write(pointer + 12, 4, record.time);
        Bytes.write(pointer + 16, 8, uint256(record.a));
        Bytes.write(pointer + 24, 8, uint256(record.b));
        Bytes.write(pointer + 32, 8, uint256(record.rho));
        Bytes.write(pointer + 40, 8, uint256(record.m));
        Bytes.write(pointer + 48, 8, uint256(record.sigma));
        Bytes.write(pointer + 56, 8, record.settlement);
        Bytes.write(pointer + 64, 8, record.index);
        store.put(Keys.expiry(underlying, time), pointer, pointer + 72);
    }

    function readInstrument(OrderedStore.Store memory store, uint256 number)
        internal
        pure
        returns (bool exists, Instrument memory record)
    {
        (uint256 pointer, uint256 length) = store.get(Keys.instrument(number));
        if (length == 0) return (false, record);
        exists = true;
        record.kind = Bytes.read(pointer, 1);
        record.underlying = Bytes.read(pointer + 1, 2);
        record.expiry = Bytes.read(pointer + 3, 4);
        record.strike = Bytes.read(pointer + 7, 8);
        record.tick = Bytes.read(pointer + 15, 8);
        record.lot = Bytes.read(pointer + 23, 8);
        record.minimumNotional = Bytes.read(pointer + 31, 8);
        record.takerFeeRate = Bytes.read(pointer + 39, 2);
        record.makerFeeRate = Bytes.read(pointer + 41, 2);
    }

    function writeInstrument(OrderedStore.Store memory store, uint256 number, Instrument memory record) internal pure {
        uint256 pointer = Bytes.freeMemory();
        Bytes.write(pointer, 1, record.kind);
        Bytes.write(pointer + 1, 2, record.underlying);
        Bytes.write(pointer + 3, 4, record.expiry);
        Bytes.write(pointer + 7, 8, record.strike);
        Bytes.write(pointer + 15, 8, record.tick);
        Bytes.write(pointer + 23, 8, record.lot);
        Bytes.write(pointer + 31, 8, record.minimumNotional);
        Bytes.write(pointer + 39, 2, record.takerFeeRate);
        Bytes.write(pointer + 41, 2, record.makerFeeRate);
        store.put(Keys.instrument(number), pointer, pointer + 43);
    }

    /// @return pointer where the market's value begins in memory; the bytes change when the market is written
    /// @return exists whether the instrument has been marked
    function readMarket(OrderedStore.Store memory store, uint256 instrument)
        internal
        pure
        returns (uint256 pointer, bool exists)
    {
        uint256 length;
        (pointer, length) = store.get(Keys.market(instrument));
        exists = length != 0;
    }

    /// @notice A market's fields, all of them; those that margin needs are read where they stand instead.
    function decodeMarket(uint256 pointer) internal pure returns (Market memory record) {
        record.underlying = Bytes.read(pointer, 2);
        record.kind = kindOf(pointer);
        record.mark = markOf(pointer);
        record.delta = deltaOf(pointer);
        record.time = Bytes.read(pointer + 19, 4);
        record.reportTime = reportTimeOf(pointer);
        record.index = indexOf(pointer);
        record.lot = lotOf(pointer);
        record.gap = gapOf(pointer);
        record.openInterest = openInterestOf(pointer);
        record.houseLots = houseLotsOf(pointer);
        record.fundingIndex = fundingIndexOf(pointer);
        record.losses = pointer + LOSSES_AT;
    }

    function markOf(uint256 market) internal pure returns (int256) {
        return Bytes.readSigned(market + MARK_AT, 8);
    }

    function kindOf(uint256 market) internal pure returns (uint256) {
        return Bytes.read(market + 2, 1);
    }

    function deltaOf(uint256 market) internal pure returns (int256) {
        return Bytes.readSigned(market + 11, 8);
    }

    function indexOf(uint256 market) internal pure returns (uint256) {
        return Bytes.read(market + 27, 8);
    }

    function lotOf(uint256 market) internal pure returns (uint256) {
        return Bytes.read(market + 35, 5);
    }

    function gapOf(uint256 market) internal pure returns (uint256) {
        return Bytes.read(market + 40, 6);
    }

    function reportTimeOf(uint256 market) internal pure returns (uint256) {
        return Bytes.read(market + 23, 4);
    }

    function openInterestOf(uint256 market) internal pure returns (uint256) {
        return Bytes.read(market + 46, 8);
    }

    function houseLotsOf(uint256 market) internal pure returns (int256) {
        return Bytes.readSigned(market + 54, 8);
    }

    function fundingIndexOf(uint256 market) internal pure returns (int256) {
        return Bytes.readSigned(market + 62, 8);
    }

    /// @notice Losses as they stand in a market record.
    /// @return pointer where they begin in memory that is taken for them
    function packLosses(int256[24] memory losses) internal pure returns (uint256 pointer) {
        pointer = Bytes.freeMemory();
        for (uint256 scenario = 0; scenario < SCENARIOS; scenario++) {
            Bytes.write(pointer + LOSS_BYTES * scenario, LOSS_BYTES, uint256(losses[scenario]));
        }
        assembly ("memory-safe") {
            mstore(0x40, add(pointer, LOSSES_BYTES))
        }
    }

    function writeMarket(OrderedStore.Store memory store, uint256 instrument, Market memory record) internal pure {
        uint256 pointer = Bytes.freeMemory();
        Bytes.write(pointer, 2, record.underlying);
        Bytes.write(pointer + 2, 1, record.kind);
        Bytes.write(pointer + MARK_AT, 8, uint256(record.mark));
        Bytes.write(pointer + 11, 8, uint256(record.delta));
        Bytes.write(pointer + 19, 4, record.time);
        Bytes.write(pointer + 23, 4, record.reportTime);
        Bytes.write(pointer + 27, 8, record.index);
        Bytes.write(pointer + 35, 5, record.lot);
        Bytes.write(pointer + 40, 6, record.gap);
        Bytes.write(pointer + 46, 8, record.openInterest);
        Bytes.write(pointer + 54, 8, uint256(record.houseLots));
        Bytes.write(pointer + 62, 8, uint256(record.fundingIndex));
        uint256 losses = record.losses;
        assembly ("memory-safe") {
            mcopy(add(pointer, LOSSES_AT), losses, LOSSES_BYTES)
        }
        store.put(Keys.market(instrument), pointer, pointer + MARKET_BYTES);
    }

    /// @notice Writes a market of which only the open interest has changed.
    /// @param market where the record begins in memory
    function writeOpenInterest(
        OrderedStore.Store memory store,
        uint256 instrument,
        uint256 market,
        uint256 openInterest
    ) internal pure {
        uint256 pointer = Bytes.freeMemory();
        assembly ("memory-safe") {
            mcopy(pointer, market, 46)
            mstore(add(pointer, 46), shl(192, openInterest))
            mcopy(add(pointer, 54), add(market, 54), 160)
        }
        store.put(Keys.market(instrument), pointer, pointer + MARKET_BYTES);
    }

    function readPremium(OrderedStore.Store memory store, uint256 instrument)
        internal
        pure
        returns (bool exists, Premium memory record)
    {
        (uint256 pointer, uint256 length) = store.get(Keys.premium(instrument));
        if (length == 0) return (false, record);
        exists = true;
        record.time = Bytes.read(pointer, 4);
        record.premium = Bytes.readSigned(pointer + 4, 8);
        record.average = Bytes.readSigned(pointer + 12, 8);
        record.hourSum = Bytes.readSigned(pointer + 20, 8);
    }

    function writePremium(OrderedStore.Store memory store, uint256 instrument, Premium memory record) internal pure {
        uint256 pointer = Bytes.freeMemory();
        Bytes.write(pointer, 4, record.time);
        Bytes.write(pointer + 4, 8, uint256(record.premium));
        Bytes.write(pointer + 12, 8, uint256(record.average));
        Bytes.write(pointer + 20, 8, uint256(record.hourSum));
        store.put(Keys.premium(instrument), pointer, pointer + 28);
    }

    function readAccount(OrderedStore.Store memory store, uint256 number)
        internal
        pure
        returns (bool exists, Account memory record)
    {
        (uint256 pointer, uint256 length) = store.get(Keys.account(number));
        if (length == 0) return (false, record);
        exists = true;
        record.owner = address(uint160(Bytes.read(pointer, 20)));
        record.cash = Bytes.readSigned(pointer + 20, 8);
        record.restingOrders = Bytes.read(pointer + 28, 2);
        record.positions = Bytes.read(pointer + 30, 2);
        record.margin = Bytes.read(pointer + 32, 8);
        record.notional = Bytes.read(pointer + 40, 8);
        record.isProvider = Bytes.read(pointer + 48, 1) & PROVIDER_FLAG != 0;
    }

    function writeAccount(OrderedStore.Store memory store, uint256 number, Account memory record) internal pure {
        uint256 pointer = Bytes.freeMemory();
        Bytes.write(pointer, 20, uint160(record.owner));
        Bytes.write(pointer + 20, 8, uint256(record.cash));
        Bytes.write(pointer + 28, 2, record.restingOrders);
        Bytes.write(pointer + 30, 2, record.positions);
        Bytes.write(pointer + 32, 8, record.margin);
        Bytes.write(pointer + 40, 8, record.notional);
        Bytes.write(pointer + 48, 1, record.isProvider ? PROVIDER_FLAG : 0);
        store.put(Keys.account(number), pointer, pointer + 49);
    }

    function readSession(OrderedStore.Store memory store, uint256 account, uint256 number)
        internal
        pure
        returns (bool exists, SessionKey memory record)
    {
        (uint256 pointer, uint256 length) = store.get(Keys.signer(account, number));
        if (length == 0) return (false, record);
        exists = true;
        record.key = address(uint160(Bytes.read(pointer, 20)));
        record.scope = Bytes.read(pointer + 20, 1);
        record.expiry = Bytes.read(pointer + 21, 4);
    }

    function writeSession(OrderedStore.Store memory store, uint256 account, uint256 number, SessionKey memory record)
        internal
        pure
    {
        uint256 pointer = Bytes.freeMemory();
        Bytes.write(pointer, 20, uint160(record.key));
        Bytes.write(pointer + 20, 1, record.scope);
        Bytes.write(pointer + 21, 4, record.expiry);
        store.put(Keys.signer(account, number), pointer, pointer + 25);
    }

    /// @return lots 0 where the account has no position in the instrument
    /// @return fundingIndex the market's funding index up to which the position has paid
    function readPosition(OrderedStore.Store memory store, uint256 account, uint256 instrument)
        internal
        pure
        returns (int256 lots, int256 fundingIndex)
    {
        (uint256 pointer, uint256 length) = store.get(Keys.position(account, instrument));
        if (length != 0) (lots, fundingIndex) = decodePosition(pointer);
    }

    function decodePosition(uint256 pointer) internal pure returns (int256 lots, int256 fundingIndex) {
        return (Bytes.readSigned(pointer, 8), Bytes.readSigned(pointer + 8, 8));
    }

    function writePosition(
        OrderedStore.Store memory store,
        uint256 account,
        uint256 instrument,
        int256 lots,
        int256 fundingIndex
    ) internal pure {
        uint256 pointer = Bytes.freeMemory();
        Bytes.write(pointer, 8, uint256(lots));
        Bytes.write(pointer + 8, 8, uint256(fundingIndex));
        store.put(Keys.position(account, instrument), pointer, pointer + POSITION_BYTES);
    }

    function decodeBookOrder(uint256 pointer) internal pure returns (BookOrder memory record) {
        record.account = Bytes.read(pointer, 4);
        record.clientOrderId = Bytes.read(pointer + 4, 4);
        record.lots = Bytes.read(pointer + 8, 4);
        record.goodTill = Bytes.read(pointer + 12, 4);
        record.era = Bytes.read(pointer + 16, 4);
        record.isReduceOnly = Bytes.read(pointer + 20, 1) & REDUCE_ONLY_FLAG != 0;
    }

    function writeBookOrder(OrderedStore.Store memory store, bytes16 key, BookOrder memory record) internal pure {
        uint256 pointer = Bytes.freeMemory();
        Bytes.write(pointer, 4, record.account);
        Bytes.write(pointer + 4, 4, record.clientOrderId);
        Bytes.write(pointer + 8, 4, record.lots);
        Bytes.write(pointer + 12, 4, record.goodTill);
        Bytes.write(pointer + 16, 4, record.era);
        Bytes.write(pointer + 20, 1, record.isReduceOnly ? REDUCE_ONLY_FLAG : 0);
        store.put(key, pointer, pointer + BOOK_ORDER_BYTES);
    }

    function writeWithdrawal(
        OrderedStore.Store memory store,
        uint256 number,
        address recipient,
        uint256 amount,
        uint256 time
    ) internal pure {
        uint256 pointer = Bytes.freeMemory();
        Bytes.write(pointer, 20, uint160(recipient));
        Bytes.write(pointer + 20, 8, amount);
        Bytes.write(pointer + 28, 4, time);
        store.put(Keys.withdrawal(number), pointer, pointer + 32);
    }
}
