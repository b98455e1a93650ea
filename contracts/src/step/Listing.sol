// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Admission} from "./Admission.sol";
import {Bytes} from "./Bytes.sol";
import {Keys} from "./Keys.sol";
import {Limits} from "./Limits.sol";
import {OrderedStore} from "./OrderedStore.sol";
import {Reason} from "./Reason.sol";
import {Expiry, Instrument, Records, Underlying} from "./Records.sol";
import {Step} from "./Step.sol";
import {Transactions} from "./Transactions.sol";

/// @notice Listings: the twin of `packages/engine/src/listing.ts`.
library Listing {
    using OrderedStore for OrderedStore.Store;

    uint256 private constant ONLY_GRID = 1;
    uint256 private constant PERPETUAL = 0;
    uint256 private constant PUT = 2;
    uint256 private constant SECONDS_PER_DAY = 86_400;
    /// @dev Options expire at 08:00 UTC.
    uint256 private constant EXPIRY_SECOND_OF_DAY = 28_800;
    /// @dev Fees are at most 1 %, in 1e-6.
    uint256 private constant MAX_FEE_RATE = 10_000;
    /// @dev Cash for one lot and one rank of price is below this.
    uint256 private constant MAX_TICK_VALUE = 2 ** 40;
    uint256 private constant PRICE_QUANTITY_PER_CASH = 1e10;

    /// @notice Lists an underlying under the next number.
    function executeUnderlying(Step memory step, uint256 position) internal pure returns (uint256) {
        uint256 number = Bytes.readCalldata(position + 1, 2);
        bytes8 symbol = bytes8(uint64(Bytes.readCalldata(position + 3, 8)));
        uint256 grid = Bytes.readCalldata(position + 11, 1);
        if (number == 0 || grid != ONLY_GRID || !_isSymbol(symbol)) return Reason.MALFORMED_LISTING;
        uint256 deadline = Bytes.readCalldata(position + 12, 4);
        uint256 reason = _judgeLister(step, Transactions.LIST_UNDERLYING, position, deadline, position + 16);
        if (reason != Reason.OK) return reason;
        uint256 count = step.global.underlyingCount;
        if (number <= count) return Reason.ALREADY_LISTED;
        if (number > Limits.MAX_UNDERLYINGS) return Reason.TOO_MANY_LISTED;
        if (number != count + 1) return Reason.MALFORMED_LISTING;
        for (uint256 other = 1; other < number; other++) {
            // INVARIANT: underlyings 1 to underlyingCount exist.
            (, Underlying memory record) = Records.readUnderlying(step.store, other);
            if (record.symbol == symbol) return Reason.ALREADY_LISTED;
        }
        Records.writeUnderlying(
            step.store, number, Underlying({symbol: symbol, grid: grid, index: 0, indexTime: 0})
        );
        step.global.underlyingCount = number;
        return Reason.OK;
    }

    /// @dev Capitals and digits, a capital first, zeros only at the end.
    function _isSymbol(bytes8 symbol) private pure returns (bool) {
        bool ended = false;
        for (uint256 place = 0; place < 8; place++) {
            uint256 character = uint8(symbol[place]);
            bool isCapital = character >= 0x41 && character <= 0x5a;
            bool isDigit = character >= 0x30 && character <= 0x39;
            if (character == 0 && place > 0) ended = true;
            else if (ended || !(isCapital || (isDigit && place > 0))) return false;
        }
        return true;
    }

    /// @notice Lists an instrument under the next number, and its expiry where it is new.
    function executeInstrument(Step memory step, uint256 position) internal pure returns (uint256) {
        Instrument memory instrument = _decode(position);
        if (!_isWellFormed(instrument, step.global.time)) return Reason.MALFORMED_LISTING;
        uint256 deadline = Bytes.readCalldata(position + 39, 4);
        uint256 reason = _judgeLister(step, Transactions.LIST_INSTRUMENT, position, deadline, position + 43);
        if (reason != Reason.OK) return reason;
        (bool exists,) = Records.readUnderlying(step.store, instrument.underlying);
        if (!exists) return Reason.UNKNOWN_UNDERLYING;
        bytes16 listing =
            Keys.listing(instrument.underlying, instrument.expiry, instrument.strike, instrument.kind);
        (, uint256 length) = step.store.get(listing);
        if (length != 0) return Reason.ALREADY_LISTED;
        uint256 number = step.global.nextInstrument;
        if (number > Limits.MAX_INSTRUMENTS) return Reason.TOO_MANY_LISTED;

        step.global.nextInstrument = number + 1;
        uint256 pointer = Bytes.freeMemory();
        Bytes.write(pointer, 3, number);
        step.store.put(listing, pointer, pointer + 3);
        Records.writeInstrument(step.store, number, instrument);
        if (instrument.kind != PERPETUAL) {
            (, Expiry memory expiry) = Records.readExpiry(step.store, instrument.underlying, instrument.expiry);
            expiry.instruments++;
            Records.writeExpiry(step.store, instrument.underlying, instrument.expiry, expiry);
        }
        return Reason.OK;
    }

    function _decode(uint256 position) private pure returns (Instrument memory instrument) {
        instrument.kind = Bytes.readCalldata(position + 1, 1);
        instrument.underlying = Bytes.readCalldata(position + 2, 2);
        instrument.expiry = Bytes.readCalldata(position + 4, 4);
        instrument.strike = Bytes.readCalldata(position + 8, 7);
        instrument.tick = Bytes.readCalldata(position + 15, 7);
        instrument.lot = Bytes.readCalldata(position + 22, 6);
        instrument.minimumNotional = Bytes.readCalldata(position + 28, 7);
        instrument.takerFeeRate = Bytes.readCalldata(position + 35, 2);
        instrument.makerFeeRate = Bytes.readCalldata(position + 37, 2);
    }

    /// @dev Whether every field of a listing is within its range; the tick's value of a lot must be whole in cash.
    function _isWellFormed(Instrument memory listing, uint256 time) private pure returns (bool) {
        if (listing.kind > PUT) return false;
        if (listing.kind == PERPETUAL) {
            if (listing.expiry != 0 || listing.strike != 0) return false;
        } else {
            if (listing.expiry <= time || listing.expiry % SECONDS_PER_DAY != EXPIRY_SECOND_OF_DAY) return false;
            if (listing.strike == 0 || listing.strike >= Limits.MAX_PRICE) return false;
        }
        if (listing.tick == 0 || listing.tick >= Limits.MAX_PRICE) return false;
        if (listing.lot == 0 || listing.lot >= Limits.MAX_LOT) return false;
        if (listing.minimumNotional >= Limits.MAX_PRICE) return false;
        if (listing.takerFeeRate > MAX_FEE_RATE || listing.makerFeeRate > MAX_FEE_RATE) return false;
        uint256 tickTimesLot = listing.tick * listing.lot;
        return tickTimesLot % PRICE_QUANTITY_PER_CASH == 0
            && tickTimesLot / PRICE_QUANTITY_PER_CASH < MAX_TICK_VALUE;
    }

    /// @dev Whether a listing is signed by the lister, and in time.
    function _judgeLister(Step memory step, uint256 kind, uint256 position, uint256 deadline, uint256 signatureAt)
        private
        pure
        returns (uint256)
    {
        uint256 reason = Admission.judgeDeadline(step, deadline, kind);
        if (reason != Reason.OK) return reason;
        address lister = Records.lister(Records.readParameters(step.store));
        return Admission.isSignedBy(step, kind, position, signatureAt, lister) ? Reason.OK : Reason.BAD_SIGNATURE;
    }
}
