import { ChunkExecution, type SignatureRecovery } from "@recourse/engine";
import { ChunkKind, Reason } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { OrderBook, Side } from "nodejs-order-book";
import { context, markBytes } from "../../test/support/world.ts";
import { compare, keep, prepared, type RowGroup } from "../harness.ts";
import { largeMarket, Market } from "../market/market.ts";
import { type MarketOrder, makeOrders } from "../market/orders.ts";
import { profileAlone } from "../profile.ts";

const SEED = 5;
const ORDERS = 3_000;
/** One instrument is marked anew for so many orders: at 20,000 orders/s each of 64 is marked 15 times a second. */
const ORDERS_PER_MARK = 20;

const PROFILED_RUNS = 5;
const ACCOUNTS = largeMarket.accounts;
const DEEP_RESTING_ORDERS = 50;

const peer = "nodejs-order-book 10.1.1";
const what = `${ORDERS} seeded orders (half rest, half take) of 2,000 accounts with 8 positions each in 64 instruments, in a state of more than 100,000 leaves with 42,000 resting orders, signers known beforehand, on one core`;
const less =
  "The peer only matches the same orders, in the same books: no accounts, margin, signatures' digests, nonces or commitment.";

/** The engine alone: orders a second on one core. */
export const engine: RowGroup = {
  rows: [
    {
      name: "engine/orders",
      unit: "orders/s",
      better: "more",
      peer,
      budget: { of: "ours", figure: 20_000 },
      how: `Executes ${what}, without marks and without hashing. ${less}`,
    },
    {
      name: "engine/orders-and-marks",
      unit: "orders/s",
      better: "more",
      peer,
      how: `The same, and one instrument marked anew (24 scenarios) after every ${ORDERS_PER_MARK} orders.`,
    },
    {
      name: "engine/orders-marks-and-hashing",
      unit: "orders/s",
      better: "more",
      peer,
      how: "The same, cut into chunks as the sequencer cuts them, with the state's root and the chunk's witness after each.",
    },
    {
      name: "engine/orders-in-deep-books",
      unit: "orders/s",
      better: "more",
      peer,
      how: `Orders as in engine/orders, of as many accounts, with ${ACCOUNTS * DEEP_RESTING_ORDERS} resting orders in the books. ${less}`,
    },
  ],

  async measure(report) {
    const market = new Market(largeMarket);
    const orders = makeOrders(market, ORDERS, SEED);
    const marks = market.instruments.map(({ number }) => markBytes(number));
    const run = (execute: (store: OrderedStore) => void) =>
      prepared(
        () => market.store.clone(),
        (store) => {
          execute(store);
          keep(store);
          return ORDERS;
        },
      );
    const figures = await compare({
      orders: run((store) => executeWhole(store, orders, [])),
      marks: run((store) => executeWhole(store, orders, marks)),
      hashing: run((store) => executeChunks(store, orders, marks)),
      peer: prepared(
        () => makeBooks(market),
        (books) => {
          for (const [place, order] of orders.entries()) keep(submit(books, order, `taker ${place}`));
          return ORDERS;
        },
      ),
    });
    const copies = Array.from({ length: PROFILED_RUNS }, () => market.store.clone());
    await profileAlone("engine-orders", () => {
      for (const store of copies) executeWhole(store, orders, []);
    });
    report("engine/orders", { ours: figures.orders, peer: figures.peer });
    report("engine/orders-and-marks", { ours: figures.marks, peer: figures.peer });
    report("engine/orders-marks-and-hashing", { ours: figures.hashing, peer: figures.peer });
    await measureDeepBooks(report);
  },
};

/** Books are ranges of the one tree, so that deep ones should cost no more than shallow ones. */
async function measureDeepBooks(report: Parameters<RowGroup["measure"]>[0]): Promise<void> {
  const market = new Market({ ...largeMarket, restingOrders: DEEP_RESTING_ORDERS });
  const orders = makeOrders(market, ORDERS, SEED);
  const figures = await compare({
    ours: prepared(
      () => market.store.clone(),
      (store) => {
        executeWhole(store, orders, []);
        keep(store);
        return ORDERS;
      },
    ),
    peer: prepared(
      () => makeBooks(market),
      (books) => {
        for (const [place, order] of orders.entries()) keep(submit(books, order, `taker ${place}`));
        return ORDERS;
      },
    ),
  });
  report("engine/orders-in-deep-books", figures);
}

/** Executes orders whose signers are known; every order must be accepted, or something else would be measured. */
class OrderExecution {
  #signer: Uint8Array | undefined;
  readonly recover: SignatureRecovery = () => this.#signer;

  /** @returns false where the chunk has no room for the order */
  execute(execution: ChunkExecution, { bytes, account }: MarketOrder): boolean {
    this.#signer = account.key.address;
    const outcome = execution.run(bytes);
    if (outcome === undefined) return false;
    if (outcome.reason !== Reason.Ok) throw new Error(`An order was refused for reason ${outcome.reason}.`);
    return true;
  }
}

/** Orders in chunks whose roots nobody asks for: nothing is hashed. Marks are of a chunk of another kind beside them. */
function executeWhole(store: OrderedStore, orders: readonly MarketOrder[], marks: readonly Uint8Array[]): void {
  const execution = new OrderExecution();
  let trade = new ChunkExecution(store, context(), ChunkKind.trade, execution.recover);
  const begin = (kind: ChunkKind) => {
    trade.finish();
    return new ChunkExecution(store, context(), kind, execution.recover);
  };
  for (const [place, order] of orders.entries()) {
    if (!execution.execute(trade, order)) {
      trade = begin(ChunkKind.trade);
      execution.execute(trade, order);
    }
    if (marks.length > 0 && place % ORDERS_PER_MARK === 0) {
      const risk = begin(ChunkKind.risk);
      risk.run(marks[(place / ORDERS_PER_MARK) % marks.length]!);
      risk.finish();
      trade = new ChunkExecution(store, context(), ChunkKind.trade, execution.recover);
    }
  }
  trade.finish();
}

/** As the sequencer does it: a chunk ends where the next transaction does not fit, or is of another kind. */
function executeChunks(store: OrderedStore, orders: readonly MarketOrder[], marks: readonly Uint8Array[]): void {
  const execution = new OrderExecution();
  const begin = (kind: ChunkKind) => new ChunkExecution(store, context(), kind, execution.recover);
  const end = (chunk: ChunkExecution) => {
    chunk.finish();
    keep(store.root());
    keep(store.witness());
  };
  // Marks come in groups, as a report brings them, so that they do not cut the orders' chunks short.
  const group = 8;
  let chunk = begin(ChunkKind.trade);
  for (const [place, order] of orders.entries()) {
    if (place % (group * ORDERS_PER_MARK) === 0) {
      end(chunk);
      const risk = begin(ChunkKind.risk);
      const first = (place / ORDERS_PER_MARK) % marks.length;
      for (const mark of marks.slice(first, first + group)) risk.run(mark);
      end(risk);
      chunk = begin(ChunkKind.trade);
    }
    if (!execution.execute(chunk, order)) {
      end(chunk);
      chunk = begin(ChunkKind.trade);
      execution.execute(chunk, order);
    }
  }
  end(chunk);
}

/** The market's books in the peer, one for each instrument, with the same resting orders. */
function makeBooks({ instruments, resting }: Market): OrderBook[] {
  const books = instruments.map(() => new OrderBook());
  for (const [place, order] of resting.entries()) submit(books, order, `maker ${place}`);
  return books;
}

type LimitOrder = Parameters<OrderBook["limit"]>[0];
type TimeInForce = NonNullable<LimitOrder["timeInForce"]>;

function submit(
  books: readonly OrderBook[],
  order: Pick<MarketOrder, "instrument" | "isBuy" | "priceRank" | "lots"> & { readonly isImmediate?: boolean },
  id: string,
): unknown {
  return books[order.instrument - 1]!.limit({
    id,
    side: order.isBuy ? Side.BUY : Side.SELL,
    size: order.lots,
    price: order.priceRank,
    // The package declares these names, but does not export them.
    timeInForce: (order.isImmediate ? "IOC" : "GTC") as TimeInForce,
  });
}
