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

/// @notice The canonical codec of sequenced transactions: the twin of `packages/protocol/src/transactions.ts`, which says
/// what each field means. Positions are absolute, in calldata.
library Transactions {
    uint256 internal constant TRADE_CHUNK = 0;
    uint256 internal constant RISK_CHUNK = 1;
    uint256 internal constant BRIDGE_CHUNK = 2;

    uint256 internal constant ORDER = 0x01;
    uint256 internal constant CANCEL = 0x02;
    uint256 internal constant REPLACE = 0x03;
    uint256 internal constant CANCEL_ALL = 0x04;
    uint256 internal constant SESSION = 0x05;
    uint256 internal constant TICK = 0x10;
    uint256 internal constant REPORT = 0x11;
    uint256 internal constant LIST_UNDERLYING = 0x12;
    uint256 internal constant LIST_INSTRUMENT = 0x13;
    uint256 internal constant MARK = 0x14;
    uint256 internal constant WITHDRAW = 0x15;

    /// What a session key may sign, as bits.
    uint256 internal constant TRADE_SCOPE = 1;
    uint256 internal constant CANCEL_SCOPE = 2;

    uint256 internal constant SIGNATURE_BYTES = 64;
    uint256 internal constant REPORT_HEAD_BYTES = 15;
    uint256 internal constant SURFACE_BYTES = 51;
    uint256 internal constant MESSAGE_HEAD_BYTES = 27;

    /// @notice The kind of chunk in which a transaction of a kind must stand.
    function chunkKindOf(uint256 kind) internal pure returns (uint256) {
        return kind < TICK ? TRADE_CHUNK : RISK_CHUNK;
    }

    /// @notice How many bytes the transaction at a position has; 0 where the bytes up to the end are no transaction.
    function lengthAt(uint256 position, uint256 end) internal pure returns (uint256 length) {
        if (position >= end) return 0;
        length = _unboundedLength(position, end);
        if (position + length > end) return 0;
    }

    function _unboundedLength(uint256 position, uint256 end) private pure returns (uint256) {
        uint256 kind = Bytes.readCalldata(position, 1);
        if (kind == ORDER) return 95;
        if (kind == CANCEL) return 80;
        if (kind == REPLACE) return 99;
        if (kind == CANCEL_ALL) return 79;
        if (kind == SESSION) return 102;
        if (kind == TICK) return 5;
        if (kind == LIST_UNDERLYING) return 80;
        if (kind == LIST_INSTRUMENT) return 107;
        if (kind == MARK) return 4;
        if (kind == WITHDRAW) return 103;
        if (kind != REPORT || position + REPORT_HEAD_BYTES > end) return 0;
        uint256 surfaces = Bytes.readCalldata(position + 14, 1);
        if (surfaces > Limits.MAX_SURFACES) return 0;
        uint256 signersAt = position + REPORT_HEAD_BYTES + surfaces * SURFACE_BYTES;
        if (signersAt + 2 > end) return 0;
        return signersAt + 2 + SIGNATURE_BYTES * countBits(Bytes.readCalldata(signersAt, 2)) - position;
    }

    function countBits(uint256 value) internal pure returns (uint256 count) {
        for (uint256 rest = value; rest != 0; rest &= rest - 1) count++;
    }

    /// @notice The admission fields of any transaction of an account.
    function decodeAdmission(uint256 position) internal pure returns (AdmissionFields memory admission) {
        admission.account = Bytes.readCalldata(position + 1, 4);
        admission.signer = Bytes.readCalldata(position + 5, 1);
        admission.deadline = Bytes.readCalldata(position + 6, 4);
        admission.nonce = Bytes.readCalldata(position + 10, 2);
    }

    /// @notice What a transaction of a kind needs to start in a chunk. Those that may need more find out before they
    /// write.
    function startingUnits(uint256 kind) internal pure returns (uint256) {
        if (kind == ORDER) return Limits.ORDER_START;
        if (kind == CANCEL) return Limits.CANCEL_LIMIT;
        if (kind == REPLACE) return Limits.REPLACE_START;
        if (kind == CANCEL_ALL) return Limits.CANCEL_ALL_LIMIT;
        if (kind == SESSION) return Limits.SESSION_LIMIT;
        if (kind == TICK) return Limits.TICK_LIMIT;
        if (kind == REPORT) return Limits.REPORT_LIMIT;
        if (kind == LIST_UNDERLYING) return Limits.LIST_UNDERLYING_LIMIT;
        if (kind == LIST_INSTRUMENT) return Limits.LIST_INSTRUMENT_LIMIT;
        if (kind == MARK) return Limits.MARK_LIMIT;
        return Limits.WITHDRAW_START;
    }
}
