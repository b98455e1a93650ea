import {
  decodePremium,
  encodePosition,
  encodePremium,
  fundingDue,
  type GlobalRecord,
  type PremiumRecord,
  positionKey,
  premiumKey,
  readGlobal,
  readInstrument,
  readMarket,
  readPositions,
} from "@recourse/engine";
import { accountNumber, ChunkKind, instrumentNumber, Side } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { addCash, type Bend, changeGlobal, changeMarket, meanwhile } from "./bending.ts";
import { tradableInstruments } from "./books.ts";
import { pick } from "./chance.ts";
import type { Scene, Staged, Staging } from "./kinds.ts";
import { inTurn, prelude, staged } from "./scenes.ts";

/** Lies about funding, and about the premium that it comes from. */

/** Somebody who owes funding, or is owed some, and trades the perpetual. */
function owing(scene: Scene) {
  const { draft, world, random } = scene;
  const { market } = world;
  const { desk } = market;
  const perpetuals = tradableInstruments(draft.state).filter(({ isPerpetual }) => isPerpetual);
  const debts = market.traders
    .filter(({ wealth }) => wealth === "rich")
    .flatMap((trader) =>
      readPositions(draft.state, accountNumber(trader.number)).flatMap(({ instrument, lots, fundingIndex }) => {
        const perpetual = perpetuals.find((other) => other.instrument === instrument);
        const due = fundingDue(lots, readMarket(draft.state, instrument)!.fundingIndex, fundingIndex);
        return perpetual === undefined || due === 0n ? [] : [{ trader, ...perpetual, lots, due }];
      }),
    );
  if (debts.length === 0) return undefined;
  const { trader, instrument, fair, lots, due } = pick(random, debts);
  const side = lots > 0 ? Side.sell : Side.buy;
  const rank = Math.round(fair * (side === Side.buy ? 1.02 : 0.98));
  const other = desk.order(market.someone("rich", trader), { instrument, side: 1 - side, rank: fair, lots: 3 });
  const order = desk.order(trader, { instrument, side, rank, lots: 1, immediate: true });
  return { trader, instrument, transactions: [other, order], due };
}

function notPaid(scene: Scene): Staged {
  const debt = owing(scene);
  if (debt === undefined) return anotherRate(scene);
  const { trader, instrument, transactions } = debt;
  const key = positionKey(accountNumber(trader.number), instrumentNumber(instrument));
  const bend: Bend = {
    before: (store) => {
      const { lots } = readPositions(store, accountNumber(trader.number)).find(
        (held) => held.instrument === instrument,
      )!;
      store.put(key, encodePosition(lots, readMarket(store, instrumentNumber(instrument))!.fundingIndex));
    },
  };
  return staged(ChunkKind.trade, transactions, { 1: bend }, "not paid");
}

function paidTwice(scene: Scene): Staged {
  const debt = owing(scene);
  if (debt === undefined) return anotherRate(scene);
  const { trader, transactions, due } = debt;
  const amount = Number(due / 1000n) || Math.sign(Number(due));
  const bend: Bend = {
    after: (store) => {
      addCash(store, trader.number, -amount);
      const { insurance, claims } = readGlobal(store);
      changeGlobal(store, { insurance: (insurance + amount) as GlobalRecord["insurance"], claims: claims - due });
    },
  };
  return staged(ChunkKind.trade, transactions, { 1: bend }, "paid twice");
}

/** A report, and a perpetual that is marked by it. */
function marked(scene: Scene, bend: (instrument: number, state: OrderedStore) => Bend, variant: string): Staged {
  const { draft, world, random } = scene;
  const { market } = world;
  const { instrument } = pick(
    random,
    tradableInstruments(draft.state).filter(({ isPerpetual }) => isPerpetual),
  );
  const { underlying } = readInstrument(draft.state, instrument)!;
  const news = [market.desk.tick(draft.time), market.report(underlying, draft.time)];
  return staged(ChunkKind.risk, [...news, market.desk.mark(instrument)], { 2: bend(instrument, draft.state) }, variant);
}

const anotherRate = (scene: Scene): Staged =>
  marked(
    scene,
    (instrument) => ({
      after: (store) => {
        const { fundingIndex } = readMarket(store, instrumentNumber(instrument))!;
        changeMarket(store, instrument, { fundingIndex: fundingIndex + 1n });
      },
    }),
    "at another rate",
  );

const ofAnotherHour = (scene: Scene): Staged =>
  marked(
    scene,
    (instrument) => changedPremium(instrument, ({ hourSum }) => ({ hourSum: hourSum + 3_600n })),
    "of another hour",
  );

const changedPremium = (instrument: number, changesOf: (record: PremiumRecord) => Partial<PremiumRecord>): Bend => ({
  after: (store) => {
    const key = premiumKey(instrumentNumber(instrument));
    const record = decodePremium(store.peek(key)!);
    store.put(key, encodePremium({ ...record, ...changesOf(record) }));
  },
});

/** What the book says of a perpetual is not what the mark is made of. */
const premium: Staging = (scene) =>
  inTurn(scene, [
    () =>
      marked(scene, (instrument) => changedPremium(instrument, ({ premium }) => ({ premium: premium + 1n })), "bent"),
    () =>
      marked(
        scene,
        (instrument) => ({
          after: (store) => {
            const { mark } = readMarket(store, instrumentNumber(instrument))!;
            changeMarket(store, instrument, { mark: mark + 1_000n });
          },
        }),
        "counted for more in the mark",
      ),
    () => marked(scene, (instrument) => changedPremium(instrument, () => ({ average: 7n })), "of another average"),
    observedAtOnce,
  ]);

/** The book is looked at again though there is no newer report. */
function observedAtOnce(scene: Scene): Staged {
  const { draft, world } = scene;
  const { market } = world;
  const { instrument, fair } = pick(
    scene.random,
    tradableInstruments(draft.state).filter(({ isPerpetual }) => isPerpetual),
  );
  const { underlying } = readInstrument(draft.state, instrument)!;
  prelude(scene, ChunkKind.risk, [
    market.desk.tick(draft.time - 1),
    market.report(underlying, draft.time - 1),
    market.desk.mark(instrument),
  ]);
  const value = 20_000_000_000;
  const lots = Math.ceil(value / (fair * 100));
  const bids = [
    market.desk.order(market.someone("rich"), { instrument, side: Side.buy, rank: Math.round(fair * 1.02), lots }),
  ];
  prelude(scene, ChunkKind.trade, bids);
  const bend = meanwhile((store) => {
    const { reportTime } = readMarket(store, instrument)!;
    changeMarket(store, instrument, { reportTime: (reportTime - 1) as typeof reportTime });
    return () => {};
  });
  return staged(ChunkKind.risk, [market.desk.mark(instrument)], { 0: bend }, "observed twice for one report");
}

const funding: Staging = (scene) => inTurn(scene, [notPaid, paidTwice, anotherRate, ofAnotherHour]);

export const fundingLies = { funding, premium };
