import { naturalLogarithm } from "./tape/arithmetic.ts";

/**
 * A seeded generator of random numbers (sfc32): the same numbers from the same seed on every machine. For tapes and
 * demonstrations, never for keys of value.
 */
export class SeededRandom {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed a whole number from 0 to 2^53 − 1 */
  constructor(seed: number) {
    this.#a = seed | 0;
    this.#b = Math.floor(seed / 2 ** 32) | 0;
    this.#c = 0x9e3779b9 | 0;
    for (let round = 0; round < 16; round++) this.nextUint32();
  }

  /** A whole number from 0 to 2^32 − 1. */
  nextUint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A number from 0 to below 1. */
  uniform(): number {
    return this.nextUint32() / 2 ** 32;
  }

  /** A whole number from 0 to below a bound of at most 2^32. */
  below(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** A number of the standard normal distribution (Marsaglia's polar method). */
  normal(): number {
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square > 0 && square < 1) return x * Math.sqrt((-2 * naturalLogarithm(square)) / square);
    }
  }

  /** One of some values, each as likely as its weight. */
  choose<Value>(choices: readonly { readonly value: Value; readonly weight: number }[]): Value {
    let rest = this.uniform() * choices.reduce((total, { weight }) => total + weight, 0);
    for (const { value, weight } of choices) {
      rest -= weight;
      if (rest < 0) return value;
    }
    return choices.at(-1)!.value;
  }
}
