// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "./Bytes.sol";
import {Limits} from "./Limits.sol";

/// @notice Who authorises a transaction of an account, until when, and under which nonce.
struct AdmissionFields {
    uint256 account;
    uint256 signer;
    uint256 deadline;
    uint256 nonce;
}

/// @notice The canonical codec of sequenced transactions: the twin of `packages/protocol/src/decodeTransaction.ts`.
/// `transactions.ts` beside it says what each field means. Positions are absolute, in calldata.
library Transactions {
    uint256 internal constant TRADE_CHUNK = 0;
    uint256 internal constant RISK_CHUNK = 1;
    uint256 internal constant BRIDGE_CHUNK = 2;
    uint256 internal constant BLOCK_CHUNK = 3;
    uint256 internal constant HOUSE_CHUNK = 4;

    uint256 internal constant ORDER = 0x01;
    uint256 internal constant CANCEL = 0x02;
    uint256 internal constant REPLACE = 0x03;
    uint256 internal constant CANCEL_ALL = 0x04;
    uint256 internal constant SESSION = 0x05;
    uint256 internal constant CONDITIONAL = 0x06;
    uint256 internal constant REVOKE = 0x07;
    uint256 internal constant BLOCK_TRADE = 0x08;
    uint256 internal constant QUOTES = 0x09;
    uint256 internal constant TICK = 0x10;
    uint256 internal constant REPORT = 0x11;
    uint256 internal constant LIST_UNDERLYING = 0x12;
    uint256 internal constant LIST_INSTRUMENT = 0x13;
    uint256 internal constant MARK = 0x14;
    uint256 internal constant WITHDRAW = 0x15;
    uint256 internal constant SETTLEMENT = 0x16;
    uint256 internal constant LIQUIDATE = 0x20;
    uint256 internal constant HOUSE_ORDER = 0x21;
    uint256 internal constant SETTLE = 0x22;
    uint256 internal constant PRUNE = 0x23;
    uint256 internal constant PROVIDER = 0x24;

    /// What a session key may sign, as bits.
    uint256 internal constant TRADE_SCOPE = 1;
    uint256 internal constant CANCEL_SCOPE = 2;

    uint256 internal constant SIGNATURE_BYTES = 64;
    uint256 internal constant REPORT_HEAD_BYTES = 15;
    uint256 internal constant SURFACE_BYTES = 51;
    uint256 internal constant SETTLEMENT_HEAD_BYTES = 16;
    uint256 internal constant BLOCK_HEAD_BYTES = 20;
    uint256 internal constant LEG_BYTES = 13;
    uint256 internal constant QUOTES_HEAD_BYTES = 15;
    uint256 internal constant QUOTE_BYTES = 21;
    uint256 internal constant MESSAGE_HEAD_BYTES = 27;

    /// @notice The kind of chunk in which a transaction of a kind must stand.
    function chunkKindOf(uint256 kind) internal pure returns (uint256) {
        if (kind < BLOCK_TRADE) return TRADE_CHUNK;
        if (kind < TICK) return BLOCK_CHUNK;
        return kind < LIQUIDATE ? RISK_CHUNK : HOUSE_CHUNK;
    }

    /// @notice How many bytes the transaction at a position has; 0 where the bytes up to the end are no transaction.
    function lengthAt(uint256 position, uint256 end) internal pure returns (uint256 length) {
        if (position >= end) return 0;
        length = _unboundedLength(position, end);
        if (position + length > end) return 0;
    }

    function _unboundedLength(uint256 position, uint256 end) private pure returns (uint256) {
        uint256 kind = Bytes.readCalldata(position, 1);
        unchecked {
            // INVARIANT: positions are offsets into calldata, and counts have 16 bits.
            if (kind == ORDER) return 95;
            if (kind == CANCEL) return 80;
            if (kind == REPLACE) return 99;
            if (kind == CANCEL_ALL) return 79;
            if (kind == SESSION) return 102;
            if (kind == CONDITIONAL) return 107;
            if (kind == REVOKE) return 82;
            if (kind == TICK) return 5;
            if (kind == LIST_UNDERLYING) return 80;
            if (kind == LIST_INSTRUMENT) return 107;
            if (kind == MARK) return 4;
            if (kind == WITHDRAW) return 103;
            if (kind == LIQUIDATE) return 9;
            if (kind == HOUSE_ORDER) return 89;
            if (kind == SETTLE) return 8;
            if (kind == PRUNE) return 4;
            if (kind == PROVIDER) return 77;
            if (kind == BLOCK_TRADE) {
                if (position + BLOCK_HEAD_BYTES > end) return 0;
                uint256 legs = Bytes.readCalldata(position + BLOCK_HEAD_BYTES - 1, 1);
                return legs > Limits.MAX_LEGS ? 0 : BLOCK_HEAD_BYTES + legs * LEG_BYTES + 2 * SIGNATURE_BYTES;
            }
            if (kind == QUOTES) {
                if (position + QUOTES_HEAD_BYTES > end) return 0;
                uint256 quotes = Bytes.readCalldata(position + QUOTES_HEAD_BYTES - 1, 1);
                return quotes > Limits.MAX_QUOTES ? 0 : QUOTES_HEAD_BYTES + quotes * QUOTE_BYTES + SIGNATURE_BYTES;
            }
            if (kind == SETTLEMENT) {
                if (position + SETTLEMENT_HEAD_BYTES > end) return 0;
                return SETTLEMENT_HEAD_BYTES + SIGNATURE_BYTES * countBits(Bytes.readCalldata(position + 14, 2));
            }
            if (kind != REPORT || position + REPORT_HEAD_BYTES > end) return 0;
            uint256 surfaces = Bytes.readCalldata(position + 14, 1);
            if (surfaces > Limits.MAX_SURFACES) return 0;
            uint256 signersAt = position + REPORT_HEAD_BYTES + surfaces * SURFACE_BYTES;
            if (signersAt + 2 > end) return 0;
            return signersAt + 2 + SIGNATURE_BYTES * countBits(Bytes.readCalldata(signersAt, 2)) - position;
        }
    }

    function countBits(uint256 value) internal pure returns (uint256 count) {
        unchecked {
            for (uint256 rest = value; rest != 0; rest &= rest - 1) count++;
        }
    }

    /// @notice The admission fields of any transaction of an account.
    function decodeAdmission(uint256 position) internal pure returns (AdmissionFields memory admission) {
        admission.account = Bytes.readCalldata(position + 1, 4);
        admission.signer = Bytes.readCalldata(position + 5, 1);
        admission.deadline = Bytes.readCalldata(position + 6, 4);
        admission.nonce = Bytes.readCalldata(position + 10, 2);
    }

    /// @notice The admission fields of a block trade's maker, whose deadline is the taker's.
    function decodeMakerAdmission(uint256 position) internal pure returns (AdmissionFields memory admission) {
        admission.account = Bytes.readCalldata(position + 12, 4);
        admission.signer = Bytes.readCalldata(position + 16, 1);
        admission.deadline = Bytes.readCalldata(position + 6, 4);
        admission.nonce = Bytes.readCalldata(position + 17, 2);
    }

    /// @notice What a transaction of a kind needs to start in a chunk. Those that may need more find out before they
    /// write.
    function startingUnits(uint256 kind) internal pure returns (uint256) {
        if (kind == ORDER) return Limits.ORDER_START;
        if (kind == CANCEL) return Limits.CANCEL_LIMIT;
        if (kind == REPLACE) return Limits.REPLACE_START;
        if (kind == CANCEL_ALL) return Limits.CANCEL_ALL_LIMIT;
        if (kind == SESSION) return Limits.SESSION_LIMIT;
        if (kind == CONDITIONAL) return Limits.CONDITIONAL_START;
        if (kind == REVOKE) return Limits.REVOKE_LIMIT;
        if (kind == BLOCK_TRADE) return Limits.BLOCK_START;
        if (kind == QUOTES) return Limits.QUOTES_START;
        if (kind == TICK) return Limits.TICK_LIMIT;
        if (kind == REPORT) return Limits.REPORT_LIMIT;
        if (kind == LIST_UNDERLYING) return Limits.LIST_UNDERLYING_LIMIT;
        if (kind == LIST_INSTRUMENT) return Limits.LIST_INSTRUMENT_LIMIT;
        if (kind == MARK) return Limits.MARK_START;
        if (kind == WITHDRAW) return Limits.WITHDRAW_START;
        if (kind == SETTLEMENT) return Limits.SETTLEMENT_LIMIT;
        if (kind == LIQUIDATE) return Limits.LIQUIDATE_START;
        if (kind == HOUSE_ORDER) return Limits.HOUSE_ORDER_START;
        if (kind == SETTLE) return Limits.SETTLE_LIMIT;
        if (kind == PRUNE) return Limits.PRUNE_LIMIT;
        return Limits.PROVIDER_LIMIT;
    }
}
