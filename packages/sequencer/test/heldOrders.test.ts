import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineEvent, MarketRecord } from "@recourse/engine";
import {
  accountNumber,
  type Conditional,
  encodeTransaction,
  instrumentNumber,
  lots,
  price,
  priceRank,
  Reason,
  type ReasonCode,
  seconds,
  TransactionKind,
} from "@recourse/protocol";
import pino from "pino";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type HeldOrder, HeldOrders } from "../src/conditional/heldOrders.ts";
import { migrate } from "../src/database/migrations.ts";
import { PgliteDatabase } from "../src/database/pgliteDatabase.ts";
import { migrations } from "../src/journal/schema.ts";
import { until } from "./world.ts";

/** What becomes of held orders, whatever the engine says of them. */

const time = 1_700_000_000;
const instrument = instrumentNumber(1);

let folder: string;
let database: PgliteDatabase;
/** USD of the mark; what the engine answers, and what it was sent. */
let mark = 0;
let answer: ReasonCode | Error = Reason.Ok;
let sent: number[] = [];
let nextNonce = 1;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "recourse-held-"));
  database = await PgliteDatabase.open(join(folder, "data"));
  await migrate(database, migrations);
});

afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  await database.transaction([{ text: "DELETE FROM conditional_orders" }]);
  [mark, answer, sent] = [0, Reason.Ok, []];
});

const open = (): Promise<HeldOrders> =>
  HeldOrders.open({
    database,
    logger: pino({ level: "silent" }),
    // One lot is one unit of the underlying.
    market: () => ({ mark: BigInt(mark) * 1_000_000_000n, lot: 100_000_000 }) as unknown as MarketRecord,
    async send({ transaction }: HeldOrder) {
      sent.push(transaction.clientOrderId);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });

/** Sells at or below a price. */
function stop(id: number, triggerPrice: number, changes: Partial<Conditional> = {}): Uint8Array {
  return encodeTransaction({
    kind: TransactionKind.conditional,
    account: accountNumber(1),
    signer: 0,
    deadline: seconds(time + 1_000),
    nonce: nextNonce++,
    signature: new Uint8Array(64),
    instrument,
    side: 1,
    timeInForce: 1,
    options: 2,
    priceRank: priceRank(1),
    lots: lots(1),
    restMinutes: 0,
    clientOrderId: id,
    era: 0,
    triggerPrice: price(triggerPrice * 10 ** 8),
    triggerDirection: 1,
    ...changes,
  });
}

function execute(orders: HeldOrders, events: readonly EngineEvent[], at = time): void {
  const outcome = { reason: Reason.Ok, events };
  orders.follow({
    at: { sequence: 0, inboxCursor: 0 },
    transaction: undefined,
    outcome,
    term: 1,
    position: 1,
    time: at,
  });
}

/** Marks the instrument, and waits until whatever follows from it has been sent. */
async function markAt(orders: HeldOrders, dollars: number): Promise<void> {
  mark = dollars;
  execute(orders, [{ type: "marked", instrument }]);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

const idsOf = (orders: HeldOrders) => orders.list(accountNumber(1)).map(({ transaction }) => transaction.clientOrderId);
const kept = async () => (await database.query("SELECT 1 FROM conditional_orders")).length;

test("an order is sent once its price is reached, and is gone when it was executed", async () => {
  const orders = await open();
  mark = 200;
  await orders.hold(stop(1, 100));
  await orders.hold(stop(2, 90));
  await markAt(orders, 101);
  expect(sent).toEqual([]);
  await markAt(orders, 100);
  expect(sent).toEqual([1]);
  expect(idsOf(orders)).toEqual([2]);
  await until("the row gone", async () => (await kept()) === 1);
});

test("one that is refused for what passes is sent at every mark; one that never can be executed is not", async () => {
  const orders = await open();
  mark = 200;
  await orders.hold(stop(1, 100));
  answer = Reason.InsufficientMargin;
  await markAt(orders, 99);
  await markAt(orders, 98);
  expect(sent).toEqual([1, 1]);
  expect(orders.list(accountNumber(1))[0]!.lastRefusal).toBe(Reason.InsufficientMargin);
  answer = new Error("overloaded");
  await markAt(orders, 97);
  expect(idsOf(orders)).toEqual([1]);
  answer = Reason.NonceUsed;
  await markAt(orders, 97);
  expect(idsOf(orders)).toEqual([]);
});

test("orders are found again after a restart, but for those of another era", async () => {
  const first = await open();
  mark = 200;
  await first.hold(stop(1, 100));
  await first.hold(stop(2, 100, { era: 1 }));
  await first.stop();
  const second = await open();
  expect(idsOf(second)).toEqual([1, 2]);
  mark = 50;
  second.lookAtAll(1);
  await until("the order of this era sent", async () => sent.length === 1);
  expect(sent).toEqual([2]);
  await second.stop();
  expect(await kept()).toBe(0);
});

test("orders that are late, revoked, or whose instrument is gone are dropped", async () => {
  const orders = await open();
  mark = 200;
  await orders.hold(stop(1, 100, { deadline: seconds(time + 5) }));
  const revoked = await orders.hold(stop(2, 100));
  await orders.hold(stop(3, 100));
  execute(orders, [], time + 5);
  expect(idsOf(orders)).toEqual([1, 2, 3]);
  execute(orders, [], time + 6);
  expect(idsOf(orders)).toEqual([2, 3]);
  const { account, deadline, nonce } = revoked.transaction;
  execute(orders, [{ type: "revoked", account, deadline, nonce }]);
  expect(idsOf(orders)).toEqual([3]);
  execute(orders, [{ type: "pruned", instrument }]);
  expect(idsOf(orders)).toEqual([]);
  await orders.stop();
  expect(await kept()).toBe(0);
});

test("the same order is held once", async () => {
  const orders = await open();
  mark = 200;
  const bytes = stop(1, 100);
  await Promise.all([orders.hold(bytes), orders.hold(bytes.slice())]);
  expect(idsOf(orders)).toEqual([1]);
  expect(await kept()).toBe(1);
});
