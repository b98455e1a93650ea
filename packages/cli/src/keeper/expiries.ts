import { RecourseError } from "@recourse/protocol";
import { type InstrumentResponse, type OpenPositionsResponse, pruneBytes, settleBytes } from "@recourse/sdk";
import { hasExpired } from "./marks.ts";
import { amountOf, countAccepted, type KeeperTotals, type KeeperVenue, type Snapshot, submitAll } from "./venue.ts";

/** What a round sends, at most. */
const SETTLEMENTS_A_ROUND = 512;
const PRUNINGS_A_ROUND = 64;
const PAGES_A_ROUND = 256;
const POSITIONS_A_PAGE = 128;

const isHeld = ({ openInterest }: InstrumentResponse): boolean => openInterest !== "0";

/** Pays out positions in settled instruments, and removes instruments that have expired and that nobody holds. */
export class Expiries {
  readonly #venue: KeeperVenue;
  readonly #say: (line: string) => void;
  /** The account after which the next page of an instrument's positions begins. */
  readonly #after = new Map<number, number>();

  constructor(venue: KeeperVenue, say: (line: string) => void) {
    this.#venue = venue;
    this.#say = say;
  }

  /** Pays out positions. Everybody's value is fixed by then, so that it does not matter who comes first. */
  async settle({ instruments }: Snapshot): Promise<Partial<KeeperTotals>> {
    let [sent, settlements, pages] = [0, 0, 0];
    for (const { instrument, name } of instruments.filter((settled) => settled.isSettled && isHeld(settled))) {
      let paid = 0;
      let isThrough = false;
      while (!isThrough && pages++ < PAGES_A_ROUND && sent < SETTLEMENTS_A_ROUND) {
        const after = this.#after.get(instrument) ?? 0;
        const page = await this.#positions(instrument, after);
        // Somebody else has paid out the last ones, and pruned.
        if (page === undefined) break;
        const { positions, next } = page;
        // From the beginning again where one is left behind: a provider may have taken it over meanwhile.
        this.#after.set(instrument, next ?? 0);
        isThrough = next === undefined;
        const transactions = positions.map(({ account }) => settleBytes(account, instrument));
        paid += countAccepted(await submitAll(this.#venue, transactions));
        sent += transactions.length;
      }
      settlements += paid;
      if (paid > 0) this.#say(`Paid out ${amountOf(paid, "position")} in ${name}.`);
    }
    return { settlements, refused: sent - settlements };
  }

  /** A page of those who hold an instrument; undefined where it is gone. */
  async #positions(instrument: number, after: number): Promise<OpenPositionsResponse | undefined> {
    try {
      return await this.#venue.openPositions(instrument, { after, limit: POSITIONS_A_PAGE });
    } catch (error) {
      if (error instanceof RecourseError && error.code === "NotFound") return undefined;
      throw error;
    }
  }

  /** Removes instruments, or as many of their resting orders as one transaction can. */
  async prune({ instruments, engineTime }: Snapshot): Promise<Partial<KeeperTotals>> {
    const over = instruments
      .filter((instrument) => hasExpired(instrument, engineTime) && !isHeld(instrument))
      .filter(({ isSettled, mark }) => isSettled || mark === undefined)
      .slice(0, PRUNINGS_A_ROUND);
    const refusals = await submitAll(
      this.#venue,
      over.map(({ instrument }) => pruneBytes(instrument)),
    );
    const prunings = countAccepted(refusals);
    const names = over.flatMap(({ name }, place) => (refusals[place] === undefined ? [name] : []));
    if (prunings > 0) this.#say(`Pruned ${names.join(", ")}.`);
    for (const number of this.#after.keys()) {
      if (!instruments.some(({ instrument }) => instrument === number)) this.#after.delete(number);
    }
    return { prunings, refused: refusals.length - prunings };
  }
}
