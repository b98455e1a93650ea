// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Why a transaction changed nothing: the list of `packages/protocol/src/reasons.ts`, held equal by a test.
library Reason {
    /// The transaction was executed.
    uint256 internal constant OK = 0;
    /// The transaction stands in a chunk of another kind.
    uint256 internal constant WRONG_CHUNK_KIND = 1;
    /// The account does not exist: nothing was ever deposited to it.
    uint256 internal constant UNKNOWN_ACCOUNT = 2;
    /// The admission deadline has passed.
    uint256 internal constant DEADLINE_PASSED = 3;
    /// The admission deadline is further ahead than it may be.
    uint256 internal constant DEADLINE_TOO_FAR = 4;
    /// The account has no signer of this number.
    uint256 internal constant UNKNOWN_SIGNER = 5;
    /// The signature is not that of the named signer.
    uint256 internal constant BAD_SIGNATURE = 6;
    /// The nonce has been used with a deadline in the same bucket.
    uint256 internal constant NONCE_USED = 7;
    /// A field of the order is outside its range.
    uint256 internal constant MALFORMED_ORDER = 8;
    /// The instrument is not listed.
    uint256 internal constant UNKNOWN_INSTRUMENT = 9;
    /// The instrument has expired.
    uint256 internal constant INSTRUMENT_EXPIRED = 10;
    /// The instrument has no mark yet.
    uint256 internal constant INSTRUMENT_NOT_MARKED = 11;
    /// The order is smaller than the instrument's minimum notional.
    uint256 internal constant BELOW_MINIMUM_NOTIONAL = 12;
    /// A value would leave the range in which it is exact.
    uint256 internal constant VALUE_OUT_OF_RANGE = 13;
    /// A resting order of the account has this client order id.
    uint256 internal constant DUPLICATE_CLIENT_ORDER_ID = 14;
    /// The account has as many resting orders as it may have.
    uint256 internal constant TOO_MANY_RESTING_ORDERS = 15;
    /// The account has as many positions as it may have.
    uint256 internal constant TOO_MANY_POSITIONS = 16;
    /// The account's equity would be below its initial margin.
    uint256 internal constant INSUFFICIENT_MARGIN = 17;
    /// The book did not hold what the order had to be filled with at once.
    uint256 internal constant NOT_FILLED = 18;
    /// The account has no resting order with this client order id.
    uint256 internal constant UNKNOWN_ORDER = 19;
    /// The tick does not move the clock forward.
    uint256 internal constant TIME_NOT_INCREASING = 20;
    /// The tick is later than its batch.
    uint256 internal constant TIME_BEYOND_BATCH = 21;
    /// The underlying is not listed.
    uint256 internal constant UNKNOWN_UNDERLYING = 22;
    /// A report of this time or a later one has been taken already.
    uint256 internal constant REPORT_NOT_NEWER = 23;
    /// The report is from the future of the clock.
    uint256 internal constant REPORT_FROM_FUTURE = 24;
    /// The report is older than the oracle's maximum age.
    uint256 internal constant REPORT_TOO_OLD = 25;
    /// No instrument with this expiry is listed, or the expiry has passed.
    uint256 internal constant UNKNOWN_EXPIRY = 26;
    /// The volatility surface is outside its range or goes negative.
    uint256 internal constant BAD_SURFACE = 27;
    /// The report is not signed by enough distinct oracles of the set.
    uint256 internal constant BAD_QUORUM = 28;
    /// A price is zero or too large.
    uint256 internal constant PRICE_OUT_OF_RANGE = 29;
    /// The underlying or instrument is listed already.
    uint256 internal constant ALREADY_LISTED = 30;
    /// A field of the listing is outside its range.
    uint256 internal constant MALFORMED_LISTING = 31;
    /// No further underlying or instrument can be listed.
    uint256 internal constant TOO_MANY_LISTED = 32;
    /// No oracle report that the mark needs has been taken yet.
    uint256 internal constant NOTHING_TO_MARK_FROM = 33;
    /// The mark or a loss per lot would leave its range.
    uint256 internal constant MARK_OUT_OF_RANGE = 34;
    /// The amount or the recipient of the withdrawal is zero.
    uint256 internal constant MALFORMED_WITHDRAWAL = 35;
    /// The inbox message is of no kind that this version executes.
    uint256 internal constant UNKNOWN_MESSAGE = 36;
    /// The vault does not hold as much as is to be withdrawn.
    uint256 internal constant VAULT_EXHAUSTED = 37;
    /// The transaction would use more than one transaction may.
    uint256 internal constant EXCEEDS_LIMIT = 38;
    /// The session key may not sign transactions of this kind.
    uint256 internal constant OUT_OF_SCOPE = 39;
    /// The session key has expired.
    uint256 internal constant SESSION_EXPIRED = 40;
    /// The post-only order would trade at once.
    uint256 internal constant WOULD_CROSS = 41;
    /// The reduce-only order would not reduce a position.
    uint256 internal constant WOULD_NOT_REDUCE = 42;
    /// The order met an order of its own account before anything was filled.
    uint256 internal constant SELF_TRADE = 43;
    /// A field of the session key is outside its range.
    uint256 internal constant MALFORMED_SESSION = 44;
    /// The account has no resting order that could be cancelled.
    uint256 internal constant NOTHING_TO_CANCEL = 45;
    /// The price is too far from the instrument's mark.
    uint256 internal constant OUTSIDE_PRICE_BAND = 46;
    /// A mark that is needed is older than the maximum age.
    uint256 internal constant MARK_TOO_OLD = 47;
    /// A field of the block trade is outside its range.
    uint256 internal constant MALFORMED_BLOCK = 48;
    /// The maker's equity would be below its initial margin.
    uint256 internal constant COUNTERPARTY_MARGIN = 49;
    /// A field of the quotes is outside its range.
    uint256 internal constant MALFORMED_QUOTES = 50;
    /// The mark has not reached the trigger price.
    uint256 internal constant TRIGGER_NOT_REACHED = 51;
    /// The conditional order was signed for another era.
    uint256 internal constant ERA_PASSED = 52;
    /// The expiry has not been reached.
    uint256 internal constant SETTLEMENT_TOO_EARLY = 53;
    /// The expiry or instrument is settled already.
    uint256 internal constant ALREADY_SETTLED = 54;
    /// The instrument is not settled.
    uint256 internal constant NOT_SETTLED = 55;
    /// The account has no position in the instrument.
    uint256 internal constant NOTHING_TO_SETTLE = 56;
    /// The account's equity is not below its maintenance margin.
    uint256 internal constant NOT_LIQUIDATABLE = 57;
    /// The account is no liquidity provider.
    uint256 internal constant NOT_PROVIDER = 58;
    /// Positions in the instrument are still open.
    uint256 internal constant STILL_OPEN = 59;
    /// The house holds nothing that the order could take.
    uint256 internal constant NO_HOUSE_INVENTORY = 60;
    /// The revoked deadline or nonce is outside its range.
    uint256 internal constant MALFORMED_REVOCATION = 61;
    /// The flag of a liquidity provider is neither 0 nor 1.
    uint256 internal constant MALFORMED_PROVIDER = 62;
    /// The account cannot pay the whole penalty, so only the house takes it over.
    uint256 internal constant PROVIDER_UNPAID = 63;
}
