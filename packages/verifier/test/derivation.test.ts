import { toHex } from "@recourse/protocol";
import { describe, expect, it } from "vitest";
import { Derivation, type DerivationOptions, type L1Event } from "../src/index.ts";
import { FakeL1 } from "./support/fakeL1.ts";
import { Market, wrongRoot } from "./support/market.ts";

/** A chain with deposits and three batches. */
function situation(options: DerivationOptions = {}) {
  const market = new Market();
  const l1 = new FakeL1(toHex(market.store.root()));
  l1.queue(market.deposits());
  l1.post(market.batch(market.bridge(market.deposits()), market.opening()));
  l1.post(market.batch(market.orders(4)));
  l1.post(market.batch(market.tick()));
  return { market, l1, derivation: new Derivation<never>(l1, options) };
}

describe("following a rollup", () => {
  it("finds the genesis, the messages and the standing batches", async () => {
    const { l1, derivation, market } = situation();
    const advance = await derivation.advance();
    if (advance.kind !== "extended") throw new Error(advance.kind);
    expect(advance.isAtHead).toBe(true);
    expect(advance.steps.map(({ type }) => type)).toEqual(["genesis", "termOpened", "posted", "posted", "posted"]);
    expect(derivation.chain.tip).toMatchObject({ index: 3, inboxTo: 2, stateRoot: toHex(market.store.root()) });
    expect(derivation.chain.messages(0, 2)).toEqual(market.deposits());
    expect(await derivation.advance()).toMatchObject({ kind: "idle" });
    l1.mine();
    expect(await derivation.advance()).toMatchObject({ kind: "extended", steps: [] });
  });

  it("asks for logs in bounded ranges", async () => {
    const { l1, derivation } = situation({ logRangeBlocks: 2 });
    const kinds: boolean[] = [];
    for (let place = 0; place < 4; place++) {
      const advance = await derivation.advance();
      if (advance.kind === "extended") kinds.push(advance.isAtHead);
    }
    expect(kinds).toEqual([false, false, false, true]);
    expect(l1.eventRequests).toBe(4);
    expect(derivation.chain.tip?.index).toBe(3);
  });

  it("goes on from the parent after a revert", async () => {
    const { l1, derivation, market } = situation();
    await derivation.advance();
    l1.revert(2);
    const advance = await derivation.advance();
    expect(advance).toMatchObject({ kind: "extended", steps: [{ type: "reverted", node: { index: 2 } }] });
    expect(derivation.chain.tip?.index).toBe(1);
    l1.post(market.batch(market.tick()));
    await derivation.advance();
    expect(derivation.chain.tip).toMatchObject({ index: 2, parent: { index: 1 } });
  });
});

describe("reorganizations of L1", () => {
  it("returns to the newest block that is still there", async () => {
    const { l1, derivation, market } = situation();
    await derivation.advance();
    const other = market.clone();
    l1.post(market.batch(market.tick()));
    await derivation.advance();
    l1.mine();
    await derivation.advance();
    l1.drop(2);
    l1.mine();
    const replacement = l1.post(other.batch(other.orders(2)));
    expect(await derivation.advance()).toEqual({ kind: "reorganized", keptBlock: 6 });
    expect(derivation.chain.tip?.index).toBe(3);
    await derivation.advance();
    expect(derivation.chain.tip).toMatchObject({ index: 4, batchHash: replacement.batchHash });
  });

  it("notices one that leaves the chain shorter", async () => {
    const { l1, derivation } = situation();
    await derivation.advance();
    l1.mine();
    await derivation.advance();
    l1.drop(1);
    expect(await derivation.advance()).toMatchObject({ kind: "idle" });
    l1.mine();
    await derivation.advance();
    l1.drop(2);
    l1.mine();
    expect(await derivation.advance()).toMatchObject({ kind: "reorganized" });
  });

  it("begins anew where nothing is left", async () => {
    const { l1, derivation } = situation();
    await derivation.advance();
    l1.drop(1);
    l1.mine();
    expect(await derivation.advance()).toEqual({ kind: "reorganized", keptBlock: undefined });
    expect(derivation.chain.tip).toBeUndefined();
    await derivation.advance();
    expect(derivation.chain.tip?.index).toBe(2);
  });

  it("takes nothing that was read while it happened", async () => {
    const { l1, derivation } = situation();
    l1.distort = (events) => {
      l1.drop(1);
      l1.mine();
      return events;
    };
    expect(await derivation.advance()).toMatchObject({ kind: "incomplete" });
    expect(derivation.chain.tip).toBeUndefined();
  });
});

describe("logs that do not fit", () => {
  const change = (type: L1Event["type"], changed: (event: never) => object) => (events: L1Event[]) =>
    events.map((event) => (event.type === type ? ({ ...event, ...changed(event as never) } as L1Event) : event));
  type Posted = Extract<L1Event, { type: "batchPosted" }>;
  type Queued = Extract<L1Event, { type: "messageQueued" }>;

  const distortions: Record<string, (events: L1Event[]) => L1Event[]> = {
    "without the genesis": (events) => events.filter(({ type }) => type !== "genesis"),
    "without anything": () => [],
    "without a message": (events) => events.filter((event) => event.type !== "messageQueued" || event.index !== 0),
    "without the last message": (events) =>
      events.filter((event) => event.type !== "messageQueued" || event.index !== 1),
    "without a batch": (events) => events.filter((event) => event.type !== "batchPosted" || event.summary.index !== 2n),
    "without the newest batch": (events) =>
      events.filter((event) => event.type !== "batchPosted" || event.summary.index !== 3n),
    "without the term": (events) => events.filter(({ type }) => type !== "termOpened"),
    "with another message": change("messageQueued", ({ message }: Queued) => ({ message: { ...message, time: 7 } })),
    "with another rolling hash": change("messageQueued", () => ({ rollingHash: wrongRoot })),
    "with another batch hash": change("batchPosted", () => ({ batchHash: wrongRoot })),
    "with another summary": change("batchPosted", ({ summary }: Posted) => ({
      summary: { ...summary, stateRoot: wrongRoot },
    })),
    "with another header": change("batchPosted", ({ header }: Posted) => ({ header: { ...header, era: 9 } })),
    "with other data": change("batchPosted", ({ data }: Posted) => ({ data: data.map((bytes) => bytes.slice(1)) })),
    "with data missing": change("batchPosted", ({ data }: Posted) => ({ data: data.slice(1) })),
  };

  it.each(Object.entries(distortions))("logs %s are not taken, and are read again", async (_, distort) => {
    const { l1, derivation } = situation();
    l1.distort = distort;
    expect(await derivation.advance()).toMatchObject({ kind: "incomplete" });
    expect(derivation.chain.tip).toBeUndefined();
    l1.distort = (events) => events;
    expect(await derivation.advance()).toMatchObject({ kind: "extended" });
    expect(derivation.chain.tip?.index).toBe(3);
  });

  it("a revert of a batch that does not stand is not taken", async () => {
    const { l1, derivation } = situation();
    l1.revert(4);
    expect(await derivation.advance()).toMatchObject({ kind: "incomplete" });
  });

  it("reads everything again where what was read earlier turns out wrong", async () => {
    const { l1, derivation, market } = situation();
    await derivation.advance();
    const { blocks } = l1;
    // The endpoint had shown a batch that the contract never held.
    l1.blocks = blocks.slice();
    l1.drop(1);
    l1.blocks.push({ block: blocks.at(-1)!.block, events: [] });
    l1.post(new Market().batch(market.tick()));
    for (let failure = 0; failure < 10; failure++) {
      expect(await derivation.advance()).toMatchObject({ kind: "incomplete" });
    }
    l1.drop(1);
    l1.mine();
    expect(await derivation.advance()).toMatchObject({ kind: "extended" });
    expect(derivation.chain.tip?.index).toBe(2);
  });

  it("an endpoint that fails changes nothing", async () => {
    const { l1, derivation } = situation();
    l1.failure = new Error("down");
    await expect(derivation.advance()).rejects.toThrow("down");
    l1.failure = undefined;
    expect(await derivation.advance()).toMatchObject({ kind: "extended" });
  });
});

describe("several endpoints", () => {
  it("takes nothing while two of them differ", async () => {
    const { l1, market } = situation();
    const other = new FakeL1(toHex(new Market().store.root()));
    other.blocks = l1.blocks.slice();
    const derivation = new Derivation<never>(l1, { others: [other] });
    expect(await derivation.advance()).toMatchObject({ kind: "extended" });
    l1.post(market.batch(market.tick()));
    other.mine();
    expect(await derivation.advance()).toMatchObject({
      kind: "incomplete",
      detail: "Endpoint 2 has another block 7 than the first.",
    });
    expect(derivation.chain.tip?.index).toBe(3);
  });

  it("goes on where one is behind or silent", async () => {
    const { l1, market } = situation();
    const other = new FakeL1(toHex(new Market().store.root()));
    other.blocks = l1.blocks.slice();
    const silent: number[] = [];
    const derivation = new Derivation<never>(l1, {
      others: [other],
      onSilentEndpoint: (place) => silent.push(place),
    });
    l1.post(market.batch(market.tick()));
    expect(await derivation.advance()).toMatchObject({ kind: "extended" });
    other.failure = new Error("down");
    l1.mine();
    expect(await derivation.advance()).toMatchObject({ kind: "extended" });
    expect(silent).toEqual([2]);
  });
});
