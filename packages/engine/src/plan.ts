import {
  type AccountNumber,
  type Admission,
  type Cash,
  type InstrumentNumber,
  MAX_POSITIONS,
  MEETING_EVENT,
  type OrderTerms,
  REDUCE_ONLY_OPTION,
} from "@recourse/protocol";
import { LEAF_BYTE, NODE_CREATE, VISIT, WRITE } from "@recourse/store";
import type { Band } from "./band.ts";
import { type RestingOrder, readKnownAccount, removeOrder, restOrder, writeAccount } from "./book.ts";
import type { CancelCause, EngineEvent } from "./events.ts";
import { adjustTotals, settleFund } from "./fund.ts";
import { accountOrderKey, instrumentOfKey, marketKey, positionKey } from "./keys.ts";
import type { Evaluation, Portfolio, Traded } from "./margin.ts";
import {
  type AccountRecord,
  changeOpenInterest,
  decodePosition,
  encodeBookRecord,
  encodePosition,
  type InstrumentRecord,
  POSITION_BYTES,
} from "./records.ts";
import type { Step } from "./step.ts";

/**
 * What an order will do, found out before anything is written. Matching works on it alone: the state stays as it was
 * until the plan is written as a whole, or dropped as a whole.
 */

/** An account while an order is matched: as it will be, with its position in the order's instrument. */
export interface Party {
  readonly account: AccountNumber;
  readonly record: AccountRecord;
  /** What the state says; undefined until it is read. */
  lotsBefore: number | undefined;
  lots: number;
  /** The market's funding index when the position last paid. */
  fundingIndex: bigint;
  /** What it has and must keep after its last fill; undefined where there was none. */
  evaluation: Evaluation | undefined;
  /** Whether the order changes it. */
  isChanged: boolean;
}

/** A resting order that is filled or cancelled, and the lots that will be left of it. */
interface MetOrder {
  readonly order: RestingOrder;
  readonly left: number;
}

export interface Plan {
  readonly step: Step;
  readonly order: OrderTerms & Admission;
  /** What the transaction may use. */
  readonly limit: number;
  readonly instrument: InstrumentRecord;
  /** The market's record as the state holds it. */
  readonly marketValue: Uint8Array;
  readonly traded: Traded;
  readonly band: Band;
  /** Cash for one lot and one rank of price. */
  readonly tickValue: number;
  readonly taker: Party;
  /** The resting order that goes if the plan is written; matching takes it for gone. */
  readonly replaced: RestingOrder | undefined;
  /** The taker's other positions, read for the first fill. */
  takerPortfolio: Portfolio | undefined;
  /** By account, in the order in which they were met. */
  readonly makers: Map<AccountNumber, Party>;
  readonly metOrders: MetOrder[];
  readonly events: EngineEvent[];
  openInterest: number;
  insurance: number;
  claims: bigint;
  remaining: number;
  isFilled: boolean;
  /** Units that writing what was met so far may cost, at most, but for what new positions add: see {@link keptBack}. */
  reserve: number;
  /** Positions that may be written, and those of them that may be new. */
  positionWrites: number;
  newPositions: number;
}

/**
 * New branches that writing a plan may put above an order's or an account's record, at most: one beside a whole table,
 * for its first record, and one for the order that comes to rest.
 */
const NEW_BRANCHES = 2;

/** Branches on the longest paths that there can be in the book and in the accounts' lists of orders. */
const LONGEST_BOOK_PATH = 4 + 24 + 1 + 40 + 48;
const LONGEST_ACCOUNT_ORDER_PATH = 4 + 32 + 32;

/** Keeps back what rewriting, or taking away, a record costs whose path has been touched. */
function keepBack(plan: Plan, depth: number): void {
  plan.reserve += WRITE + VISIT * (depth + 1 + NEW_BRANCHES);
}

/**
 * Units that writing the plan may cost, at most, beside the end that every order keeps back for itself.
 *
 * Everything that will be written was read before, so all nodes on the way to it are touched. No others come to lie on
 * the way: a put adds branches that are touched, and after a removal the way to a key that is there is what is left of the
 * way before. Only to a key that is not there could it lead on into the sibling that was lifted, and so what may be new is
 * written before anything is taken away. A write then costs WRITE and its visits; a position costs a climb, its nodes and
 * its bytes as well, and every new position may lengthen the path of every other position by one.
 */
export function keptBack(plan: Plan): number {
  return plan.reserve + 2 * VISIT * plan.positionWrites * plan.newPositions;
}

/** Makes a party of an account whose record has been read. */
export function partyOf(account: AccountNumber, record: AccountRecord): Party {
  return {
    account,
    record,
    lotsBefore: undefined,
    lots: 0,
    fundingIndex: 0n,
    evaluation: undefined,
    isChanged: false,
  };
}

/** Reads a party's position in the plan's instrument, unless it has been read; it may be written from then on. */
export function readPosition(plan: Plan, party: Party): void {
  if (party.lotsBefore !== undefined) return;
  const { store } = plan.step;
  const value = store.get(positionKey(party.account, plan.order.instrument));
  if (value !== undefined) {
    const { lots, fundingIndex } = decodePosition(value);
    party.lots = lots;
    party.fundingIndex = fundingIndex;
  }
  party.lotsBefore = party.lots;
  plan.positionWrites++;
  if (party.lots === 0) plan.newPositions++;
  plan.reserve += WRITE + VISIT * (2 * store.depth + 1) + 2 * NODE_CREATE + POSITION_BYTES * LEAF_BYTE;
}

/** Sees to it that a resting order, the last that was looked for, can be written: its account's list of orders is touched. */
export function keepOrder(plan: Plan, resting: RestingOrder): void {
  const { store } = plan.step;
  store.charge(MEETING_EVENT);
  keepBack(plan, store.depth);
  store.get(accountOrderKey(resting.account, resting.clientOrderId));
  keepBack(plan, store.depth);
}

/** The account whose resting order is met, as the plan will leave it. */
export function meetMaker(plan: Plan, account: AccountNumber): Party {
  if (account === plan.taker.account) return plan.taker;
  const known = plan.makers.get(account);
  if (known !== undefined) return known;
  const maker = partyOf(account, readKnownAccount(plan.step, account));
  keepBack(plan, plan.step.store.depth);
  plan.makers.set(account, maker);
  return maker;
}

/** Whether a party may have a position in the instrument: it has one, or room for one more. */
export function mayHold({ lots, record }: Party): boolean {
  return lots !== 0 || record.positions < MAX_POSITIONS;
}

/** Whether what an order fills may only bring a position nearer to zero. */
export function isReduceOnly({ options }: OrderTerms): boolean {
  return (options & REDUCE_ONLY_OPTION) !== 0;
}

/** Changes a party's position, and counts it in or out of its record. */
export function setLots(party: Party, lots: number): void {
  if (party.lots === 0) party.record.positions++;
  if (lots === 0) party.record.positions--;
  party.lots = lots;
  party.isChanged = true;
}

/** Notes what is left of a resting order; one of which nothing is left goes. */
export function setLeft(plan: Plan, resting: RestingOrder, owner: Party, left: number): void {
  plan.metOrders.push({ order: resting, left });
  if (left === 0) owner.record.restingOrders--;
  owner.isChanged = true;
}

/** Notes that a resting order is cancelled by the rules. */
export function noteCancelled(plan: Plan, resting: RestingOrder, lots: number, cause: CancelCause): void {
  const { account, clientOrderId, key } = resting;
  plan.events.push({ type: "cancelled", account, clientOrderId, instrument: instrumentOfKey(key), lots, cause });
}

/** Notes that the replaced order goes; it was read, but not where it stands in the tree. */
export function noteReplaced(plan: Plan, replaced: RestingOrder): void {
  keepBack(plan, LONGEST_BOOK_PATH);
  keepBack(plan, LONGEST_ACCOUNT_ORDER_PATH);
  noteCancelled(plan, replaced, replaced.lots, "replaced");
}

/** Cancels a resting order by the rules. */
export function dropOrder(plan: Plan, resting: RestingOrder, owner: Party, cause: CancelCause): void {
  setLeft(plan, resting, owner, 0);
  noteCancelled(plan, resting, resting.lots, cause);
}

/** Writes what has come of a plan, all but the taker's own record: first what may be new, then what goes. */
export function writePlan(plan: Plan, goodTill: number, rests: boolean): void {
  const { step, order, taker, replaced } = plan;
  const { account, clientOrderId, instrument } = order;
  const makers = [...plan.makers.values()].filter(({ isChanged }) => isChanged);
  for (const maker of makers) {
    adjustParty(step, maker);
    putPosition(step, instrument, maker);
    writeAccount(step, maker.account, maker.record);
  }
  adjustParty(step, taker);
  putPosition(step, instrument, taker);
  if (rests) {
    restOrder(step, instrument, order.side, order.priceRank, {
      account,
      clientOrderId,
      lots: plan.remaining,
      goodTill,
      era: step.global.era,
      isReduceOnly: isReduceOnly(order),
    });
    taker.record.restingOrders++;
  }
  for (const maker of makers) deletePosition(step, instrument, maker);
  deletePosition(step, instrument, taker);
  for (const { order: resting, left } of plan.metOrders) {
    if (left === 0) removeOrder(step, resting.key, resting);
    else step.store.put(resting.key, encodeBookRecord({ ...resting, lots: left }));
  }
  if (replaced !== undefined) {
    // The account's list names the new order already where that has taken over the number.
    if (rests && clientOrderId === replaced.clientOrderId) step.store.delete(replaced.key);
    else removeOrder(step, replaced.key, replaced);
  }
  if (plan.openInterest !== plan.traded.market.openInterest) {
    step.store.put(marketKey(instrument), changeOpenInterest(plan.marketValue, plan.openInterest));
  }
  step.global.insurance = plan.insurance as Cash;
  step.global.claims = plan.claims;
  settleFund(step.global);
  step.events.push(...plan.events);
}

/** Takes what a party that was filled must keep now into the totals. */
function adjustParty(step: Step, { record, evaluation }: Party): void {
  if (evaluation === undefined) return;
  adjustTotals(step.global, record, evaluation.initialMargin, evaluation.notional);
}

function putPosition(step: Step, instrument: InstrumentNumber, party: Party): void {
  const { account, lots, lotsBefore, fundingIndex } = party;
  if (lots === lotsBefore || lots === 0) return;
  step.store.put(positionKey(account, instrument), encodePosition(lots, fundingIndex));
}

function deletePosition(step: Step, instrument: InstrumentNumber, { account, lots, lotsBefore }: Party): void {
  if (lots !== (lotsBefore ?? 0) && lots === 0) step.store.delete(positionKey(account, instrument));
}
