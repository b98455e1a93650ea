import { MAX_SURFACES, type Price, price, type Seconds, type UnderlyingNumber } from "@recourse/protocol";
import type { PlannedSurface, RiskItem } from "../demo/plan.ts";

type PlannedReport = Extract<RiskItem, { type: "report" }>;

/** What was last said of an expiry, and when. */
interface LastSurface extends PlannedSurface {
  readonly time: Seconds;
  readonly index: Price;
}

/**
 * The oracle's memory. A tape's print says something of one expiry; an oracle would say something of all of them, since
 * nobody can be liquidated on a mark whose report is much older than the index.
 */
export class Surfaces {
  readonly #last = new Map<UnderlyingNumber, Map<Seconds, LastSurface>>();

  /** A report with other expiries beside its own, those first that were not reported for the longest time. */
  complete(report: PlannedReport): PlannedReport {
    const { underlying, time, index } = report;
    const known = this.#last.get(underlying) ?? new Map<Seconds, LastSurface>();
    this.#last.set(underlying, known);
    const own = new Set(report.surfaces.map(({ expiry }) => expiry));
    const others = [...known.values()]
      .filter(({ expiry }) => expiry > time && !own.has(expiry))
      .sort((left, right) => left.time - right.time || left.expiry - right.expiry)
      .slice(0, MAX_SURFACES - report.surfaces.length)
      .map((surface) => moved(surface, time, index));
    const surfaces = [...report.surfaces, ...others].sort((left, right) => left.expiry - right.expiry);
    for (const surface of surfaces) known.set(surface.expiry, { ...surface, time, index });
    return { ...report, surfaces };
  }
}

/** The forward moves as the index does; the volatility stays. */
function moved({ expiry, forward, variance, time: then, index: before }: LastSurface, time: Seconds, index: Price) {
  const left = BigInt(expiry - time);
  return {
    expiry,
    forward: price(Math.round((forward / before) * index)),
    variance: (variance * left) / BigInt(expiry - then),
  };
}
