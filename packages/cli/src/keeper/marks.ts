import { type InstrumentResponse, markBytes } from "@recourse/sdk";
import { amountOf, countAccepted, type KeeperTotals, type KeeperVenue, type Snapshot, submitAll } from "./venue.ts";

/** Marks in a round, at most; what has waited longest comes first, so that every instrument has its turn. */
const MARKS_A_ROUND = 1_024;

/** A perpetual is marked at least so often within the maximum mark age, so that its premium and funding go on. */
const MARKS_WITHIN_MAXIMUM_AGE = 4;

const FUNDING_PERIOD_SECONDS = 3_600;

/**
 * Whether a new mark would change anything: the first one, one from a newer report, the one that settles, and for a
 * perpetual also one when time has passed or an hour of funding is over. An option marked anew from the same report
 * stays as it is, however old.
 */
export function needsMark(instrument: InstrumentResponse, { engineTime, maxMarkAgeSeconds }: Snapshot): boolean {
  const { kind, reportTime, settlementPrice, isSettled, mark } = instrument;
  if (hasExpired(instrument, engineTime)) return !isSettled && settlementPrice !== undefined && mark !== undefined;
  if (reportTime === undefined) return false;
  if (mark?.reportTime === undefined || mark.reportTime < reportTime) return true;
  if (kind !== "perpetual") return false;
  const hoursOf = (time: number): number => Math.floor(time / FUNDING_PERIOD_SECONDS);
  if (hoursOf(engineTime) > hoursOf(mark.time)) return true;
  return (engineTime - mark.time) * MARKS_WITHIN_MAXIMUM_AGE >= maxMarkAgeSeconds;
}

export function hasExpired({ expiry }: InstrumentResponse, engineTime: number): boolean {
  return expiry !== undefined && engineTime >= expiry;
}

/** What somebody holds comes first, and of that what was marked from the oldest report. */
function byUrgency(left: InstrumentResponse, right: InstrumentResponse): number {
  const rank = ({ openInterest }: InstrumentResponse): number => (openInterest === "0" ? 1 : 0);
  return rank(left) - rank(right) || (left.mark?.reportTime ?? 0) - (right.mark?.reportTime ?? 0);
}

/** Marks what is out of date. @returns the instruments that were marked */
export async function markAll(
  venue: KeeperVenue,
  snapshot: Snapshot,
  say: (line: string) => void,
): Promise<{ readonly totals: Partial<KeeperTotals>; readonly marked: ReadonlySet<number> }> {
  const due = snapshot.instruments.filter((instrument) => needsMark(instrument, snapshot)).sort(byUrgency);
  const chosen = due.slice(0, MARKS_A_ROUND);
  const refusals = await submitAll(
    venue,
    chosen.map(({ instrument }) => markBytes(instrument)),
  );
  const marks = countAccepted(refusals);
  if (marks > 0) say(`Marked ${amountOf(marks, "instrument")} of ${due.length} that were out of date.`);
  return {
    totals: { marks, refused: refusals.length - marks },
    marked: new Set(chosen.flatMap(({ instrument }, place) => (refusals[place] === undefined ? [instrument] : []))),
  };
}
