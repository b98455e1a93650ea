import { type AccountAtRiskResponse, liquidateBytes, markBytes } from "@recourse/sdk";
import { needsMark } from "./marks.ts";
import { countAccepted, type KeeperTotals, type KeeperVenue, type Snapshot, submitAll } from "./venue.ts";

/** What a round looks at and sends, at most. The next one goes on where this one has stopped. */
const PAGES_A_ROUND = 256;
const ACCOUNTS_A_ROUND = 128;
const ACCOUNTS_A_PAGE = 64;
const MAX_PROVIDERS = 500;

/** Liquidity providers that an account is offered to before the house. */
const PROVIDERS_AN_ACCOUNT = 4;

const HOUSE = 0;

/** What a refusal means that is no trouble: somebody else was faster, or the account is healthy again. */
const NOT_LIQUIDATABLE = "NotLiquidatable";

/** Liquidity providers, by number. */
export async function readProviders(venue: Pick<KeeperVenue, "providers">): Promise<number[]> {
  const found: number[] = [];
  for (let [pages, after] = [0, 0]; pages < PAGES_A_ROUND && found.length < MAX_PROVIDERS; pages++) {
    const { accounts, next } = await venue.providers({ after });
    found.push(...accounts);
    if (next === undefined) break;
    after = next;
  }
  return found;
}

/** Liquidates accounts below maintenance margin, all in turn. */
export class Liquidations {
  readonly #venue: KeeperVenue;
  readonly #say: (line: string) => void;
  /** The account after which the next page begins. */
  #after = 0;
  /** Whose turn among the providers it is to be asked first. */
  #turn = 0;
  /** Accounts that could not be liquidated, and what was said of it: nothing is said twice in a row. */
  readonly #said = new Map<number, string>();

  constructor(venue: KeeperVenue, say: (line: string) => void) {
    this.#venue = venue;
    this.#say = say;
  }

  /** @param marked the instruments that this round has marked already */
  async run(snapshot: Snapshot, marked: ReadonlySet<number>): Promise<Partial<KeeperTotals>> {
    const totals = { marks: 0, liquidations: 0, refused: 0 };
    const begin = this.#after;
    let isLastTurn = begin === 0;
    let providers: readonly number[] | undefined;
    let offered = 0;
    for (let pages = 0; pages < PAGES_A_ROUND && offered < ACCOUNTS_A_ROUND; pages++) {
      const { accounts, next } = await this.#venue.accountsAtRisk({ after: this.#after, limit: ACCOUNTS_A_PAGE });
      this.#after = next ?? 0;
      if (accounts.length > 0) {
        const ready = await this.#freshen(accounts, snapshot, marked, totals);
        providers ??= await readProviders(this.#venue);
        await this.#liquidate(ready, providers, totals);
        offered += accounts.length;
      }
      // Once around is enough, wherever the round began.
      if (isLastTurn && (next === undefined || (begin > 0 && next >= begin))) break;
      if (next === undefined) isLastTurn = true;
    }
    return totals;
  }

  /** Marks the stale legs of accounts anew. @returns those all of whose marks are fresh enough now */
  async #freshen(
    accounts: readonly AccountAtRiskResponse[],
    snapshot: Snapshot,
    marked: ReadonlySet<number>,
    totals: { marks: number; refused: number },
  ): Promise<AccountAtRiskResponse[]> {
    const stale = new Set(accounts.flatMap((account) => account.staleInstruments.map(({ instrument }) => instrument)));
    const due = snapshot.instruments
      .filter((instrument) => stale.has(instrument.instrument) && needsMark(instrument, snapshot))
      .map(({ instrument }) => instrument)
      .filter((instrument) => !marked.has(instrument));
    const refusals = await submitAll(this.#venue, due.map(markBytes));
    totals.marks += countAccepted(refusals);
    totals.refused += refusals.length - countAccepted(refusals);
    const isFresh = new Set(due.filter((_, place) => refusals[place] === undefined));
    return accounts.filter(({ account, staleInstruments }) => {
      const waiting = staleInstruments.filter(({ instrument }) => !isFresh.has(instrument));
      if (waiting.length === 0) return true;
      this.#complain(account, `it waits for newer reports of ${waiting.map(({ name }) => name).join(", ")}`);
      return false;
    });
  }

  /** Offers each account to some providers and then to the house: the first that may take over does. */
  async #liquidate(
    accounts: readonly AccountAtRiskResponse[],
    providers: readonly number[],
    totals: { liquidations: number; refused: number },
  ): Promise<void> {
    const worstFirst = [...accounts].sort((left, right) => Number(left.equity) - Number(right.equity));
    const offers = worstFirst.flatMap(({ account }) =>
      this.#takers(providers, account).map((taker) => ({ account, taker })),
    );
    const refusals = await submitAll(
      this.#venue,
      offers.map(({ account, taker }) => liquidateBytes(account, taker)),
    );
    const taken = new Set<number>();
    for (const [place, { account, taker }] of offers.entries()) {
      const refusal = refusals[place];
      if (refusal === undefined) {
        taken.add(account);
        this.#said.delete(account);
        this.#say(
          `Account ${account} is liquidated: ${taker === HOUSE ? "the house" : `provider ${taker}`} takes over.`,
        );
      } else if (taker === HOUSE && !taken.has(account)) {
        totals.refused++;
        if (refusal !== NOT_LIQUIDATABLE) this.#complain(account, `the house cannot take it over (${refusal})`);
      }
    }
    totals.liquidations += taken.size;
  }

  #takers(providers: readonly number[], account: number): number[] {
    const others = providers.filter((provider) => provider !== account);
    const first = others.length === 0 ? 0 : this.#turn++ % others.length;
    return [...others.slice(first), ...others.slice(0, first)].slice(0, PROVIDERS_AN_ACCOUNT).concat(HOUSE);
  }

  #complain(account: number, why: string): void {
    if (this.#said.get(account) === why) return;
    if (this.#said.size >= ACCOUNTS_A_ROUND * PAGES_A_ROUND) this.#said.clear();
    this.#said.set(account, why);
    this.#say(`Account ${account} is below maintenance margin: ${why}.`);
  }
}
