import {
  type AccountNumber,
  BLOCK_END,
  BLOCK_LEG_BOUND,
  BLOCK_LEG_END,
  BLOCK_LEG_EVENT,
  BLOCK_LIMIT,
  type BlockTrade,
  type Cash,
  type Leg,
  MAX_CASH,
  MAX_OPEN_INTEREST,
  MAX_POSITION_LOTS,
  MAX_POSITIONS,
  nanoUsdPerCash,
  Reason,
  type ReasonCode,
  Side,
} from "@recourse/protocol";
import { admit, admitMaker, useMakerNonce, useNonce } from "./admission.ts";
import { ceilDiv } from "./arithmetic.ts";
import { isWithinBand } from "./band.ts";
import { writeAccount } from "./book.ts";
import type { BlockLegEvent, EngineEvent } from "./events.ts";
import { adjustTotals, fundingDue, isFundWithinRange, settleFund } from "./fund.ts";
import { marketKey, positionKey } from "./keys.ts";
import { addPosition, type Evaluation, evaluate, isStale, readPortfolio } from "./margin.ts";
import { feeCeil, longChange } from "./matching.ts";
import { type AccountRecord, decodePosition, encodeMarket, encodePosition } from "./records.ts";
import { fullness, type NextChunk, nextChunk } from "./room.ts";
import type { Step } from "./step.ts";
import { judgeTerms, readMaxMarkAge, readTradable, type Tradable } from "./tradable.ts";

/** A party of a block, as it will be. */
interface Party {
  readonly account: AccountNumber;
  readonly record: AccountRecord;
  /** Its position in each leg's instrument after the block. */
  readonly lots: number[];
  /** Of all its positions after the block. */
  margin: Evaluation | undefined;
}

/** What a block will do, found out before anything is written. */
interface Block {
  readonly step: Step;
  readonly maxMarkAge: number;
  readonly taker: Party;
  readonly maker: Party;
  readonly tradables: Tradable[];
  readonly openInterests: number[];
  readonly legEvents: BlockLegEvent[];
  readonly events: EngineEvent[];
  /** The fund's, as they will be. */
  insurance: bigint;
  claims: bigint;
}

/**
 * Executes a block trade: several legs that two accounts have agreed upon, at their prices and outside the books, all of
 * them or none. Both have signed all of it, and both nonces are used. Margins are judged once, after all legs, so that a
 * spread needs what it needs as a whole.
 */
export function blockTrade(step: Step, transaction: BlockTrade): ReasonCode | NextChunk {
  if (!isWellFormed(transaction)) return Reason.MalformedBlock;
  const taker = admit(step, transaction);
  if (taker.reason !== Reason.Ok) return taker.reason;
  const maker = admitMaker(step, transaction);
  if (maker.reason !== Reason.Ok) return maker.reason;
  const block: Block = {
    step,
    maxMarkAge: readMaxMarkAge(step),
    taker: { account: transaction.account, record: taker.account!, lots: [], margin: undefined },
    maker: { account: transaction.makerAccount, record: maker.account!, lots: [], margin: undefined },
    tradables: [],
    openInterests: [],
    legEvents: [],
    events: [],
    insurance: BigInt(step.global.insurance),
    claims: step.global.claims,
  };
  const { legs } = transaction;
  const keptBack = BLOCK_END + legs.length * BLOCK_LEG_END;
  for (const leg of legs) {
    const full = fullness(step.store, BLOCK_LEG_BOUND + keptBack, BLOCK_LIMIT);
    if (full !== undefined) return full === "chunk" ? nextChunk : Reason.ExceedsLimit;
    const reason = addLeg(block, leg);
    if (reason !== Reason.Ok) return reason;
  }
  const takerReason = judgeMargin(block, block.taker, legs, keptBack, Reason.InsufficientMargin);
  if (takerReason !== Reason.Ok) return takerReason;
  const makerReason = judgeMargin(block, block.maker, legs, keptBack, Reason.CounterpartyMargin);
  if (makerReason !== Reason.Ok) return makerReason;
  write(block, transaction);
  return Reason.Ok;
}

/** Whether the fields of a block are within their ranges, whatever the state. */
function isWellFormed({ account, makerAccount, legs }: BlockTrade): boolean {
  let previous = 0;
  for (const { instrument, side, priceRank, lots } of legs) {
    if (instrument <= previous || side > Side.sell || priceRank === 0 || lots === 0) return false;
    previous = instrument;
  }
  return legs.length > 0 && account !== makerAccount;
}

/** Takes one leg into the block, or says why it cannot be traded. */
function addLeg(block: Block, leg: Leg): ReasonCode {
  const { step, taker, maker } = block;
  step.store.charge(BLOCK_LEG_EVENT);
  const tradable = readTradable(step, leg.instrument, block.maxMarkAge);
  if (typeof tradable === "number") return tradable;
  const reason = judgeTerms(tradable, leg.priceRank, leg.lots);
  if (reason !== Reason.Ok) return reason;
  // Either side of a block could be the one that gives money away.
  if (!isWithinBand(leg.priceRank, tradable.band)) return Reason.OutsidePriceBand;
  const { instrument, market, tickValue } = tradable;
  const value = leg.priceRank * tickValue * leg.lots;
  const takerFee = feeCeil(value, instrument.takerFeeRate);
  const makerFee = feeCeil(value, instrument.makerFeeRate);
  const direction = leg.side === Side.buy ? 1 : -1;
  const takerChange = trade(block, taker, leg, tradable, direction, -direction * value - takerFee);
  if (takerChange === undefined) return Reason.ValueOutOfRange;
  const makerChange = trade(block, maker, leg, tradable, -direction, direction * value - makerFee);
  if (makerChange === undefined) return Reason.ValueOutOfRange;
  const openInterest = market.openInterest + takerChange + makerChange;
  block.insurance += BigInt(takerFee + makerFee);
  if (openInterest > MAX_OPEN_INTEREST || !isFundWithinRange(block.insurance, block.claims)) {
    return Reason.ValueOutOfRange;
  }
  block.tradables.push(tradable);
  block.openInterests.push(openInterest);
  block.legEvents.push({ ...leg, value: value as Cash, takerFee: takerFee as Cash, makerFee: makerFee as Cash });
  return Reason.Ok;
}

/**
 * Changes one party by one leg: it pays its funding, and then has the lots and the cash.
 * @param direction 1 where it buys, −1 where it sells
 * @param gain what it is paid, in cash, less its fee
 * @returns by how much the lots held long change; undefined where a value would leave its range
 */
function trade(
  block: Block,
  { account, record, lots }: Party,
  leg: Leg,
  { market }: Tradable,
  direction: number,
  gain: number,
): number | undefined {
  const value = block.step.store.get(positionKey(account, leg.instrument));
  const position = value === undefined ? undefined : decodePosition(value);
  const before = position?.lots ?? 0;
  const due = position === undefined ? 0n : fundingDue(before, market.fundingIndex, position.fundingIndex);
  const payment = ceilDiv(due, nanoUsdPerCash);
  const after = before + direction * leg.lots;
  const cash = BigInt(record.cash) - payment + BigInt(gain);
  if (Math.abs(after) > MAX_POSITION_LOTS || cash > MAX_CASH || cash < -MAX_CASH) return undefined;
  if (due !== 0n) {
    const amount = Number(payment) as Cash;
    block.events.push({ type: "fundingPaid", account, instrument: leg.instrument, amount });
  }
  block.insurance += payment;
  block.claims -= due;
  record.cash = Number(cash) as Cash;
  if (before === 0) record.positions++;
  if (after === 0) record.positions--;
  lots.push(after);
  return longChange(before, after);
}

/** Judges a party with all its positions as the block will leave them. */
function judgeMargin(
  { step, maxMarkAge, tradables }: Block,
  party: Party,
  legs: readonly Leg[],
  keptBack: number,
  lacking: ReasonCode,
): ReasonCode | NextChunk {
  const { account, record, lots } = party;
  if (record.positions > MAX_POSITIONS) return Reason.TooManyPositions;
  const except = legs.map(({ instrument }) => instrument);
  const portfolio = readPortfolio(step, account, except, keptBack, BLOCK_LIMIT);
  if (portfolio === "chunk") return nextChunk;
  if (portfolio === "limit") return Reason.ExceedsLimit;
  tradables.forEach(({ market, underlying }, place) => {
    if (lots[place] !== 0) addPosition(portfolio, market, lots[place]!, market.fundingIndex, underlying);
  });
  party.margin = evaluate(step, portfolio, record.cash);
  if (isStale(portfolio, step.global.time, maxMarkAge)) return Reason.MarkTooOld;
  return party.margin.equity >= party.margin.initialMargin ? Reason.Ok : lacking;
}

/** Writes a block: first what may be new, then what goes. */
function write({ step, taker, maker, tradables, openInterests, ...block }: Block, transaction: BlockTrade): void {
  const { store, global } = step;
  const { legs } = transaction;
  const parties = [taker, maker];
  legs.forEach(({ instrument }, place) => {
    for (const { account, lots } of parties) {
      if (lots[place] === 0) continue;
      const value = encodePosition(lots[place]!, tradables[place]!.market.fundingIndex);
      store.put(positionKey(account, instrument), value);
    }
  });
  for (const { account, record, margin } of parties) {
    adjustTotals(global, record, margin!.initialMargin, margin!.notional);
    writeAccount(step, account, record);
  }
  legs.forEach(({ instrument }, place) => {
    const { market } = tradables[place]!;
    const openInterest = openInterests[place]!;
    if (openInterest !== market.openInterest) {
      store.put(marketKey(instrument), encodeMarket({ ...market, openInterest }));
    }
    for (const { account, lots } of parties) if (lots[place] === 0) store.delete(positionKey(account, instrument));
  });
  useNonce(step, transaction);
  useMakerNonce(step, transaction);
  global.insurance = Number(block.insurance) as Cash;
  global.claims = block.claims;
  settleFund(global);
  step.events.push(...block.events);
  step.events.push({ type: "blockTrade", taker: taker.account, maker: maker.account, legs: block.legEvents });
}
