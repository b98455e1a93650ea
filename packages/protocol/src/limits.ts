/**
 * Limits of the protocol. `contracts/src/step/Limits.sol` states those that the step function uses, and a test holds
 * the two equal. Metered units approximate L1 gas (see `packages/store/src/meter.ts` for the units of tree nodes).
 */

/** Seconds that an admission deadline may lie ahead of the engine's clock. */
export const MAX_DEADLINE_AHEAD_SECONDS = 600;
/** Seconds that the admission deadline of a conditional order may lie ahead of the engine's clock: thirty days. */
export const MAX_CONDITIONAL_AHEAD_SECONDS = 2_592_000;
/** Deadlines that agree in all but this many low bits share one set of nonces. */
export const DEADLINE_BUCKET_BITS = 6;
/** Resting orders that an account may have. */
export const MAX_RESTING_ORDERS = 200;
/** Instruments in which an account may hold a position. */
export const MAX_POSITIONS = 64;
/** Underlyings that may be listed. */
export const MAX_UNDERLYINGS = 16;
/** Instruments that may ever be listed: their numbers, from 1, have 24 bits, and one more still fits. */
export const MAX_INSTRUMENTS = 2 ** 24 - 2;
/** Largest value of one fill or one order, in cash (1e-6 USD). */
export const MAX_ORDER_VALUE = 2 ** 51;
/** Largest cash of an account in magnitude that a fill may leave, in cash (1e-6 USD). */
export const MAX_CASH = 2 ** 52;
/** Deposits, all together, that the inbox accepts, in cash (1e-6 USD): MAX_CASH + MAX_DEPOSITS < 2^53. */
export const MAX_DEPOSITS = 2 ** 52 - 1;
/** Most lots of an instrument held long, over all accounts. */
export const MAX_OPEN_INTEREST = 2 ** 52;
/** Largest position in magnitude, in lots. */
export const MAX_POSITION_LOTS = 2 ** 40;
/** Smallest and largest price in 1e-8 USD: 0 < price < MAX_PRICE. */
export const MAX_PRICE = 2 ** 53;
/** Largest lot in 1e-8 units of the underlying. */
export const MAX_LOT = 2 ** 40;
/** A loss per lot lies within ± this, in 1e-9 USD (it is stored in 48 bits). */
export const MAX_LOSS_PER_LOT = 2 ** 47;
/** What the house holds and what is owed as funding, together, lies within ± this, in 1e-9 USD. */
export const MAX_CLAIMS = 2n ** 126n;
/** Fee of a maker whose margin does not allow the fill, in cash (1e-6 USD); at most what cash the account has. */
export const UNDER_MARGINED_MAKER_FEE = 100_000;
/** Client order ids from here on are those of quotes: this, and twice the instrument, and 1 for the offer. */
export const FIRST_QUOTE_ID = 0xfc000000;
/** Value of resting orders of a side, in cash (1e-6 USD), over which a perpetual's premium is an average. */
export const IMPACT_VALUE = 10_000_000_000;
/** Resting orders of a side that a perpetual's premium looks at, at most. */
export const PREMIUM_ORDERS = 16;
/** Periods of an hour over which a perpetual's premium is paid as funding. */
export const FUNDING_PERIODS = 8;
/** Seconds by which the reports behind an account's marks may differ where it is liquidated. */
export const LIQUIDATION_SKEW_SECONDS = 10;
/** What a settled instrument's market has for the time of its report: its mark never grows old. */
export const SETTLED_TIME = 2 ** 32 - 1;
/** Oracles in the set, at most (the bitmap has 16 bits). */
export const MAX_ORACLES = 16;
/** Surfaces in one oracle report, at most. */
export const MAX_SURFACES = 8;
/** Legs of a block trade, at most. */
export const MAX_LEGS = 8;
/** Instruments that one transaction quotes, at most. */
export const MAX_QUOTES = 32;

/** Chunks in a batch, at most. */
export const MAX_CHUNKS = 32;
/** Bytes of a chunk, at most. */
export const MAX_CHUNK_BYTES = 12_000;
/** Bytes of the calldata of a post and of a proof, at most: mempools carry transactions of 131,072. */
export const MAX_CALLDATA_BYTES = 128_000;
/** Inbox messages in a bridge chunk, at most. */
export const MAX_CHUNK_MESSAGES = 32;

/** Metered units of a chunk, at most: no transaction starts that might pass it. */
export const CHUNK_LIMIT = 9_000_000;
/** Units of a chunk before its first transaction: the transaction's own gas, header, dispatch. */
export const CHUNK_BASE = 350_000;
/** Units per byte of a chunk. */
export const CHUNK_BYTE = 66;
/** Units of a transaction: decoding, running hash, dispatch. */
export const TRANSACTION_BASE = 3_000;
/** Units of one recovered signature with its typed-data hash. */
export const SIGNATURE_EVENT = 7_000;
/** Units of a transaction of an account that was admitted: its records, its nonce. */
export const ADMISSION_EVENT = 8_000;
/** Units of one risk array. */
export const MARK_EVENT = 98_000;
/** Units of reading one position into a margin. */
export const POSITION_EVENT = 4_000;
/** Units of evaluating one margin per underlying. */
export const MARGIN_EVENT = 4_000;
/** Units of one resting order that is met, beside the nodes that it touches. */
export const MEETING_EVENT = 6_000;
/** Units of one fill beside that, the nodes that it touches and the margins. */
export const FILL_EVENT = 8_000;
/** Units of one leg of a block trade, beside the nodes that it touches and the margins. */
export const BLOCK_LEG_EVENT = 12_000;
/** Units of the quote of one instrument, beside the nodes that it touches. */
export const QUOTE_EVENT = 16_000;

/**
 * What one transaction may use, by kind. Most start only if this still fits the chunk; those for which a smaller start is
 * stated below, which rarely use as much, start if what they use before they read a portfolio or meet a maker fits, and
 * their end (see below), and are left to the next chunk where they find that the rest does not. Two accounts of
 * MAX_POSITIONS positions each, of which they share none, can trade. CHUNK_BASE and what any of them may use fit a chunk.
 */
export const ORDER_LIMIT = 8_400_000;
/**
 * The deepest paths that keys can have, in round units: the account 95,000, its session key 115,000, the nonce 180,000,
 * two old words of nonces 200,000, the removal REMOVAL_BOUND, the writes and events 60,000.
 */
export const CANCEL_LIMIT = 1_300_000;
export const REPLACE_LIMIT = 8_400_000;
/**
 * As a cancel, with as many removals as fit: six at their dearest, some seventy of an account's
 * 200 among 100,000 resting orders, nearly all in a small state.
 */
export const CANCEL_ALL_LIMIT = 5_000_000;
/** As a cancel, without the removal; the session key's path is walked again to write or remove it. */
export const SESSION_LIMIT = 800_000;
/** As a cancel, with a second nonce in place of the removal. */
export const REVOKE_LIMIT = 1_300_000;
/** Two accounts of MAX_POSITIONS positions each, of which they share none but what they trade, can trade MAX_LEGS legs. */
export const BLOCK_LIMIT = 8_600_000;
/** As many quotes as fit: four on the deepest paths, some twenty in a large state, MAX_QUOTES in a small one. */
export const QUOTES_LIMIT = 8_600_000;
export const TICK_LIMIT = 30_000;
export const REPORT_LIMIT = 1_500_000;
export const LIST_UNDERLYING_LIMIT = 800_000;
export const LIST_INSTRUMENT_LIMIT = 1_200_000;
/** With the best orders of both sides, from which the premium is taken; an option's mark uses less than MARK_START. */
export const PERPETUAL_MARK_LIMIT = 4_500_000;
export const WITHDRAW_LIMIT = 6_000_000;
export const SETTLEMENT_LIMIT = 600_000;
/**
 * In a large state an account of MAX_POSITIONS positions uses 4.5 million units where the house takes over, and 7.0 million
 * where a provider does that has positions in half of them, which are closed, and as many others.
 */
export const LIQUIDATE_LIMIT = 8_600_000;
/** As a withdrawal, with the market, the position and the instrument. */
export const HOUSE_ORDER_LIMIT = 6_500_000;
/** A market, 86,000; a position, 153,000; an account, 95,000; writing or removing them, 29,000. */
export const SETTLE_LIMIT = 400_000;
/** As a cancel-all, with as many removals as fit. */
export const PRUNE_LIMIT = 5_000_000;
/** As a session key, which is read but not written. */
export const PROVIDER_LIMIT = 700_000;

/**
 * What orders, replacements and withdrawals need to start: their bytes, signature and admission, 25,000; the account,
 * 96,000; its session key, 115,000; the nonce, 180,000; instrument and market, 162,000; the parameters with 16 oracles,
 * 38,000, and the underlying, 26,000; the list of orders, 172,000; the position, 155,000; and ORDER_END. A replacement
 * finds the old order as well, 480,000, and keeps back what its removal costs, 80,000. A withdrawal reads only the
 * account, its nonce and the parameters, and finds the account's first position, 80,000.
 */
export const ORDER_START = 2_000_000;
export const REPLACE_START = 2_600_000;
export const WITHDRAW_START = 1_400_000;
/** As an order: an order's limit, too, is a conditional order's. */
export const CONDITIONAL_START = 2_000_000;
/**
 * A block's bytes and two signatures, 50,000; twice the account, its session key and its nonce, 780,000; the parameters,
 * 40,000; one leg, and what eight legs and the end keep back.
 */
export const BLOCK_START = 3_000_000;
/** Quotes' bytes, signature and admission, 465,000; the parameters, 40,000; one quote and the end. */
export const QUOTES_START = 3_600_000;
/** Instrument, market and premium record, 245,000; underlying or expiry, 120,000; the risk array; PREMIUM_END. */
export const MARK_START = 700_000;
export const LIQUIDATE_START = 1_000_000;
export const HOUSE_ORDER_START = 2_150_000;

/*
 * What is kept back, so that no order passes its limit. Paths are as long as their keys allow, 4 branches of the table
 * byte and then, by field: instrument or market 24, account 32, position 32 + 24, account order 32 + 32, nonce
 * 32 + 26 + 8, book 24 + 1 + 40 + 48; of underlyings there are 16. A branch first touched costs 2,300 and each visit
 * 200, a leaf 1,600 and 66 for each byte. The branches of the table byte are touched before an order is matched.
 */

/**
 * What reading one position into a margin may cost, at most, and looking for the first: the entry 24 branches below its
 * account, 64,000; its market, 78,000; its underlying, where it is the first in it, 17,000; the event, 4,000.
 */
export const POSITION_BOUND = 165_000;
/**
 * What one maker may cost an order beside the positions of both: finding the next order, at its dearest down an
 * untouched path and up again after a walk down another, 344,000; the account's list of orders, 164,000; the account,
 * 90,000; its position, 144,000; the events, 14,000; writing these four, 85,000; what a new position adds to the writes of
 * the others, 400 for each of at most 120.
 */
export const MAKER_BASE = 950_000;
/**
 * What an order or a withdrawal keeps back for its end: two margins over all underlyings, after a trade and before it,
 * 128,000; resting, 89 branches below what finding the best order touched, 260,000, and in the account's list of orders
 * 32,000; the market and the account, 16,000; two old words of nonces and the new one, 340,000. A withdrawal's record,
 * 195,000, is less than resting.
 */
export const ORDER_END = 900_000;
/**
 * What taking a resting order out of the book may cost, at most: its path in the book has 4 + 24 + 1 + 40 + 48 branches
 * and that of its client order id 4 + 32 + 32, each first touched and then walked down and up.
 */
export const REMOVAL_BOUND = 600_000;
/** What a cancel-all keeps back for its end: the nonce, two old words of nonces, the account. */
export const CANCEL_ALL_END = 400_000;
/**
 * What looking at one resting order for a perpetual's premium may cost, at most: finding it, as for MAKER_BASE, 344,000;
 * its account, 90,000; its position, 144,000; the event.
 */
export const PREMIUM_BOUND = 600_000;
/** What a perpetual's mark keeps back for its end: writing the market and the premium record, anew at the first mark. */
export const PREMIUM_END = 60_000;
/**
 * What reading one leg of a block may cost, at most: instrument and market, 143,000; the underlying, 54,000; both
 * positions, 288,000; the event.
 */
export const BLOCK_LEG_BOUND = 520_000;
/** What a block keeps back for each leg: writing both positions and the market, with the branches that new ones add. */
export const BLOCK_LEG_END = 75_000;
/**
 * What a block keeps back for its end: two margins over all underlyings, 128,000; two nonces with two old words each,
 * 680,000; both accounts, 20,000.
 */
export const BLOCK_END = 850_000;
/**
 * What planning and writing one quote may cost, at most: the list of orders twice, 263,000; two old orders, 536,000;
 * instrument, market and underlying, 197,000; the first order of both other sides and, of one, the next, 950,000; the ways
 * to two new places, 480,000; the writes, 240,000; the event.
 */
export const QUOTE_BOUND = 2_700_000;
/** What quotes keep back for their end: as a cancel-all. */
export const QUOTES_END = 400_000;
/**
 * What a liquidation keeps back for the margins that it evaluates when all is read, three over all underlyings, 192,000,
 * and for two walks on touched paths; beside that, POSITION_EVENT twice for each position. What its writes may cost is known then.
 */
export const LIQUIDATE_END = 250_000;
/**
 * What removing one resting order of an instrument may cost, at most: finding it, 344,000 as for MAKER_BASE; its place in
 * its account's list, 175,000; its account, 104,000; taking it out of the book, 25,000.
 */
export const PRUNE_ORDER_BOUND = 700_000;
/** What a pruning keeps back for its end: the listing, 293,000; the expiry, 149,000; market and instrument, 14,000. */
export const PRUNE_END = 500_000;
