import { ChunkKind, concatBytes } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { bid, offer, perpetualMarket, start, usd } from "../../packages/engine/test/perpetualMarket.ts";
import { context, markBytes, signedReport, tickBytes } from "../support/world.ts";
import type { ChunkInput } from "./comparison.ts";

/** A state whose perpetual is about to be marked, some hours long. */
export interface PremiumBook {
  readonly name: string;
  readonly store: OrderedStore;
  readonly input: ChunkInput;
}

/** Books in which it takes the last unit to say which orders make a premium: chance seldom makes them. */
export function premiumBooks(): PremiumBook[] {
  /** A market of some accounts, in USD, with what is done in it. */
  const book = (name: string, deposits: readonly number[], fill: (store: OrderedStore) => void): PremiumBook => {
    const store = perpetualMarket(deposits);
    fill(store);
    const report = (time: number, index: number) => signedReport({ underlying: 1, time, index: index * usd });
    const at = (hour: number) => start + hour * 3_600;
    const chunk = concatBytes(
      ...[tickBytes(at(1)), report(at(1), 10_000), markBytes(1)],
      // The second hour's funding, then an hour of silence to the second, then an index of half.
      ...[tickBytes(at(2)), markBytes(1), tickBytes(at(4)), markBytes(1), report(at(4), 5_000), markBytes(1)],
    );
    return { name, store, input: { kind: ChunkKind.risk, context: context(), chunk } };
  };
  return [
    book("exactly enough", [1_601.6], (store) => bid(store, 1, 1_000, 100)),
    book("one unit too little", [1_601.599999], (store) => bid(store, 1, 1_000, 100)),
    book("several orders of one account", [1_000, 1_000], (store) => {
      bid(store, 1, 900, 50);
      bid(store, 2, 850, 20);
      bid(store, 1, 800, 13);
      bid(store, 1, 700, 12);
      bid(store, 2, 600, 12);
    }),
    book("a position is closed wholly, and no further", [1_700, 1_000_000], (store) => {
      offer(store, 2, 0, 100);
      bid(store, 1, 0, 100);
      offer(store, 1, -1_003, 60);
      offer(store, 1, -907, 41);
      offer(store, 1, -809, 40);
      offer(store, 1, -700, 1);
    }),
    book("a short position's proceeds", [1_000, 1_000_000], (store) => {
      offer(store, 1, 0, 50);
      bid(store, 2, 0, 50);
      offer(store, 1, -1_000, 20);
      offer(store, 1, -500, 12);
    }),
    book("reduce-only orders, and one far off", [1_000_000, 1_000_000], (store) => {
      offer(store, 1, 0, 40);
      bid(store, 2, 0, 40);
      bid(store, 1, 20_000, 60, { options: 2 });
      bid(store, 2, 19_000, 90);
    }),
    book("orders at the index, and dead ones", [1_000_000], (store) => {
      bid(store, 1, 0, 10);
      bid(store, 1, 500, 10, { restMinutes: 1 });
      bid(store, 1, 400, 10);
    }),
  ];
}
