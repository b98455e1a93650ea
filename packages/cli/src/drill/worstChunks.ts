import type { GenesisParameters } from "@recourse/engine";
import {
  ChunkKind,
  concatBytes,
  InstrumentKind,
  MAX_CHUNK_BYTES,
  MAX_POSITIONS,
  MAX_UNDERLYINGS,
  price,
  Side,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { Signer } from "../demo/signing.ts";
import { SeededRandom } from "../random.ts";
import { type Desk, flatSurface, type Trader } from "./transactions.ts";
import { equip, instrumentCount, largeState, rest, worstExpiry, worstTime } from "./worstState.ts";

/** A chunk that costs as much to prove as one of its sort can. */
export interface WorstChunk {
  readonly name: string;
  readonly kind: ChunkKind;
  readonly bytes: Uint8Array;
}

/** Who acts in the worst chunks: accounts that lie apart, none of those that have positions already. */
const actor = (number: number): Trader => ({ number, signer: Signer.fromText(`worst chunks: owner ${number}`) });
const sharedMaker = actor(5_000);
const sharedTaker = actor(6_001);
const apartMaker = actor(5_100);
const apartTaker = actor(6_101);
const manyMaker = actor(5_203);
const manyTaker = actor(6_201);
const canceller = actor(7_778);
const withdrawer = actor(7_003);
const crowd = Array.from({ length: 60 }, (_, place) => actor(101 + place * 154));

const deepOrders = 40;
const metMakers = 60;
const rank = 100;

/**
 * The worst chunks, built on purpose for bytes, depth of the tree, positions and marks, and the one state on which each
 * of them is executed.
 */
export class WorstCase {
  readonly state: OrderedStore;
  readonly #shared: readonly number[];
  readonly #many: readonly number[];
  readonly #apart: readonly number[];
  readonly #universe: readonly number[];
  readonly #marked: readonly number[];

  constructor(parameters: GenesisParameters) {
    const random = new SeededRandom(7);
    const some = (count: number) => pickInstruments(random, count);
    this.state = largeState(parameters, random);
    this.#shared = some(MAX_POSITIONS);
    this.#apart = some(MAX_POSITIONS);
    this.#many = some(8);
    this.#universe = some(64);
    this.#marked = some(120);
    this.#equipActors(some);
  }

  #equipActors(some: (count: number) => number[]): void {
    const { state } = this;
    const give = ({ number, signer }: Trader, held: readonly number[], resting = 0) =>
      equip(state, number, signer.address, held, resting);
    give(sharedMaker, this.#shared, 1);
    give(sharedTaker, this.#shared);
    rest(state, sharedMaker.number, this.#shared[0]!, rank, 5, 1);

    const others = some(MAX_POSITIONS).filter((instrument) => instrument !== this.#apart[0]);
    give(apartMaker, [this.#apart[0]!, ...others.slice(0, MAX_POSITIONS - 1)], 1);
    give(apartTaker, this.#apart);
    rest(state, apartMaker.number, this.#apart[0]!, rank, 6, 1);

    give(manyMaker, this.#many, metMakers);
    give(manyTaker, this.#many);
    for (let id = 0; id < metMakers; id++) rest(state, manyMaker.number, this.#many[0]!, rank, 100 + id, id);

    crowd.forEach((trader, place) => {
      const held = this.#universe.filter((_, index) => (index + place) % 8 === 0);
      give(trader, held);
    });

    give(canceller, [], deepOrders);
    // Prices, sequences and client order ids that differ from the others in one bit each make the deepest paths.
    for (let bit = 0; bit < deepOrders; bit++) {
      rest(state, canceller.number, 1, 2 ** bit, 2 ** bit, 2 ** Math.min(bit, 31));
    }
    give(withdrawer, some(MAX_POSITIONS));
  }

  /** The chunks, signed for one deployment. */
  chunks(desk: Desk): WorstChunk[] {
    desk.clock = worstTime;
    const take = (taker: Trader, instrument: number, lots: number) =>
      desk.order(taker, { instrument, side: Side.buy, rank, lots, immediate: true });
    const trade = (name: string, ...bytes: Uint8Array[]): WorstChunk => ({
      name,
      kind: ChunkKind.trade,
      bytes: concatBytes(...bytes),
    });
    const risk = (name: string, ...bytes: Uint8Array[]): WorstChunk => ({
      name,
      kind: ChunkKind.risk,
      bytes: concatBytes(...bytes),
    });
    return [
      trade("64 and 64 positions, shared", take(sharedTaker, this.#shared[0]!, 10)),
      trade("64 and 64 positions, apart", take(apartTaker, this.#apart[0]!, 10)),
      trade("one taker, many makers", take(manyTaker, this.#many[0]!, 10 * metMakers)),
      trade("accounts of 8 positions", ...this.#crowdOrders(desk)),
      trade("deep cancels", ...Array.from({ length: 32 }, (_, bit) => desk.cancel(canceller, 2 ** bit))),
      trade("deep cancel of all", desk.cancelAll(canceller, 0)),
      trade("deep replacements", ...this.#replacements(desk)),
      trade("refused orders", ...this.#refusedOrders(desk)),
      risk("marks", ...this.#marked.map((instrument) => desk.mark(instrument))),
      risk("reports", ...this.#reports(desk)),
      risk("listings", ...this.#listings(desk)),
      risk("withdrawal, 64 positions", desk.withdraw(withdrawer, 5)),
    ];
  }

  #crowdOrders(desk: Desk): Uint8Array[] {
    return crowd.map((trader, place) => {
      const side = place % 2;
      return desk.order(trader, {
        instrument: this.#universe[place >> 1]!,
        side,
        rank,
        lots: 10,
        immediate: side === Side.sell,
      });
    });
  }

  /** Each takes a deep order away and lets another rest as deep. */
  #replacements(desk: Desk): Uint8Array[] {
    return Array.from({ length: 30 }, (_, bit) =>
      desk.replace(canceller, 2 ** bit, {
        instrument: 1,
        side: Side.buy,
        rank: 2 ** 39 - 2 ** bit,
        lots: 1,
        clientOrderId: 2 ** bit + 1,
      }),
    );
  }

  /** As many as a chunk may have bytes for, of accounts that lie apart, each signed by somebody else. */
  #refusedOrders(desk: Desk): Uint8Array[] {
    const { signer } = actor(1);
    const one = (place: number) =>
      desk.order({ number: 3 * place + 1, signer }, { instrument: 1, side: Side.buy, rank: 1, lots: 1 });
    const first = one(0);
    return [
      first,
      ...Array.from({ length: Math.floor(MAX_CHUNK_BYTES / first.length) - 1 }, (_, place) => one(place + 1)),
    ];
  }

  #reports(desk: Desk): Uint8Array[] {
    return Array.from({ length: MAX_UNDERLYINGS }, (_, place) => {
      const now = worstTime + 1 + place;
      const surfaces = [flatSurface(worstExpiry, price(8000e8), 80, now)];
      return concatBytes(desk.tick(now), desk.report(place + 1, now, 8001e8, surfaces));
    });
  }

  #listings(desk: Desk): Uint8Array[] {
    return Array.from({ length: 100 }, (_, place) =>
      desk.listInstrument({
        kind: InstrumentKind.call,
        underlying: 1 + (place % MAX_UNDERLYINGS),
        expiry: worstExpiry + 86_400 * (place % 3),
        strike: (50_000 + 7 * place) * 1e8,
      }),
    );
  }
}

function pickInstruments(random: SeededRandom, count: number): number[] {
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(1 + random.below(instrumentCount - 1));
  return [...chosen];
}
