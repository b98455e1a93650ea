// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Keys of the state, 16 bytes: the twin of `packages/engine/src/keys.ts`, which says what each table holds and
/// how deep it can become.
library Keys {
    uint256 internal constant GLOBAL = 0x00;
    uint256 internal constant PARAMETERS = 0x01;
    uint256 internal constant UNDERLYING = 0x02;
    uint256 internal constant EXPIRY = 0x03;
    uint256 internal constant INSTRUMENT = 0x04;
    uint256 internal constant ACCOUNT = 0x05;
    uint256 internal constant SIGNER = 0x06;
    uint256 internal constant NONCE = 0x07;
    uint256 internal constant POSITION = 0x08;
    uint256 internal constant BOOK = 0x09;
    uint256 internal constant ACCOUNT_ORDER = 0x0a;
    uint256 internal constant WITHDRAWAL = 0x0b;
    uint256 internal constant LISTING = 0x0c;
    uint256 internal constant MARKET = 0x0d;
    uint256 internal constant PREMIUM = 0x0e;

    /// @dev Price ranks of bids are stored from this downward, so that the best bid is the first key of its side.
    uint256 private constant MAX_RANK = 2 ** 40 - 1;

    /// @dev Bits of a key that say table and account, and those that say table, instrument and side.
    uint256 internal constant ACCOUNT_PREFIX_BITS = 40;
    uint256 internal constant BOOK_SIDE_BITS = 40;

    /// @dev A table byte and fields of so many bits, packed, moved to the top of 16 bytes.
    function _key(uint256 table, uint256 fields, uint256 bits) private pure returns (bytes16) {
        unchecked {
            return bytes16(uint128((table << 120) | (fields << (120 - bits))));
        }
    }

    function globalRecord() internal pure returns (bytes16) {
        return _key(GLOBAL, 0, 0);
    }

    function parameters() internal pure returns (bytes16) {
        return _key(PARAMETERS, 0, 0);
    }

    function underlying(uint256 number) internal pure returns (bytes16) {
        return _key(UNDERLYING, number, 16);
    }

    function expiry(uint256 underlyingNumber, uint256 time) internal pure returns (bytes16) {
        return _key(EXPIRY, (underlyingNumber << 32) | time, 48);
    }

    function instrument(uint256 number) internal pure returns (bytes16) {
        return _key(INSTRUMENT, number, 24);
    }

    function market(uint256 instrumentNumber) internal pure returns (bytes16) {
        return _key(MARKET, instrumentNumber, 24);
    }

    function premium(uint256 instrumentNumber) internal pure returns (bytes16) {
        return _key(PREMIUM, instrumentNumber, 24);
    }

    function listing(uint256 underlyingNumber, uint256 time, uint256 strike, uint256 kind)
        internal
        pure
        returns (bytes16)
    {
        return _key(LISTING, (underlyingNumber << 96) | (time << 64) | (strike << 8) | kind, 112);
    }

    function account(uint256 number) internal pure returns (bytes16) {
        return _key(ACCOUNT, number, 32);
    }

    function signer(uint256 accountNumber, uint256 number) internal pure returns (bytes16) {
        return _key(SIGNER, (accountNumber << 8) | number, 40);
    }

    /// @param word the high byte of the nonce; the low byte is the bit's place in the word
    function nonce(uint256 accountNumber, uint256 bucket, uint256 word) internal pure returns (bytes16) {
        return _key(NONCE, (accountNumber << 40) | (bucket << 8) | word, 72);
    }

    function bucketOfNonce(bytes16 key) internal pure returns (uint256) {
        return (uint256(uint128(key)) >> 56) & 0xffffffff;
    }

    function position(uint256 accountNumber, uint256 instrumentNumber) internal pure returns (bytes16) {
        return _key(POSITION, (accountNumber << 24) | instrumentNumber, 56);
    }

    function instrumentOfPosition(bytes16 key) internal pure returns (uint256) {
        return (uint256(uint128(key)) >> 64) & 0xffffff;
    }

    function book(uint256 instrumentNumber, uint256 side, uint256 rank, uint256 sequence)
        internal
        pure
        returns (bytes16)
    {
        uint256 stored = side == 0 ? MAX_RANK - rank : rank;
        return _key(BOOK, (instrumentNumber << 96) | (side << 88) | (stored << 48) | sequence, 120);
    }

    /// @notice The least key of one side of an instrument's book: the best order is the first at or after it.
    function bookSide(uint256 instrumentNumber, uint256 side) internal pure returns (bytes16) {
        return _key(BOOK, (instrumentNumber << 8) | side, 32);
    }

    /// @notice The book key of an order, from where its account's list says that it rests: the key without its table byte.
    function bookAt(uint256 place) internal pure returns (bytes16) {
        return _key(BOOK, place, 120);
    }

    /// @notice Of a key of the book.
    function instrumentOfBook(bytes16 key) internal pure returns (uint256) {
        return (uint256(uint128(key)) >> 96) & 0xffffff;
    }

    /// @notice The least key that comes after an order's.
    function afterBook(bytes16 key) internal pure returns (bytes16) {
        unchecked {
            // INVARIANT: sequence numbers never reach the end of their bits.
            return bytes16(uint128(key) + 1);
        }
    }

    function rankOfBook(bytes16 key) internal pure returns (uint256) {
        uint256 word = uint256(uint128(key));
        uint256 stored = (word >> 48) & MAX_RANK;
        return (word >> 88) & 0xff == 0 ? MAX_RANK - stored : stored;
    }

    function accountOrder(uint256 accountNumber, uint256 clientOrderId) internal pure returns (bytes16) {
        return _key(ACCOUNT_ORDER, (accountNumber << 32) | clientOrderId, 64);
    }

    function clientOrderIdOf(bytes16 key) internal pure returns (uint256) {
        return (uint256(uint128(key)) >> 56) & 0xffffffff;
    }

    function withdrawal(uint256 number) internal pure returns (bytes16) {
        return _key(WITHDRAWAL, number, 64);
    }

    /// @notice Whether two keys agree in their first bits.
    function sharesPrefix(bytes16 key, bytes16 other, uint256 bits) internal pure returns (bool) {
        return (uint256(uint128(key)) ^ uint256(uint128(other))) >> (128 - bits) == 0;
    }
}
