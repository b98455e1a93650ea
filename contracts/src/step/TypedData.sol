// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "./Bytes.sol";
import {Transactions} from "./Transactions.sol";

/// @notice What is signed, EIP-712: the twin of `packages/protocol/src/typedData.ts`. Positions are absolute, in calldata.
library TypedData {
    bytes32 internal constant ORDER_TYPEHASH = keccak256(
        "Order(uint32 account,uint8 signer,uint32 deadline,uint16 nonce,uint24 instrument,uint8 side,uint8 timeInForce,uint8 options,uint40 priceRank,uint32 lots,uint16 restMinutes,uint32 clientOrderId)"
    );
    bytes32 internal constant CANCEL_TYPEHASH =
        keccak256("Cancel(uint32 account,uint8 signer,uint32 deadline,uint16 nonce,uint32 clientOrderId)");
    bytes32 internal constant REPLACE_TYPEHASH = keccak256(
        "Replace(uint32 account,uint8 signer,uint32 deadline,uint16 nonce,uint24 instrument,uint8 side,uint8 timeInForce,uint8 options,uint40 priceRank,uint32 lots,uint16 restMinutes,uint32 clientOrderId,uint32 replacedClientOrderId)"
    );
    bytes32 internal constant CANCEL_ALL_TYPEHASH =
        keccak256("CancelAll(uint32 account,uint8 signer,uint32 deadline,uint16 nonce,uint24 instrument)");
    bytes32 internal constant SESSION_TYPEHASH = keccak256(
        "Session(uint32 account,uint8 signer,uint32 deadline,uint16 nonce,uint8 number,address key,uint8 scope,uint32 expiry)"
    );
    bytes32 internal constant CONDITIONAL_ORDER_TYPEHASH = keccak256(
        "ConditionalOrder(uint32 account,uint8 signer,uint32 deadline,uint16 nonce,uint24 instrument,uint8 side,uint8 timeInForce,uint8 options,uint40 priceRank,uint32 lots,uint16 restMinutes,uint32 clientOrderId,uint32 era,uint64 triggerPrice,uint8 triggerDirection)"
    );
    bytes32 internal constant REVOKE_TYPEHASH = keccak256(
        "Revoke(uint32 account,uint8 signer,uint32 deadline,uint16 nonce,uint32 revokedDeadline,uint16 revokedNonce)"
    );
    bytes32 internal constant LEG_TYPEHASH =
        keccak256("Leg(uint24 instrument,uint8 side,uint40 priceRank,uint32 lots)");
    bytes32 internal constant BLOCK_TRADE_TYPEHASH = keccak256(
        "BlockTrade(uint32 account,uint8 signer,uint32 deadline,uint16 nonce,uint32 makerAccount,uint8 makerSigner,uint16 makerNonce,Leg[] legs)Leg(uint24 instrument,uint8 side,uint40 priceRank,uint32 lots)"
    );
    bytes32 internal constant QUOTE_TYPEHASH =
        keccak256("Quote(uint24 instrument,uint40 bidPriceRank,uint32 bidLots,uint40 askPriceRank,uint32 askLots)");
    bytes32 internal constant QUOTES_TYPEHASH = keccak256(
        "Quotes(uint32 account,uint8 signer,uint32 deadline,uint16 nonce,uint16 restMinutes,Quote[] quotes)Quote(uint24 instrument,uint40 bidPriceRank,uint32 bidLots,uint40 askPriceRank,uint32 askLots)"
    );
    bytes32 internal constant HOUSE_ORDER_TYPEHASH = keccak256(
        "HouseOrder(uint32 account,uint8 signer,uint32 deadline,uint16 nonce,uint24 instrument,uint8 side,uint40 priceRank,uint32 lots)"
    );
    bytes32 internal constant PROVIDER_TYPEHASH =
        keccak256("Provider(uint32 account,uint8 signer,uint32 deadline,uint16 nonce,uint8 active)");
    bytes32 internal constant WITHDRAW_TYPEHASH = keccak256(
        "Withdraw(uint32 account,uint8 signer,uint32 deadline,uint16 nonce,uint64 amount,address recipient)"
    );
    bytes32 internal constant SURFACE_TYPEHASH =
        keccak256("Surface(uint32 expiry,uint64 forward,int64 a,int64 b,int64 rho,int64 m,int64 sigma)");
    bytes32 internal constant REPORT_TYPEHASH = keccak256(
        "Report(uint16 underlying,uint32 time,uint64 index,Surface[] surfaces)Surface(uint32 expiry,uint64 forward,int64 a,int64 b,int64 rho,int64 m,int64 sigma)"
    );
    bytes32 internal constant SETTLEMENT_TYPEHASH =
        keccak256("Settlement(uint16 underlying,uint32 expiry,uint64 price)");
    bytes32 internal constant LIST_UNDERLYING_TYPEHASH =
        keccak256("ListUnderlying(uint16 underlying,bytes8 symbol,uint8 grid,uint32 deadline)");
    bytes32 internal constant LIST_INSTRUMENT_TYPEHASH = keccak256(
        "ListInstrument(uint8 kind,uint16 underlying,uint32 expiry,uint64 strike,uint64 tick,uint64 lot,uint64 minimumNotional,uint16 takerFeeRate,uint16 makerFeeRate,uint32 deadline)"
    );

    /// @notice The digest that the signer of the transaction at a position signs. Kinds that carry no signature have none.
    function transactionDigest(bytes32 separator, uint256 kind, uint256 position) internal pure returns (bytes32 digest) {
        uint256 start = Bytes.freeMemory();
        bytes32 structHash;
        if (kind == Transactions.ORDER) structHash = _hashOrder(start, position);
        else if (kind == Transactions.CANCEL) structHash = _hashCancel(start, position);
        else if (kind == Transactions.REPLACE) structHash = _hashReplace(start, position);
        else if (kind == Transactions.CANCEL_ALL) structHash = _hashCancelAll(start, position);
        else if (kind == Transactions.SESSION) structHash = _hashSession(start, position);
        else if (kind == Transactions.CONDITIONAL) structHash = _hashConditional(start, position);
        else if (kind == Transactions.REVOKE) structHash = _hashRevoke(start, position);
        else if (kind == Transactions.BLOCK_TRADE) structHash = _hashBlockTrade(start, position);
        else if (kind == Transactions.QUOTES) structHash = _hashQuotes(start, position);
        else if (kind == Transactions.HOUSE_ORDER) structHash = _hashHouseOrder(start, position);
        else if (kind == Transactions.PROVIDER) structHash = _hashProvider(start, position);
        else if (kind == Transactions.SETTLEMENT) structHash = _hashSettlement(start, position);
        else if (kind == Transactions.WITHDRAW) structHash = _hashWithdraw(start, position);
        else if (kind == Transactions.REPORT) structHash = _hashReport(start, position);
        else if (kind == Transactions.LIST_UNDERLYING) structHash = _hashListUnderlying(start, position);
        else structHash = _hashListInstrument(start, position);
        assembly ("memory-safe") {
            mstore(start, shl(240, 0x1901))
            mstore(add(start, 2), separator)
            mstore(add(start, 34), structHash)
            digest := keccak256(start, 66)
        }
    }

    /// @dev Writes a word of a struct, counted from its type hash.
    function _word(uint256 start, uint256 place, uint256 value) private pure {
        assembly ("memory-safe") {
            mstore(add(start, shl(5, place)), value)
        }
    }

    function _hash(uint256 start, uint256 words) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(start, shl(5, words))
        }
    }

    /// @dev Writes fields of a transaction as words, one after the other. `widths` holds their widths, a byte each, the
    /// first field's highest of `count`.
    function _fields(uint256 start, uint256 place, uint256 position, uint256 widths, uint256 count) private pure {
        for (uint256 left = count; left > 0; left--) {
            uint256 width = (widths >> (8 * (left - 1))) & 0xff;
            _word(start, place, Bytes.readCalldata(position, width));
            place++;
            position += width;
        }
    }

    /// @dev Writes the words of an order, the first of them the type hash.
    function _orderWords(uint256 start, bytes32 typeHash, uint256 position) private pure {
        _word(start, 0, uint256(typeHash));
        // account, signer, deadline, nonce, instrument
        _fields(start, 1, position + 1, 0x0401040203, 5);
        uint256 flags = Bytes.readCalldata(position + 15, 1);
        _word(start, 6, flags & 1);
        _word(start, 7, (flags >> 1) & 3);
        _word(start, 8, flags >> 3);
        // price rank, lots, rest minutes, client order id
        _fields(start, 9, position + 16, 0x05040204, 4);
    }

    function _hashOrder(uint256 start, uint256 position) private pure returns (bytes32) {
        _orderWords(start, ORDER_TYPEHASH, position);
        return _hash(start, 13);
    }

    function _hashReplace(uint256 start, uint256 position) private pure returns (bytes32) {
        _orderWords(start, REPLACE_TYPEHASH, position);
        _word(start, 13, Bytes.readCalldata(position + 31, 4));
        return _hash(start, 14);
    }

    function _hashCancelAll(uint256 start, uint256 position) private pure returns (bytes32) {
        _word(start, 0, uint256(CANCEL_ALL_TYPEHASH));
        // account, signer, deadline, nonce, instrument
        _fields(start, 1, position + 1, 0x0401040203, 5);
        return _hash(start, 6);
    }

    function _hashSession(uint256 start, uint256 position) private pure returns (bytes32) {
        _word(start, 0, uint256(SESSION_TYPEHASH));
        // account, signer, deadline, nonce, number, key, scope, expiry
        _fields(start, 1, position + 1, 0x0401040201140104, 8);
        return _hash(start, 9);
    }

    function _hashCancel(uint256 start, uint256 position) private pure returns (bytes32) {
        _word(start, 0, uint256(CANCEL_TYPEHASH));
        // account, signer, deadline, nonce, client order id
        _fields(start, 1, position + 1, 0x0401040204, 5);
        return _hash(start, 6);
    }

    function _hashConditional(uint256 start, uint256 position) private pure returns (bytes32) {
        _orderWords(start, CONDITIONAL_ORDER_TYPEHASH, position);
        // era, trigger price, trigger direction
        _fields(start, 13, position + 31, 0x040701, 3);
        return _hash(start, 16);
    }

    function _hashRevoke(uint256 start, uint256 position) private pure returns (bytes32) {
        _word(start, 0, uint256(REVOKE_TYPEHASH));
        // account, signer, deadline, nonce, revoked deadline, revoked nonce
        _fields(start, 1, position + 1, 0x040104020402, 6);
        return _hash(start, 7);
    }

    function _hashBlockTrade(uint256 start, uint256 position) private pure returns (bytes32) {
        uint256 legs = Bytes.readCalldata(position + Transactions.BLOCK_HEAD_BYTES - 1, 1);
        // instrument, side, price rank, lots
        bytes32 legsHash = _hashElements(
            start, LEG_TYPEHASH, position + Transactions.BLOCK_HEAD_BYTES, legs, Transactions.LEG_BYTES, 0x03010504, 4
        );
        _word(start, 0, uint256(BLOCK_TRADE_TYPEHASH));
        // account, signer, deadline, nonce, maker's account, signer and nonce
        _fields(start, 1, position + 1, 0x04010402040102, 7);
        _word(start, 8, uint256(legsHash));
        return _hash(start, 9);
    }

    function _hashQuotes(uint256 start, uint256 position) private pure returns (bytes32) {
        uint256 quotes = Bytes.readCalldata(position + Transactions.QUOTES_HEAD_BYTES - 1, 1);
        // instrument, bid price rank, bid lots, ask price rank, ask lots
        bytes32 quotesHash = _hashElements(
            start,
            QUOTE_TYPEHASH,
            position + Transactions.QUOTES_HEAD_BYTES,
            quotes,
            Transactions.QUOTE_BYTES,
            0x0305040504,
            5
        );
        _word(start, 0, uint256(QUOTES_TYPEHASH));
        // account, signer, deadline, nonce, rest minutes
        _fields(start, 1, position + 1, 0x0401040202, 5);
        _word(start, 6, uint256(quotesHash));
        return _hash(start, 7);
    }

    /// @dev The hash of an array of structs, `count` of them from a position on, whose fields are all unsigned.
    function _hashElements(
        uint256 start,
        bytes32 typeHash,
        uint256 position,
        uint256 count,
        uint256 length,
        uint256 widths,
        uint256 fields
    ) private pure returns (bytes32) {
        // Hashes of the structs one after the other, then room for the one that is being hashed.
        uint256 scratch = start + 32 * count;
        _word(scratch, 0, uint256(typeHash));
        for (uint256 place = 0; place < count; place++) {
            _fields(scratch, 1, position + place * length, widths, fields);
            _word(start, place, uint256(_hash(scratch, 1 + fields)));
        }
        return _hash(start, count);
    }

    function _hashHouseOrder(uint256 start, uint256 position) private pure returns (bytes32) {
        _word(start, 0, uint256(HOUSE_ORDER_TYPEHASH));
        // account, signer, deadline, nonce, instrument, side, price rank, lots
        _fields(start, 1, position + 1, 0x0401040203010504, 8);
        return _hash(start, 9);
    }

    function _hashProvider(uint256 start, uint256 position) private pure returns (bytes32) {
        _word(start, 0, uint256(PROVIDER_TYPEHASH));
        // account, signer, deadline, nonce, active
        _fields(start, 1, position + 1, 0x0401040201, 5);
        return _hash(start, 6);
    }

    function _hashSettlement(uint256 start, uint256 position) private pure returns (bytes32) {
        _word(start, 0, uint256(SETTLEMENT_TYPEHASH));
        // underlying, expiry, price
        _fields(start, 1, position + 1, 0x020407, 3);
        return _hash(start, 4);
    }

    function _hashWithdraw(uint256 start, uint256 position) private pure returns (bytes32) {
        _word(start, 0, uint256(WITHDRAW_TYPEHASH));
        // account, signer, deadline, nonce, amount, recipient
        _fields(start, 1, position + 1, 0x040104020714, 6);
        return _hash(start, 7);
    }

    function _hashListUnderlying(uint256 start, uint256 position) private pure returns (bytes32) {
        _word(start, 0, uint256(LIST_UNDERLYING_TYPEHASH));
        _word(start, 1, Bytes.readCalldata(position + 1, 2));
        _word(start, 2, Bytes.readCalldata(position + 3, 8) << 192);
        // grid, deadline
        _fields(start, 3, position + 11, 0x0104, 2);
        return _hash(start, 5);
    }

    function _hashListInstrument(uint256 start, uint256 position) private pure returns (bytes32) {
        _word(start, 0, uint256(LIST_INSTRUMENT_TYPEHASH));
        // kind, underlying, expiry, strike, tick, lot, minimum notional, taker fee, maker fee, deadline
        _fields(start, 1, position + 1, 0x01020407070607020204, 10);
        return _hash(start, 11);
    }

    function _hashReport(uint256 start, uint256 position) private pure returns (bytes32) {
        uint256 surfaces = Bytes.readCalldata(position + 14, 1);
        // Hashes of the surfaces one after the other, then room for the surface that is being hashed.
        uint256 scratch = start + 32 * surfaces;
        for (uint256 place = 0; place < surfaces; place++) {
            uint256 surfaceAt = position + Transactions.REPORT_HEAD_BYTES + place * Transactions.SURFACE_BYTES;
            _word(scratch, 0, uint256(SURFACE_TYPEHASH));
            // expiry, forward
            _fields(scratch, 1, surfaceAt, 0x0407, 2);
            for (uint256 parameter = 0; parameter < 5; parameter++) {
                _word(scratch, 3 + parameter, uint256(Bytes.readSignedCalldata(surfaceAt + 11 + 8 * parameter, 8)));
            }
            _word(start, place, uint256(_hash(scratch, 8)));
        }
        bytes32 surfacesHash = _hash(start, surfaces);
        _word(start, 0, uint256(REPORT_TYPEHASH));
        // underlying, time, index
        _fields(start, 1, position + 1, 0x020407, 3);
        _word(start, 4, uint256(surfacesHash));
        return _hash(start, 5);
    }
}
