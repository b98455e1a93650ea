import {
  type AccountNumber,
  type Cash,
  MAX_ORACLES,
  type Price,
  type Quantity,
  RecourseError,
  readInt,
  readInt64,
  readUint,
  type Seconds,
  type Surface,
  type UnderlyingNumber,
  writeInt,
  writeInt64,
  writeUint,
} from "@recourse/protocol";
import { scenarios } from "./riskArray.ts";

/**
 * Values of the state's records: fields of fixed width, big-endian, signed ones in two's complement. A value stored in
 * the tree is never changed in place, so a decoded record is kept beside its bytes and decoded once.
 */

/** The state's one global record. */
export interface GlobalRecord {
  /** The engine's clock. */
  time: Seconds;
  /** Reverts so far. */
  era: number;
  /** The number of the sequencer's time in office. */
  term: number;
  /** Transactions of the term's stream so far. */
  position: number;
  /** The hash of the term's stream so far; 32 bytes. */
  runningHash: Uint8Array;
  /** The number that the next listed instrument gets. */
  nextInstrument: number;
  /** The sequence number that the next resting order gets. */
  nextSequence: number;
  /** Inbox messages executed so far. */
  inboxCursor: number;
  /** The number that the next withdrawal gets. */
  nextWithdrawal: number;
  /** Cash of the insurance fund, which owns the house's lots as well; negative where those are worth more. */
  insurance: Cash;
  /** Recognised losses that the fund could not bear. */
  deficit: Cash;
  /** Everything ever deposited and withdrawn. */
  deposits: Cash;
  withdrawals: Cash;
  underlyingCount: number;
  /** What the house's lots are worth and what is owed to the fund as funding, net, in nano-USD; see `fund.ts`. */
  claims: bigint;
  /** Sums over all accounts of their initial margin and of their notional value, in cash. */
  margin: bigint;
  notional: bigint;
}

export const GLOBAL_BYTES = 154;

export function encodeGlobal(record: GlobalRecord): Uint8Array {
  const bytes = new Uint8Array(GLOBAL_BYTES);
  writeUint(bytes, 0, 4, record.time);
  writeUint(bytes, 4, 4, record.era);
  writeUint(bytes, 8, 4, record.term);
  writeUint(bytes, 12, 8, record.position);
  bytes.set(record.runningHash, 20);
  writeUint(bytes, 52, 4, record.nextInstrument);
  writeUint(bytes, 56, 8, record.nextSequence);
  writeUint(bytes, 64, 8, record.inboxCursor);
  writeUint(bytes, 72, 8, record.nextWithdrawal);
  writeInt64(bytes, 80, record.insurance);
  writeUint(bytes, 88, 8, record.deficit);
  writeUint(bytes, 96, 8, record.deposits);
  writeUint(bytes, 104, 8, record.withdrawals);
  writeUint(bytes, 112, 2, record.underlyingCount);
  writeInt(bytes, 114, 16, record.claims);
  writeInt(bytes, 130, 12, record.margin);
  writeInt(bytes, 142, 12, record.notional);
  return bytes;
}

export function decodeGlobal(bytes: Uint8Array): GlobalRecord {
  return {
    time: readUint(bytes, 0, 4) as Seconds,
    era: readUint(bytes, 4, 4),
    term: readUint(bytes, 8, 4),
    position: readUint(bytes, 12, 8),
    runningHash: bytes.slice(20, 52),
    nextInstrument: readUint(bytes, 52, 4),
    nextSequence: readUint(bytes, 56, 8),
    inboxCursor: readUint(bytes, 64, 8),
    nextWithdrawal: readUint(bytes, 72, 8),
    insurance: readInt64(bytes, 80) as Cash,
    deficit: readUint(bytes, 88, 8) as Cash,
    deposits: readUint(bytes, 96, 8) as Cash,
    withdrawals: readUint(bytes, 104, 8) as Cash,
    underlyingCount: readUint(bytes, 112, 2),
    claims: readInt(bytes, 114, 16),
    margin: readInt(bytes, 130, 12),
    notional: readInt(bytes, 142, 12),
  };
}

/** Who may list and report; fixed at genesis in this version. */
export interface GenesisParameters {
  /** Whose signature lists underlyings and instruments; 20 bytes. */
  readonly lister: Uint8Array;
  /** The oracle set, 20 bytes each, at most MAX_ORACLES. */
  readonly oracles: readonly Uint8Array[];
  /** Distinct oracles that must have signed a report. */
  readonly oracleThreshold: number;
  /** A report may lie this far behind the engine's clock. */
  readonly maxReportAgeSeconds: number;
  /** The report that an instrument was marked from may lie this far behind the engine's clock where a risk is taken. */
  readonly maxMarkAgeSeconds: number;
}

const PARAMETERS_HEAD_BYTES = 30;

/** lister (20) ‖ threshold (1) ‖ maximum ages of report and mark (4 each) ‖ number of oracles (1) ‖ oracles (20 each). */
export function encodeParameters(parameters: GenesisParameters): Uint8Array {
  const bytes = new Uint8Array(PARAMETERS_HEAD_BYTES + 20 * parameters.oracles.length);
  bytes.set(parameters.lister);
  bytes[20] = parameters.oracleThreshold;
  writeUint(bytes, 21, 4, parameters.maxReportAgeSeconds);
  writeUint(bytes, 25, 4, parameters.maxMarkAgeSeconds);
  bytes[29] = parameters.oracles.length;
  parameters.oracles.forEach((oracle, place) => {
    bytes.set(oracle, PARAMETERS_HEAD_BYTES + 20 * place);
  });
  return bytes;
}

const parametersCache = new WeakMap<Uint8Array, GenesisParameters>();

/** @throws RecourseError where the bytes are no parameters, or parameters under which no report could be taken */
export function decodeParameters(bytes: Uint8Array): GenesisParameters {
  const cached = parametersCache.get(bytes);
  if (cached) return cached;
  const count = bytes[29] ?? 0;
  const threshold = bytes[20] ?? 0;
  if (
    count > MAX_ORACLES ||
    bytes.length !== PARAMETERS_HEAD_BYTES + 20 * count ||
    threshold < 1 ||
    threshold > count
  ) {
    throw new RecourseError("BadParameters", "The genesis parameters are malformed.", [
      { field: "parameters", expected: `1 to ${MAX_ORACLES} oracles and a threshold between 1 and their number` },
    ]);
  }
  const parameters: GenesisParameters = {
    lister: bytes.slice(0, 20),
    oracleThreshold: threshold,
    maxReportAgeSeconds: readUint(bytes, 21, 4),
    maxMarkAgeSeconds: readUint(bytes, 25, 4),
    oracles: Array.from({ length: count }, (_, place) =>
      bytes.slice(PARAMETERS_HEAD_BYTES + 20 * place, PARAMETERS_HEAD_BYTES + 20 * (place + 1)),
    ),
  };
  parametersCache.set(bytes, parameters);
  return parameters;
}

export interface UnderlyingRecord {
  /** ASCII, padded by zeros; 8 bytes. */
  readonly symbol: Uint8Array;
  /** The scenario grid by number. */
  readonly grid: number;
  /** 0 before the first report. */
  readonly index: Price;
  readonly indexTime: Seconds;
}

export function encodeUnderlying(record: UnderlyingRecord): Uint8Array {
  const bytes = new Uint8Array(21);
  bytes.set(record.symbol);
  bytes[8] = record.grid;
  writeUint(bytes, 9, 8, record.index);
  writeUint(bytes, 17, 4, record.indexTime);
  return bytes;
}

export function decodeUnderlying(bytes: Uint8Array): UnderlyingRecord {
  return {
    symbol: bytes.slice(0, 8),
    grid: bytes[8]!,
    index: readUint(bytes, 9, 8) as Price,
    indexTime: readUint(bytes, 17, 4) as Seconds,
  };
}

/** What the oracle says of an expiry. */
export interface ExpiryRecord extends Omit<Surface, "expiry"> {
  /** Instruments listed with this expiry. */
  readonly instruments: number;
  /** Of the report; 0 before the first. */
  readonly time: Seconds;
  /** The settlement price; 0 before it is reported. */
  readonly settlement: Price;
  /** The underlying's index in the report that the surface came with; 0 before the first. */
  readonly index: Price;
}

export function encodeExpiry(record: ExpiryRecord): Uint8Array {
  const bytes = new Uint8Array(72);
  writeUint(bytes, 0, 4, record.instruments);
  writeUint(bytes, 4, 8, record.forward);
  writeUint(bytes, 12, 4, record.time);
  writeInt(bytes, 16, 8, record.a);
  writeInt(bytes, 24, 8, record.b);
  writeInt(bytes, 32, 8, record.rho);
  writeInt(bytes, 40, 8, record.m);
  writeInt(bytes, 48, 8, record.sigma);
  writeUint(bytes, 56, 8, record.settlement);
  writeUint(bytes, 64, 8, record.index);
  return bytes;
}

export function decodeExpiry(bytes: Uint8Array): ExpiryRecord {
  return {
    instruments: readUint(bytes, 0, 4),
    forward: readUint(bytes, 4, 8) as Price,
    time: readUint(bytes, 12, 4) as Seconds,
    a: readInt(bytes, 16, 8),
    b: readInt(bytes, 24, 8),
    rho: readInt(bytes, 32, 8),
    m: readInt(bytes, 40, 8),
    sigma: readInt(bytes, 48, 8),
    settlement: readUint(bytes, 56, 8) as Price,
    index: readUint(bytes, 64, 8) as Price,
  };
}

/** The terms of an instrument: they never change. */
export interface InstrumentRecord {
  /** 0 perpetual, 1 call, 2 put. */
  readonly kind: number;
  readonly underlying: UnderlyingNumber;
  /** 0 for a perpetual. */
  readonly expiry: Seconds;
  /** 0 for a perpetual. */
  readonly strike: Price;
  /** The price of one rank. */
  readonly tick: Price;
  readonly lot: Quantity;
  readonly minimumNotional: Cash;
  /** In 1e-6 of the traded value. */
  readonly takerFeeRate: number;
  readonly makerFeeRate: number;
}

export function encodeInstrument(record: InstrumentRecord): Uint8Array {
  const bytes = new Uint8Array(43);
  bytes[0] = record.kind;
  writeUint(bytes, 1, 2, record.underlying);
  writeUint(bytes, 3, 4, record.expiry);
  writeUint(bytes, 7, 8, record.strike);
  writeUint(bytes, 15, 8, record.tick);
  writeUint(bytes, 23, 8, record.lot);
  writeUint(bytes, 31, 8, record.minimumNotional);
  writeUint(bytes, 39, 2, record.takerFeeRate);
  writeUint(bytes, 41, 2, record.makerFeeRate);
  return bytes;
}

const instrumentCache = new WeakMap<Uint8Array, InstrumentRecord>();

export function decodeInstrument(bytes: Uint8Array): InstrumentRecord {
  const cached = instrumentCache.get(bytes);
  if (cached) return cached;
  const record: InstrumentRecord = {
    kind: bytes[0]!,
    underlying: readUint(bytes, 1, 2) as UnderlyingNumber,
    expiry: readUint(bytes, 3, 4) as Seconds,
    strike: readUint(bytes, 7, 8) as Price,
    tick: readUint(bytes, 15, 8) as Price,
    lot: readUint(bytes, 23, 8) as Quantity,
    minimumNotional: readUint(bytes, 31, 8) as Cash,
    takerFeeRate: readUint(bytes, 39, 2),
    makerFeeRate: readUint(bytes, 41, 2),
  };
  instrumentCache.set(bytes, record);
  return record;
}

/**
 * What changes of an instrument, and all that margin needs of it: a leaf of its own, so that a margin's witness is small.
 * The first marking makes it.
 */
export interface MarketRecord {
  readonly underlying: UnderlyingNumber;
  /** As the instrument's: 0 perpetual, 1 call, 2 put. */
  readonly kind: number;
  /** Value of one lot, in nano-USD. */
  readonly mark: bigint;
  /** Forward delta of one lot, in 1e-12 of the underlying. */
  readonly delta: bigint;
  /** The engine's clock at the marking. */
  readonly time: Seconds;
  /** The time of the report that it was marked from; SETTLED_TIME where the instrument is settled. */
  readonly reportTime: Seconds;
  /** The underlying's index in that report; the settlement price where the instrument is settled. */
  readonly index: Price;
  /** As the instrument's. */
  readonly lot: Quantity;
  /** How far one lot's value may lie under what the scenarios see of it, in nano-USD. */
  readonly gap: bigint;
  /** Lots held long, by all accounts and the house. */
  readonly openInterest: number;
  /** Lots held by the house. */
  readonly houseLots: number;
  /** What one lot held long has paid as funding since the listing, in nano-USD. */
  readonly fundingIndex: bigint;
  /** Weighted loss of one lot held long in each scenario, in nano-USD; within ± MAX_LOSS_PER_LOT. */
  readonly losses: readonly bigint[];
}

const LOSS_BYTES = 6;
const LOSSES_AT = 70;
const OPEN_INTEREST_AT = 46;

export function encodeMarket(record: MarketRecord): Uint8Array {
  const bytes = new Uint8Array(LOSSES_AT + LOSS_BYTES * scenarios.length);
  writeUint(bytes, 0, 2, record.underlying);
  bytes[2] = record.kind;
  writeInt(bytes, 3, 8, record.mark);
  writeInt(bytes, 11, 8, record.delta);
  writeUint(bytes, 19, 4, record.time);
  writeUint(bytes, 23, 4, record.reportTime);
  writeUint(bytes, 27, 8, record.index);
  writeUint(bytes, 35, 5, record.lot);
  writeInt(bytes, 40, 6, record.gap);
  writeUint(bytes, OPEN_INTEREST_AT, 8, record.openInterest);
  writeInt64(bytes, 54, record.houseLots);
  writeInt(bytes, 62, 8, record.fundingIndex);
  record.losses.forEach((loss, scenario) => {
    writeInt(bytes, LOSSES_AT + LOSS_BYTES * scenario, LOSS_BYTES, loss);
  });
  return bytes;
}

const marketCache = new WeakMap<Uint8Array, MarketRecord>();

export function decodeMarket(bytes: Uint8Array): MarketRecord {
  const cached = marketCache.get(bytes);
  if (cached) return cached;
  const record: MarketRecord = {
    underlying: readUint(bytes, 0, 2) as UnderlyingNumber,
    kind: bytes[2]!,
    mark: readInt(bytes, 3, 8),
    delta: readInt(bytes, 11, 8),
    time: readUint(bytes, 19, 4) as Seconds,
    reportTime: readUint(bytes, 23, 4) as Seconds,
    index: readUint(bytes, 27, 8) as Price,
    lot: readUint(bytes, 35, 5) as Quantity,
    gap: readInt(bytes, 40, 6),
    openInterest: readUint(bytes, OPEN_INTEREST_AT, 8),
    houseLots: readInt64(bytes, 54),
    fundingIndex: readInt(bytes, 62, 8),
    losses: scenarios.map((_, scenario) => readInt(bytes, LOSSES_AT + LOSS_BYTES * scenario, LOSS_BYTES)),
  };
  marketCache.set(bytes, record);
  return record;
}

/** What a perpetual's premium over its index was and is, in 1e-8 USD; the mark and the funding come of it. */
export interface PremiumRecord {
  /** The engine's clock at the last observation. */
  readonly time: Seconds;
  /** The premium that was observed then. */
  readonly premium: bigint;
  /** Its average up to then. */
  readonly average: bigint;
  /** Σ premium × seconds since the last full hour. */
  readonly hourSum: bigint;
}

export function encodePremium(record: PremiumRecord): Uint8Array {
  const bytes = new Uint8Array(28);
  writeUint(bytes, 0, 4, record.time);
  writeInt(bytes, 4, 8, record.premium);
  writeInt(bytes, 12, 8, record.average);
  writeInt(bytes, 20, 8, record.hourSum);
  return bytes;
}

export function decodePremium(bytes: Uint8Array): PremiumRecord {
  return {
    time: readUint(bytes, 0, 4) as Seconds,
    premium: readInt(bytes, 4, 8),
    average: readInt(bytes, 12, 8),
    hourSum: readInt(bytes, 20, 8),
  };
}

/** A market's value with another open interest: the rest, most of it losses, need be neither written nor read again. */
export function changeOpenInterest(value: Uint8Array, openInterest: number): Uint8Array {
  const bytes = value.slice();
  writeUint(bytes, OPEN_INTEREST_AT, 8, openInterest);
  marketCache.set(bytes, { ...decodeMarket(value), openInterest });
  return bytes;
}

export interface AccountRecord {
  /** 20 bytes. */
  readonly owner: Uint8Array;
  cash: Cash;
  /** Resting orders, and instruments with a position. */
  restingOrders: number;
  positions: number;
  /** Initial margin and notional value of its positions when they last changed, in cash; 0 without positions. */
  margin: number;
  notional: number;
  /** Whether it may take over the positions of accounts that are liquidated. */
  isProvider: boolean;
}

/** An account as its first deposit finds it. */
export function newAccount(owner: Uint8Array): AccountRecord {
  return { owner, cash: 0 as Cash, restingOrders: 0, positions: 0, margin: 0, notional: 0, isProvider: false };
}

/** The bit of an account record's last byte that says liquidity provider. */
const PROVIDER_FLAG = 1;

export function encodeAccount(record: AccountRecord): Uint8Array {
  const bytes = new Uint8Array(49);
  bytes.set(record.owner);
  writeInt64(bytes, 20, record.cash);
  writeUint(bytes, 28, 2, record.restingOrders);
  writeUint(bytes, 30, 2, record.positions);
  writeUint(bytes, 32, 8, record.margin);
  writeUint(bytes, 40, 8, record.notional);
  bytes[48] = record.isProvider ? PROVIDER_FLAG : 0;
  return bytes;
}

export function decodeAccount(bytes: Uint8Array): AccountRecord {
  return {
    owner: bytes.slice(0, 20),
    cash: readInt64(bytes, 20) as Cash,
    restingOrders: readUint(bytes, 28, 2),
    positions: readUint(bytes, 30, 2),
    margin: readUint(bytes, 32, 8),
    notional: readUint(bytes, 40, 8),
    isProvider: (bytes[48]! & PROVIDER_FLAG) !== 0,
  };
}

/** A key that signs for an account in its owner's stead. */
export interface SessionRecord {
  /** Its address, 20 bytes. */
  readonly key: Uint8Array;
  /** Bits of `SessionScope`. */
  readonly scope: number;
  /** The last second of the engine's clock in which it signs. */
  readonly expiry: Seconds;
}

export function encodeSession(record: SessionRecord): Uint8Array {
  const bytes = new Uint8Array(25);
  bytes.set(record.key);
  bytes[20] = record.scope;
  writeUint(bytes, 21, 4, record.expiry);
  return bytes;
}

export function decodeSession(bytes: Uint8Array): SessionRecord {
  return { key: bytes.slice(0, 20), scope: bytes[20]!, expiry: readUint(bytes, 21, 4) as Seconds };
}

export const POSITION_BYTES = 16;

export interface PositionRecord {
  /** Positive held long, negative held short; never 0. */
  readonly lots: number;
  /** The market's funding index up to which the position has paid. */
  readonly fundingIndex: bigint;
}

export function encodePosition(lots: number, fundingIndex: bigint): Uint8Array {
  const bytes = new Uint8Array(POSITION_BYTES);
  writeInt64(bytes, 0, lots);
  writeInt(bytes, 8, 8, fundingIndex);
  return bytes;
}

export function decodePosition(bytes: Uint8Array): PositionRecord {
  return { lots: readInt64(bytes, 0), fundingIndex: readInt(bytes, 8, 8) };
}

/** An order in the book. */
export interface BookRecord {
  readonly account: AccountNumber;
  readonly clientOrderId: number;
  /** What is left of it. */
  readonly lots: number;
  /** It is dead when the clock has passed this; 0 for never. */
  readonly goodTill: number;
  /** It is dead in any later era. */
  readonly era: number;
  /** Whether it may only bring its account's position nearer to zero. */
  readonly isReduceOnly: boolean;
}

/** The bit of a book record's last byte that says reduce-only. */
const REDUCE_ONLY_FLAG = 1;

export const BOOK_RECORD_BYTES = 21;

export function encodeBookRecord(record: BookRecord): Uint8Array {
  const bytes = new Uint8Array(BOOK_RECORD_BYTES);
  writeUint(bytes, 0, 4, record.account);
  writeUint(bytes, 4, 4, record.clientOrderId);
  writeUint(bytes, 8, 4, record.lots);
  writeUint(bytes, 12, 4, record.goodTill);
  writeUint(bytes, 16, 4, record.era);
  bytes[20] = record.isReduceOnly ? REDUCE_ONLY_FLAG : 0;
  return bytes;
}

export function decodeBookRecord(bytes: Uint8Array): BookRecord {
  return {
    account: readUint(bytes, 0, 4) as AccountNumber,
    clientOrderId: readUint(bytes, 4, 4),
    lots: readUint(bytes, 8, 4),
    goodTill: readUint(bytes, 12, 4),
    era: readUint(bytes, 16, 4),
    isReduceOnly: (bytes[20]! & REDUCE_ONLY_FLAG) !== 0,
  };
}

/** Where an account's order rests: the bytes of its book key after the table byte. */
export const ACCOUNT_ORDER_BYTES = 15;

export interface WithdrawalRecord {
  /** 20 bytes. */
  readonly recipient: Uint8Array;
  readonly amount: Cash;
  readonly time: Seconds;
}

export function encodeWithdrawal(record: WithdrawalRecord): Uint8Array {
  const bytes = new Uint8Array(32);
  bytes.set(record.recipient);
  writeUint(bytes, 20, 8, record.amount);
  writeUint(bytes, 28, 4, record.time);
  return bytes;
}

export function decodeWithdrawal(bytes: Uint8Array): WithdrawalRecord {
  return {
    recipient: bytes.slice(0, 20),
    amount: readUint(bytes, 20, 8) as Cash,
    time: readUint(bytes, 28, 4) as Seconds,
  };
}

/** The value of a listing: the instrument's number (3). */
export function encodeInstrumentNumber(instrument: number): Uint8Array {
  const bytes = new Uint8Array(3);
  writeUint(bytes, 0, 3, instrument);
  return bytes;
}

export function decodeInstrumentNumber(bytes: Uint8Array): number {
  return readUint(bytes, 0, 3);
}
