import { scenarios } from "./riskArray.ts";

/**
 * Sums of lots × loss per lot over positions, for each scenario of the margin grid: exact integers, held in doubles.
 *
 * A double holds every integer up to 2^53 in magnitude. Most products are far below that and are added as they are.
 * Greater ones are taken apart in limbs of 23 bits, loss = a · 2^23 + b and lots = c · 2^23 + d, and
 * lots × loss = ac · 2^46 + (ad + bc) · 2^23 + bd. What does not fit these either, in a calculator that counts finer than
 * the state does, is summed in BigInt.
 */

const LIMB = 2 ** 23;

/** Within these, limbs are as small as the comments say; they are the limits of the state. */
const MAX_LOSS = 2 ** 47;
const MAX_LOTS = 2 ** 40;

/** Products up to this are added without being taken apart. */
const MAX_WHOLE_PRODUCT = 2 ** 50;

/**
 * What one product that is taken apart adds to a limb, at most: with 0 ≤ b < 2^23 and |d| ≤ 2^22 there are |a| ≤ 2^24 and
 * |c| ≤ 2^17, so |ad + bc| ≤ 2^46 + 2^40, |bd| < 2^45 and |ac| ≤ 2^41.
 */
const LIMB_PRODUCT = 2 ** 47;

/** What may be added to a limb between carries. Each carry leaves less than 2^23 in it and brings up to 2^30: below 2^53. */
const LIMB_ROOM = 2 ** 52;

/** Losses per lot as doubles. */
interface LossesPerLot {
  readonly values: readonly number[];
  /** The greatest in magnitude. */
  readonly greatest: number;
}

const perLotCache = new WeakMap<readonly bigint[], LossesPerLot>();

function perLot(losses: readonly bigint[]): LossesPerLot {
  const cached = perLotCache.get(losses);
  if (cached) return cached;
  const values = zeros();
  let greatest = 0;
  for (let scenario = 0; scenario < values.length; scenario++) {
    values[scenario] = Number(losses[scenario]!);
    greatest = Math.max(greatest, Math.abs(values[scenario]!));
  }
  const result = { values, greatest };
  perLotCache.set(losses, result);
  return result;
}

// An array that has held fractions stays one of doubles, and so do its copies.
const ZEROS = scenarios.map(() => 0.5).fill(0);
const zeros = (): number[] => ZEROS.slice();

/** The two upper limbs of each sum. */
interface UpperLimbs {
  readonly middle: number[];
  readonly high: number[];
}

/** See above. Sums of up to 2,000 positions stay exact: each adds at most 2^41 to the highest limb. */
export class LossSums {
  // Plain arrays: typed ones take ten times as long to make, and sums are copied often.
  #low = zeros();
  /** Undefined while all is in the low limb. */
  #upper: UpperLimbs | undefined;
  #room = LIMB_ROOM;
  /** What fits no limbs. */
  #rest: bigint[] | undefined;

  /** Adds a position of some lots, negative where it is short. The losses must not be changed afterwards. */
  add(losses: readonly bigint[], lots: number | bigint): void {
    const { values, greatest } = perLot(losses);
    if (typeof lots === "bigint" || greatest > MAX_LOSS || Math.abs(lots) > MAX_LOTS) {
      this.#addRest(losses, BigInt(lots));
      return;
    }
    const product = Math.abs(lots) * greatest;
    if (product <= MAX_WHOLE_PRODUCT) {
      this.#makeRoom(product);
      const low = this.#low;
      for (let scenario = 0; scenario < low.length; scenario++) low[scenario]! += lots * values[scenario]!;
    } else {
      this.#makeRoom(LIMB_PRODUCT);
      this.#addLimbs(values, lots);
    }
  }

  #addLimbs(values: readonly number[], lots: number): void {
    this.#upper ??= { middle: zeros(), high: zeros() };
    const low = this.#low;
    const { middle, high } = this.#upper;
    const lotsHigh = Math.round(lots / LIMB);
    const lotsLow = lots - lotsHigh * LIMB;
    for (let scenario = 0; scenario < low.length; scenario++) {
      const loss = values[scenario]!;
      const lossHigh = Math.floor(loss / LIMB);
      const lossLow = loss - lossHigh * LIMB;
      low[scenario]! += lossLow * lotsLow;
      middle[scenario]! += lossHigh * lotsLow + lossLow * lotsHigh;
      high[scenario]! += lossHigh * lotsHigh;
    }
  }

  #addRest(losses: readonly bigint[], lots: bigint): void {
    this.#rest ??= scenarios.map(() => 0n);
    for (let scenario = 0; scenario < losses.length; scenario++) this.#rest[scenario]! += lots * losses[scenario]!;
  }

  /** Takes room for an addition to a limb, after carrying where there is not enough. */
  #makeRoom(needed: number): void {
    if (needed > this.#room) this.#carry();
    this.#room -= needed;
  }

  /** Leaves 0 to 2^23 − 1 in the lower limbs. */
  #carry(): UpperLimbs {
    this.#upper ??= { middle: zeros(), high: zeros() };
    const low = this.#low;
    const { middle, high } = this.#upper;
    for (let scenario = 0; scenario < low.length; scenario++) {
      const toMiddle = Math.floor(low[scenario]! / LIMB);
      low[scenario]! -= toMiddle * LIMB;
      middle[scenario]! += toMiddle;
      const toHigh = Math.floor(middle[scenario]! / LIMB);
      middle[scenario]! -= toHigh * LIMB;
      high[scenario]! += toHigh;
    }
    this.#room = LIMB_ROOM;
    return this.#upper;
  }

  /** The sum of one scenario, in nano-USD. */
  at(scenario: number): bigint {
    let sum = BigInt(this.#low[scenario]!);
    if (this.#upper !== undefined) {
      const { middle, high } = this.#upper;
      sum += (BigInt(middle[scenario]!) << 23n) + (BigInt(high[scenario]!) << 46n);
    }
    return this.#rest === undefined ? sum : sum + this.#rest[scenario]!;
  }

  /** The sums of all scenarios, in nano-USD. */
  all(): bigint[] {
    return scenarios.map((_, scenario) => this.at(scenario));
  }

  /** The greatest sum and the first scenario that has it; 0 and the first scenario where none is positive. */
  worst(): { readonly loss: bigint; readonly scenario: number } {
    const scenario = this.#rest === undefined ? this.#greatestOfLimbs() : this.#greatestOfAll();
    const loss = this.at(scenario);
    return loss > 0n ? { loss, scenario } : { loss: 0n, scenario: 0 };
  }

  /** The first scenario with the greatest sum, where nothing is in BigInt. */
  #greatestOfLimbs(): number {
    const low = this.#low;
    let greatest = 0;
    if (this.#upper === undefined) {
      for (let scenario = 1; scenario < low.length; scenario++) {
        if (low[scenario]! > low[greatest]!) greatest = scenario;
      }
      return greatest;
    }
    // After carrying, the lower two limbs together are a number from 0 to 2^46 − 1.
    const { middle, high } = this.#carry();
    for (let scenario = 1; scenario < low.length; scenario++) {
      const difference =
        high[scenario]! - high[greatest]! || middle[scenario]! - middle[greatest]! || low[scenario]! - low[greatest]!;
      if (difference > 0) greatest = scenario;
    }
    return greatest;
  }

  #greatestOfAll(): number {
    let greatest = 0;
    for (let scenario = 1; scenario < scenarios.length; scenario++) {
      if (this.at(scenario) > this.at(greatest)) greatest = scenario;
    }
    return greatest;
  }

  /** Sums of their own, to which other positions can be added. */
  copy(): LossSums {
    const copy = new LossSums();
    copy.#low = this.#low.slice();
    if (this.#upper) copy.#upper = { middle: this.#upper.middle.slice(), high: this.#upper.high.slice() };
    copy.#room = this.#room;
    copy.#rest = this.#rest?.slice();
    return copy;
  }
}
