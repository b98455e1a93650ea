import type { SeededRandom } from "../random.ts";

/** One of some items, of which there is at least one. */
export function pick<Item>(random: SeededRandom, items: readonly Item[]): Item {
  if (items.length === 0) throw new RangeError("There is nothing to pick from.");
  return items[random.below(items.length)]!;
}

/** The same items in another order. */
export function shuffled<Item>(random: SeededRandom, items: readonly Item[]): Item[] {
  const rest = items.slice();
  for (let place = rest.length - 1; place > 0; place--) {
    const other = random.below(place + 1);
    [rest[place], rest[other]] = [rest[other]!, rest[place]!];
  }
  return rest;
}

/** True with a probability from 0 to 1. */
export function chance(random: SeededRandom, probability: number): boolean {
  return random.uniform() < probability;
}

/** A whole number from one bound to another, both included. */
export function between(random: SeededRandom, least: number, greatest: number): number {
  return least + random.below(greatest - least + 1);
}
