/**
 * A small seeded generator for tests (splitmix32): one seed, one sequence, on every machine. A test that fails under
 * {@link Random.run} names the seed, so that it can be run again.
 */
export class Random {
  readonly seed: number;
  #state: number;

  /** @param seed 0 to 2³² − 1 */
  constructor(seed: number) {
    this.seed = seed >>> 0;
    this.#state = this.seed;
  }

  /** An integer from 0 to 2³² − 1. */
  uint32(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  /** An integer from 0 to limit − 1; the limit is 1 to 2³². */
  below(limit: number): number {
    return Math.floor((this.uint32() / 2 ** 32) * limit);
  }

  /** One of some items, of which there is at least one. */
  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }

  /** So many random bytes. */
  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.uint32() >>> 24);
  }

  /** True with a probability from 0 to 1. */
  chance(probability: number): boolean {
    return this.uint32() < probability * 2 ** 32;
  }

  /**
   * Runs a test with a generator, and names the seed where the test fails.
   * @throws Error with the seed in its message and the failure as its cause
   */
  static async run(seed: number, test: (random: Random) => void | Promise<void>): Promise<void> {
    try {
      await test(new Random(seed));
    } catch (cause) {
      throw new Error(`Failed with seed ${seed}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }
}
