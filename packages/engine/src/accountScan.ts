import {
  type AccountNumber,
  accountNumber,
  type InstrumentNumber,
  instrumentNumber,
  type Seconds,
  type UnderlyingNumber,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import {
  ACCOUNT_PREFIX_BITS,
  accountKey,
  instrumentOfPositionKey,
  marketKey,
  positionKey,
  underlyingKey,
} from "./keys.ts";
import {
  addPosition,
  emptyPortfolio,
  equity,
  freshUnderlyingMaintenance,
  isFreshMark,
  type UnderlyingIndex,
} from "./margin.ts";
import { type AccountRecord, decodeAccount, decodeMarket, decodePosition, decodeUnderlying } from "./records.ts";
import { readParameters } from "./views.ts";

/** Walks through all accounts in pieces, for whoever keeps the venue healthy: unmetered, by the rules of `liquidate.ts`. */

/** What a walk found, and the last account that it came to, where there are more. */
export interface AccountPage<Found> {
  readonly found: Found[];
  readonly next?: AccountNumber;
}

/** What bounds a piece of a walk. */
export interface Walk {
  /** The account after which it begins; 0 for the first. */
  readonly after: number;
  /** Findings at most. */
  readonly limit: number;
  /** Accounts and positions that are looked at, at most; the last account is looked at whole. */
  readonly looks: number;
}

/** An account whose equity is below its maintenance margin, without ages, at the present marks. */
export interface AccountAtRisk {
  readonly account: AccountNumber;
  /** In nano-USD, both. */
  readonly equity: bigint;
  readonly maintenance: bigint;
  /** Positions whose marks are too old to liquidate by. */
  readonly stale: readonly InstrumentNumber[];
}

/** Finds accounts that may be liquidated as the marks are, or may be once stale ones are marked anew. */
export function accountsAtRisk(store: OrderedStore, walk: Walk, time: Seconds): AccountPage<AccountAtRisk> {
  const { maxMarkAgeSeconds } = readParameters(store);
  const market = remember((instrument: InstrumentNumber) => decodeMarket(store.peek(marketKey(instrument))!));
  const newest = remember(
    (underlying: UnderlyingNumber): UnderlyingIndex => decodeUnderlying(store.peek(underlyingKey(underlying))!),
  );
  return walkAccounts(store, walk, (account, { cash, positions }) => {
    if (positions === 0 && cash >= 0) return undefined;
    const portfolio = emptyPortfolio();
    const stale: InstrumentNumber[] = [];
    for (const { key, value } of store.peekScan(positionKey(account, instrumentNumber(0)), ACCOUNT_PREFIX_BITS)) {
      const { lots, fundingIndex } = decodePosition(value);
      const instrument = instrumentOfPositionKey(key);
      const held = market(instrument);
      addPosition(portfolio, held, lots, fundingIndex, newest(held.underlying));
      if (!isFreshMark(held, newest(held.underlying), time, maxMarkAgeSeconds)) stale.push(instrument);
    }
    const worth = equity(portfolio, cash);
    const maintenance = portfolio.exposures.reduce((sum, exposure) => sum + freshUnderlyingMaintenance(exposure), 0n);
    return worth < maintenance ? { account, equity: worth, maintenance, stale } : undefined;
  });
}

/** An account's position in one instrument. */
export interface OpenPosition {
  readonly account: AccountNumber;
  readonly lots: number;
}

/** Finds those who hold an instrument. */
export function openPositions(
  store: OrderedStore,
  instrument: InstrumentNumber,
  walk: Walk,
): AccountPage<OpenPosition> {
  return walkAccounts(store, walk, (account, { positions }) => {
    const value = positions === 0 ? undefined : store.peek(positionKey(account, instrument));
    return value && { account, lots: decodePosition(value).lots };
  });
}

/** Finds liquidity providers. */
export function liquidityProviders(store: OrderedStore, walk: Walk): AccountPage<AccountNumber> {
  return walkAccounts(store, walk, (account, { isProvider }) => (isProvider ? account : undefined));
}

function walkAccounts<Found>(
  store: OrderedStore,
  { after, limit, looks }: Walk,
  look: (account: AccountNumber, record: AccountRecord) => Found | undefined,
): AccountPage<Found> {
  const found: Found[] = [];
  let looked = 0;
  // INVARIANT: accounts are numbered from 1 on, without gaps.
  for (let number = after + 1; ; number++) {
    const account = accountNumber(number);
    const value = store.peek(accountKey(account));
    if (value === undefined) return { found };
    const record = decodeAccount(value);
    const finding = look(account, record);
    if (finding !== undefined) found.push(finding);
    looked += 1 + record.positions;
    if (found.length >= limit || looked >= looks) return { found, next: account };
  }
}

/** Calls a function once for each of its arguments. */
function remember<Argument, Value>(read: (argument: Argument) => Value): (argument: Argument) => Value {
  const known = new Map<Argument, Value>();
  return (argument) => {
    let value = known.get(argument);
    if (value === undefined) {
      value = read(argument);
      known.set(argument, value);
    }
    return value;
  };
}
