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

    /// @dev How fields are written, a byte each, the first field's lowest: its width, with a bit for those that are signed and
    /// one for those that are aligned to the left. An order's flags are three fields in one byte.
    uint256 private constant WIDTH = 0x1f;
    uint256 private constant SIGNED = 0x40;
    uint256 private constant ALIGNED_LEFT = 0x80;
    uint256 private constant ORDER_FLAGS = 0xf0;
    /// @dev Account, signer, deadline and nonce; and the fields of an order, which begin with them.
    uint256 private constant ADMISSION = 0x02040104;
    uint256 private constant ORDER = 0x04020405f003 << 32 | ADMISSION;

    /// @notice The digest that the signer of the transaction at a position signs. Kinds that carry no signature have none.
    function transactionDigest(bytes32 separator, uint256 kind, uint256 position) internal pure returns (bytes32 digest) {
        uint256 start = Bytes.freeMemory();
        (bytes32 typeHash, uint256 fields) = _typeOf(kind);
        // Hashed first, as it uses the same memory.
        bytes32 elements = _hashElements(start, kind, position);
        uint256 end = _encode(start, typeHash, fields, position + 1);
        assembly ("memory-safe") {
            // An array is the last field where there is one.
            if elements {
                mstore(end, elements)
                end := add(end, 0x20)
            }
            let structHash := keccak256(start, sub(end, start))
            mstore(start, shl(240, 0x1901))
            mstore(add(start, 2), separator)
            mstore(add(start, 34), structHash)
            digest := keccak256(start, 66)
        }
    }

    /// @dev Writes a type hash and the fields from a position in calldata on, a word each.
    /// @return end past the last word
    function _encode(uint256 start, bytes32 typeHash, uint256 fields, uint256 position) private pure returns (uint256 end) {
        assembly ("memory-safe") {
            mstore(start, typeHash)
            end := add(start, 0x20)
            for {} fields { fields := shr(8, fields) } {
                let field := and(fields, 0xff)
                let word := calldataload(position)
                if eq(field, ORDER_FLAGS) {
                    // Side, time in force and options, the lowest bits first.
                    word := shr(248, word)
                    mstore(end, and(word, 1))
                    mstore(add(end, 0x20), and(shr(1, word), 3))
                    mstore(add(end, 0x40), shr(3, word))
                    end := add(end, 0x60)
                    position := add(position, 1)
                    continue
                }
                let width := and(field, WIDTH)
                let shift := sub(256, shl(3, width))
                position := add(position, width)
                switch and(field, SIGNED)
                case 0 { word := shr(shift, word) }
                default { word := sar(shift, word) }
                if and(field, ALIGNED_LEFT) { word := shl(shift, word) }
                mstore(end, word)
                end := add(end, 0x20)
            }
        }
    }

    /// @dev The type of a kind of transaction and its fields, but for an array at the end.
    function _typeOf(uint256 kind) private pure returns (bytes32, uint256) {
        if (kind == Transactions.ORDER) return (ORDER_TYPEHASH, ORDER);
        // client order id
        if (kind == Transactions.CANCEL) return (CANCEL_TYPEHASH, 0x04 << 32 | ADMISSION);
        // replaced client order id
        if (kind == Transactions.REPLACE) return (REPLACE_TYPEHASH, 0x04 << 80 | ORDER);
        // instrument
        if (kind == Transactions.CANCEL_ALL) return (CANCEL_ALL_TYPEHASH, 0x03 << 32 | ADMISSION);
        // number, key, scope, expiry
        if (kind == Transactions.SESSION) return (SESSION_TYPEHASH, 0x04011401 << 32 | ADMISSION);
        // era, trigger price, trigger direction
        if (kind == Transactions.CONDITIONAL) return (CONDITIONAL_ORDER_TYPEHASH, 0x010704 << 80 | ORDER);
        // revoked deadline, revoked nonce
        if (kind == Transactions.REVOKE) return (REVOKE_TYPEHASH, 0x0204 << 32 | ADMISSION);
        // maker's account, signer and nonce
        if (kind == Transactions.BLOCK_TRADE) return (BLOCK_TRADE_TYPEHASH, 0x020104 << 32 | ADMISSION);
        // rest minutes
        if (kind == Transactions.QUOTES) return (QUOTES_TYPEHASH, 0x02 << 32 | ADMISSION);
        // instrument, side, price rank, lots
        if (kind == Transactions.HOUSE_ORDER) return (HOUSE_ORDER_TYPEHASH, 0x04050103 << 32 | ADMISSION);
        // active
        if (kind == Transactions.PROVIDER) return (PROVIDER_TYPEHASH, 0x01 << 32 | ADMISSION);
        // amount, recipient
        if (kind == Transactions.WITHDRAW) return (WITHDRAW_TYPEHASH, 0x1407 << 32 | ADMISSION);
        // underlying, expiry, price
        if (kind == Transactions.SETTLEMENT) return (SETTLEMENT_TYPEHASH, 0x070402);
        // underlying, time, index
        if (kind == Transactions.REPORT) return (REPORT_TYPEHASH, 0x070402);
        // underlying, symbol, grid, deadline
        if (kind == Transactions.LIST_UNDERLYING) return (LIST_UNDERLYING_TYPEHASH, 0x04018802);
        // kind, underlying, expiry, strike, tick, lot, minimum notional, taker fee, maker fee, deadline
        return (LIST_INSTRUMENT_TYPEHASH, 0x04020207060707040201);
    }

    /// @dev The hash of the array of structs at the end of a transaction; 0 for kinds that have none.
    function _hashElements(uint256 start, uint256 kind, uint256 position) private pure returns (bytes32) {
        bytes32 typeHash;
        uint256 fields;
        uint256 length;
        uint256 head;
        if (kind == Transactions.REPORT) {
            // expiry, forward, a, b, rho, m, sigma
            (typeHash, fields) = (SURFACE_TYPEHASH, 0x48484848480704);
            (head, length) = (Transactions.REPORT_HEAD_BYTES, Transactions.SURFACE_BYTES);
        } else if (kind == Transactions.BLOCK_TRADE) {
            // instrument, side, price rank, lots
            (typeHash, fields) = (LEG_TYPEHASH, 0x04050103);
            (head, length) = (Transactions.BLOCK_HEAD_BYTES, Transactions.LEG_BYTES);
        } else if (kind == Transactions.QUOTES) {
            // instrument, bid price rank, bid lots, ask price rank, ask lots
            (typeHash, fields) = (QUOTE_TYPEHASH, 0x0405040503);
            (head, length) = (Transactions.QUOTES_HEAD_BYTES, Transactions.QUOTE_BYTES);
        } else {
            return 0;
        }
        position += head;
        // The last byte of the head says how many there are.
        uint256 count = Bytes.readCalldata(position - 1, 1);
        // Hashes of the structs one after the other, then room for the one that is being hashed.
        uint256 place = start;
        uint256 scratch = start + 32 * count;
        for (; place < scratch; place += 32) {
            uint256 end = _encode(scratch, typeHash, fields, position);
            assembly ("memory-safe") {
                mstore(place, keccak256(scratch, sub(end, scratch)))
            }
            position += length;
        }
        bytes32 hash;
        assembly ("memory-safe") {
            hash := keccak256(start, sub(scratch, start))
        }
        return hash;
    }
}
