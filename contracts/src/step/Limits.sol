// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The limits of `packages/protocol/src/limits.ts` that the step function uses, held equal by a test.
library Limits {
    /// Seconds that an admission deadline may lie ahead of the engine's clock.
    uint256 internal constant MAX_DEADLINE_AHEAD_SECONDS = 600;
    /// Seconds that the admission deadline of a conditional order may lie ahead of the engine's clock: thirty days.
    uint256 internal constant MAX_CONDITIONAL_AHEAD_SECONDS = 2_592_000;
    /// Deadlines that agree in all but this many low bits share one set of nonces.
    uint256 internal constant DEADLINE_BUCKET_BITS = 6;
    /// Resting orders that an account may have.
    uint256 internal constant MAX_RESTING_ORDERS = 200;
    /// Instruments in which an account may hold a position.
    uint256 internal constant MAX_POSITIONS = 64;
    /// Underlyings that may be listed.
    uint256 internal constant MAX_UNDERLYINGS = 16;
    /// Instruments that may ever be listed: their numbers, from 1, have 24 bits, and one more still fits.
    uint256 internal constant MAX_INSTRUMENTS = 2 ** 24 - 2;
    /// Largest value of one fill or one order, in cash (1e-6 USD).
    uint256 internal constant MAX_ORDER_VALUE = 2 ** 51;
    /// Largest cash of an account in magnitude that a fill may leave, in cash (1e-6 USD).
    uint256 internal constant MAX_CASH = 2 ** 52;
    /// Deposits, all together, that the inbox accepts, in cash (1e-6 USD): MAX_CASH + MAX_DEPOSITS < 2^53.
    uint256 internal constant MAX_DEPOSITS = 2 ** 52 - 1;
    /// Most lots of an instrument held long, over all accounts.
    uint256 internal constant MAX_OPEN_INTEREST = 2 ** 52;
    /// Largest position in magnitude, in lots.
    uint256 internal constant MAX_POSITION_LOTS = 2 ** 40;
    /// Smallest and largest price in 1e-8 USD: 0 < price < MAX_PRICE.
    uint256 internal constant MAX_PRICE = 2 ** 53;
    /// Largest lot in 1e-8 units of the underlying.
    uint256 internal constant MAX_LOT = 2 ** 40;
    /// A loss per lot lies within ± this, in 1e-9 USD (it is stored in 48 bits).
    uint256 internal constant MAX_LOSS_PER_LOT = 2 ** 47;
    /// What the house holds and what is owed as funding, together, lies within ± this, in 1e-9 USD.
    int256 internal constant MAX_CLAIMS = 2 ** 126;
    /// Fee of a maker whose margin does not allow the fill, in cash (1e-6 USD); at most what cash the account has.
    uint256 internal constant UNDER_MARGINED_MAKER_FEE = 100_000;
    /// Client order ids from here on are those of quotes: this, and twice the instrument, and 1 for the offer.
    uint256 internal constant FIRST_QUOTE_ID = 0xfc000000;
    /// Value of resting orders of a side, in cash (1e-6 USD), over which a perpetual's premium is an average.
    uint256 internal constant IMPACT_VALUE = 10_000_000_000;
    /// Resting orders of a side that a perpetual's premium looks at, at most.
    uint256 internal constant PREMIUM_ORDERS = 16;
    /// Periods of an hour over which a perpetual's premium is paid as funding.
    uint256 internal constant FUNDING_PERIODS = 8;
    /// Seconds by which the reports behind an account's marks may differ where it is liquidated.
    uint256 internal constant LIQUIDATION_SKEW_SECONDS = 10;
    /// What a settled instrument's market has for the time of its report: its mark never grows old.
    uint256 internal constant SETTLED_TIME = 2 ** 32 - 1;
    /// Surfaces in one oracle report, at most.
    uint256 internal constant MAX_SURFACES = 8;
    /// Legs of a block trade, at most.
    uint256 internal constant MAX_LEGS = 8;
    /// Instruments that one transaction quotes, at most.
    uint256 internal constant MAX_QUOTES = 32;
    /// Bytes of a chunk, at most.
    uint256 internal constant MAX_CHUNK_BYTES = 12_000;
    /// Metered units of a chunk, at most: no transaction starts that might pass it.
    uint256 internal constant CHUNK_LIMIT = 9_000_000;
    /// Units of a chunk before its first transaction: the transaction's own gas, header, dispatch.
    uint256 internal constant CHUNK_BASE = 350_000;
    /// Units per byte of a chunk.
    uint256 internal constant CHUNK_BYTE = 66;
    /// Units of a transaction: decoding, running hash, dispatch.
    uint256 internal constant TRANSACTION_BASE = 3_000;
    /// Units of one recovered signature with its typed-data hash.
    uint256 internal constant SIGNATURE_EVENT = 7_000;
    /// Units of a transaction of an account that was admitted: its records, its nonce.
    uint256 internal constant ADMISSION_EVENT = 8_000;
    /// Units of one risk array.
    uint256 internal constant MARK_EVENT = 98_000;
    /// Units of reading one position into a margin.
    uint256 internal constant POSITION_EVENT = 4_000;
    /// Units of evaluating one margin per underlying.
    uint256 internal constant MARGIN_EVENT = 4_000;
    /// Units of one resting order that is met, beside the nodes that it touches.
    uint256 internal constant MEETING_EVENT = 6_000;
    /// Units of one fill beside that, the nodes that it touches and the margins.
    uint256 internal constant FILL_EVENT = 8_000;
    /// Units of one leg of a block trade, beside the nodes that it touches and the margins.
    uint256 internal constant BLOCK_LEG_EVENT = 12_000;
    /// Units of the quote of one instrument, beside the nodes that it touches.
    uint256 internal constant QUOTE_EVENT = 16_000;
    /// What one transaction may use, by kind.
    uint256 internal constant ORDER_LIMIT = 8_400_000;
    uint256 internal constant CANCEL_LIMIT = 1_300_000;
    uint256 internal constant REPLACE_LIMIT = 8_400_000;
    uint256 internal constant CANCEL_ALL_LIMIT = 5_000_000;
    uint256 internal constant SESSION_LIMIT = 800_000;
    uint256 internal constant REVOKE_LIMIT = 1_300_000;
    uint256 internal constant BLOCK_LIMIT = 8_600_000;
    uint256 internal constant QUOTES_LIMIT = 8_600_000;
    uint256 internal constant TICK_LIMIT = 30_000;
    uint256 internal constant REPORT_LIMIT = 1_500_000;
    uint256 internal constant LIST_UNDERLYING_LIMIT = 800_000;
    uint256 internal constant LIST_INSTRUMENT_LIMIT = 1_200_000;
    uint256 internal constant PERPETUAL_MARK_LIMIT = 4_500_000;
    uint256 internal constant WITHDRAW_LIMIT = 6_000_000;
    uint256 internal constant SETTLEMENT_LIMIT = 600_000;
    uint256 internal constant LIQUIDATE_LIMIT = 8_600_000;
    uint256 internal constant HOUSE_ORDER_LIMIT = 6_500_000;
    uint256 internal constant SETTLE_LIMIT = 400_000;
    uint256 internal constant PRUNE_LIMIT = 5_000_000;
    uint256 internal constant PROVIDER_LIMIT = 700_000;
    /// What those need to start that rarely use as much; others need what they may use.
    uint256 internal constant ORDER_START = 2_000_000;
    uint256 internal constant REPLACE_START = 2_600_000;
    uint256 internal constant WITHDRAW_START = 1_400_000;
    uint256 internal constant CONDITIONAL_START = 2_000_000;
    uint256 internal constant BLOCK_START = 3_000_000;
    uint256 internal constant QUOTES_START = 3_600_000;
    uint256 internal constant MARK_START = 700_000;
    uint256 internal constant LIQUIDATE_START = 1_000_000;
    uint256 internal constant HOUSE_ORDER_START = 2_150_000;
    /// What reading one position into a margin may cost, at most.
    uint256 internal constant POSITION_BOUND = 165_000;
    /// What one maker may cost an order beside the maker's positions, at most.
    uint256 internal constant MAKER_BASE = 950_000;
    /// What an order or a withdrawal keeps back for its end: margins, nonce, resting, account.
    uint256 internal constant ORDER_END = 900_000;
    /// What taking a resting order out of the book may cost, at most.
    uint256 internal constant REMOVAL_BOUND = 600_000;
    /// What a cancel-all keeps back for its end: the nonce, two old words of nonces, the account.
    uint256 internal constant CANCEL_ALL_END = 400_000;
    /// What looking at one resting order for a perpetual's premium may cost, at most.
    uint256 internal constant PREMIUM_BOUND = 600_000;
    /// What a perpetual's mark keeps back for its end: writing the market and the premium record.
    uint256 internal constant PREMIUM_END = 60_000;
    /// What reading one leg of a block may cost, at most.
    uint256 internal constant BLOCK_LEG_BOUND = 520_000;
    /// What a block keeps back for each leg, and for its end.
    uint256 internal constant BLOCK_LEG_END = 75_000;
    uint256 internal constant BLOCK_END = 850_000;
    /// What planning and writing one quote may cost, at most.
    uint256 internal constant QUOTE_BOUND = 2_700_000;
    /// What quotes keep back for their end: the nonce, two old words of nonces, the account.
    uint256 internal constant QUOTES_END = 400_000;
    /// What a liquidation keeps back for the margins that it evaluates when all is read.
    uint256 internal constant LIQUIDATE_END = 250_000;
    /// What removing one resting order of an instrument may cost, at most, and what a pruning keeps back for its end.
    uint256 internal constant PRUNE_ORDER_BOUND = 700_000;
    uint256 internal constant PRUNE_END = 500_000;
}
