import { accountNumber, ChunkKind, concatBytes, instrumentNumber, MAX_POSITIONS, reasonName } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { describe, expect, it } from "vitest";
import { type LegFields, makerSignatureOf, signedBlockTrade } from "../../../test/support/blocks.ts";
import { imbalances } from "../../../test/support/invariants.ts";
import { context, signedSession, signer } from "../../../test/support/world.ts";
import {
  accountKey,
  accountMargin,
  encodeAccount,
  executeChunk,
  readAccount,
  readGlobal,
  readMarket,
  readPositions,
} from "../src/index.ts";
import { block, blockFields, blockTrade, lowerPut, moveTo, rankOfMark, spreadMarket } from "./blockMarket.ts";
import {
  buy,
  cashOf,
  deadline,
  expiry,
  keys,
  perpetual,
  put,
  run,
  sell,
  setCash,
  start,
  tick,
  trade,
} from "./market.ts";

/** A bear spread of puts with a perpetual bought against it, each at its mark. */
function hedgedSpread(store: OrderedStore, size: number): LegFields[] {
  return [
    { instrument: perpetual, side: 0, rank: rankOfMark(store, perpetual), lots: size },
    { instrument: put, side: 0, rank: rankOfMark(store, put), lots: 2 * size },
    { instrument: lowerPut, side: 1, rank: rankOfMark(store, lowerPut), lots: 2 * size },
  ];
}

const positionsOf = (store: OrderedStore, account: number) =>
  Object.fromEntries(
    readPositions(store, accountNumber(account)).map(({ instrument, lots }) => [instrument as number, lots]),
  );

describe("A block trade", () => {
  it("gives both parties all legs at its prices, and the fund a fee of each", () => {
    const store = spreadMarket();
    const legs = hedgedSpread(store, 100);
    const { reasons, events } = block(store, blockTrade({ legs }));
    expect(reasons).toEqual(["Ok"]);
    expect(positionsOf(store, 1)).toEqual({ [perpetual]: 100, [put]: 200, [lowerPut]: -200 });
    expect(positionsOf(store, 2)).toEqual({ [perpetual]: -100, [put]: -200, [lowerPut]: 200 });
    const values = legs.map(({ rank, lots }) => rank * lots * 100);
    const fees = (rate: number) => values.map((value) => Math.ceil((value * rate) / 1_000_000));
    const [takerFees, makerFees] = [fees(300), fees(100)];
    const paid = values[0]! + values[1]! - values[2]!;
    const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);
    expect(cashOf(store, 1)).toBe(1_000_000_000_000 - paid - sum(takerFees));
    expect(cashOf(store, 2)).toBe(1_000_000_000_000 + paid - sum(makerFees));
    expect(readGlobal(store).insurance).toBe(sum(takerFees) + sum(makerFees));
    expect(legs.map(({ instrument }) => readMarket(store, instrumentNumber(instrument))!.openInterest)).toEqual([
      100, 200, 200,
    ]);
    expect(events).toEqual([
      {
        type: "blockTrade",
        taker: 1,
        maker: 2,
        legs: legs.map(({ instrument, side, rank: priceRank, lots }, place) => {
          const [value, takerFee, makerFee] = [values[place], takerFees[place], makerFees[place]];
          return { instrument, side, priceRank, lots, value, takerFee, makerFee };
        }),
      },
    ]);
    for (const account of [1, 2]) {
      const { margin } = readAccount(store, accountNumber(account))!;
      const { initialMargin } = accountMargin(store, accountNumber(account))!;
      expect(BigInt(margin)).toBe((initialMargin + 999n) / 1000n);
    }
    expect(imbalances(store)).toEqual({});
  });

  it("closes and turns positions, and takes what is closed out of the state", () => {
    const store = spreadMarket();
    const legs = hedgedSpread(store, 100);
    block(store, blockTrade({ legs }));
    const [hedge, upper, lower] = legs;
    const back = [
      { ...hedge!, side: 1 },
      { ...upper!, side: 1, lots: 250 },
      { ...lower!, side: 0, lots: 50 },
    ];
    expect(block(store, blockTrade({ legs: back })).reasons).toEqual(["Ok"]);
    expect(positionsOf(store, 1)).toEqual({ [put]: -50, [lowerPut]: -150 });
    expect(positionsOf(store, 2)).toEqual({ [put]: 50, [lowerPut]: 150 });
    expect(readMarket(store, perpetual)!.openInterest).toBe(0);
    const rest = [
      { ...upper!, side: 0, lots: 50 },
      { ...lower!, side: 0, lots: 150 },
    ];
    expect(block(store, blockTrade({ legs: rest })).reasons).toEqual(["Ok"]);
    for (const account of [1, 2]) {
      expect(readAccount(store, accountNumber(account))).toMatchObject({ positions: 0, margin: 0, notional: 0 });
    }
    expect(readGlobal(store)).toMatchObject({ margin: 0n, notional: 0n, claims: 0n });
    expect(imbalances(store)).toEqual({});
  });

  it("needs as a whole less margin than its legs one by one", () => {
    const store = spreadMarket();
    const size = 2_000;
    const [, upper, lower] = hedgedSpread(store, size);
    const spread = [upper!, lower!];
    const whole = store.clone();
    block(whole, blockTrade({ legs: spread }));
    // As much cash as the spread needs, and no more.
    const { equity, initialMargin } = accountMargin(whole, accountNumber(1))!;
    setCash(store, 1, cashOf(store, 1) - Number((equity - initialMargin) / 1000n));
    const sold = store.clone();
    expect(block(sold, blockTrade({ legs: [lower!] })).reasons).toEqual(["InsufficientMargin"]);
    expect(block(store, blockTrade({ legs: spread })).reasons).toEqual(["Ok"]);
  });

  it("judges the maker's margin as it does the taker's", () => {
    const store = spreadMarket();
    const legs = hedgedSpread(store, 1_000);
    setCash(store, 2, 1_000_000);
    expect(block(store, blockTrade({ legs })).reasons).toEqual(["CounterpartyMargin"]);
    setCash(store, 1, 1_000_000);
    expect(block(store, blockTrade({ legs })).reasons).toEqual(["InsufficientMargin"]);
  });

  it("uses both nonces, and neither again, for whatever it is", () => {
    const store = spreadMarket();
    const legs = hedgedSpread(store, 10);
    const fields = blockFields({ legs });
    expect(block(store, signedBlockTrade(fields)).reasons).toEqual(["Ok"]);
    expect(block(store, signedBlockTrade(fields)).reasons).toEqual(["NonceUsed"]);
    // The maker's side again with another taker's nonce, and with another taker.
    expect(block(store, signedBlockTrade({ ...fields, nonce: 60_001 })).reasons).toEqual(["NonceUsed"]);
    expect(block(store, signedBlockTrade({ ...fields, account: 3, key: keys[2]! })).reasons).toEqual(["NonceUsed"]);
    const { nonce } = fields.maker;
    expect(trade(store, buy(2, 700_000, 1, { nonce })).reasons).toEqual(["NonceUsed"]);
    expect(trade(store, buy(1, 700_000, 1, { nonce: fields.nonce })).reasons).toEqual(["NonceUsed"]);
  });

  it("holds a maker to nothing but what it has signed", () => {
    const store = spreadMarket();
    const legs = hedgedSpread(store, 10);
    const fields = blockFields({ legs });
    const makerSignature = makerSignatureOf(fields);
    const others: [string, Partial<typeof fields>][] = [
      ["another price", { legs: [{ ...legs[0]!, rank: legs[0]!.rank + 1 }, ...legs.slice(1)] }],
      ["another size", { legs: [{ ...legs[0]!, lots: 11 }, ...legs.slice(1)] }],
      ["another side", { legs: [{ ...legs[0]!, side: 1 }, ...legs.slice(1)] }],
      ["a leg less", { legs: legs.slice(1) }],
      ["another taker", { account: 3, key: keys[2]! }],
      ["another nonce of the taker", { nonce: fields.nonce + 40_000 }],
      ["another nonce of its own", { maker: { ...fields.maker, nonce: fields.maker.nonce + 40_000 } }],
      ["another deadline", { deadline: fields.deadline + 1 }],
      ["another account of its own", { maker: { ...fields.maker, account: 4 } }],
    ];
    for (const [what, changes] of others) {
      const transaction = signedBlockTrade({ ...fields, ...changes, makerSignature });
      expect(block(store, transaction).reasons, what).toEqual(["BadSignature"]);
    }
    // Nor does a taker's signature make it the maker.
    const { account, key, nonce, maker } = fields;
    const turned = {
      ...fields,
      account: maker.account,
      key: maker.key,
      nonce: maker.nonce,
      maker: { account, key, nonce },
    };
    expect(block(store, signedBlockTrade({ ...turned, makerSignature })).reasons).toEqual(["BadSignature"]);
    expect(block(store, signedBlockTrade(fields)).reasons).toEqual(["Ok"]);
  });

  it("may be signed by session keys that may trade, on either side", () => {
    const store = spreadMarket();
    const session = signer(77);
    const scopes = [1, 2];
    for (const [place, scope] of scopes.entries()) {
      for (const [account, nonce] of [
        [1, 900],
        [2, 901],
      ] as const) {
        const terms = { number: 5 + place, address: session.address, scope, expiry: deadline };
        const by = { account, key: keys[account - 1]!, deadline, nonce: nonce + 10 * place };
        expect(trade(store, signedSession({ ...by, ...terms })).reasons).toEqual(["Ok"]);
      }
    }
    const legs = hedgedSpread(store, 10);
    const trading = { key: session, signer: 5 };
    const cancelling = { key: session, signer: 6 };
    const maker = (by: object) => ({ ...blockFields({ legs }).maker, ...by });
    expect(block(store, blockTrade({ legs, ...cancelling })).reasons).toEqual(["OutOfScope"]);
    expect(block(store, blockTrade({ legs, maker: maker(cancelling) })).reasons).toEqual(["OutOfScope"]);
    expect(block(store, blockTrade({ legs, maker: maker({ signer: 9 }) })).reasons).toEqual(["UnknownSigner"]);
    expect(block(store, blockTrade({ legs, ...trading, maker: maker(trading) })).reasons).toEqual(["Ok"]);
  });

  it("changes nothing at all where one leg cannot be traded, whichever it is and why", () => {
    const store = spreadMarket();
    const legs = hedgedSpread(store, 10);
    const [hedge, upper, lower] = legs as [LegFields, LegFields, LegFields];
    const causes: [string, LegFields[]][] = [
      ["MalformedBlock", []],
      ["MalformedBlock", [upper, hedge]],
      ["MalformedBlock", [hedge, hedge]],
      ["MalformedBlock", [{ ...hedge, instrument: 0 }, upper]],
      ["MalformedBlock", [hedge, { ...upper, side: 2 }]],
      ["MalformedBlock", [hedge, { ...upper, lots: 0 }]],
      ["MalformedBlock", [hedge, { ...upper, rank: 0 }]],
      ["UnknownInstrument", [hedge, { ...upper, instrument: 9 }]],
      ["ValueOutOfRange", [hedge, { ...upper, rank: 2 ** 34 }]],
      ["ValueOutOfRange", [hedge, { ...upper, rank: 2 ** 31, lots: 2 ** 31 }]],
      ["ValueOutOfRange", [{ ...hedge, lots: 2 ** 25 }, upper]],
      ["OutsidePriceBand", [{ ...hedge, rank: Math.floor(hedge.rank * 1.2) }, upper, lower]],
      ["OutsidePriceBand", [{ ...hedge, rank: Math.floor(hedge.rank * 0.8) }, upper, lower]],
      ["OutsidePriceBand", [hedge, upper, { ...lower, rank: lower.rank + 796_100 }]],
      ["InsufficientMargin", [{ ...hedge, lots: 100_000 }, upper]],
      ["CounterpartyMargin", legs.map((leg) => ({ ...leg, lots: leg.lots * 10_000 }))],
    ];
    const root = store.root();
    for (const [reason, changed] of causes) {
      const copy = store.clone();
      expect(block(copy, blockTrade({ legs: changed })).reasons).toEqual([reason]);
      // The chunk's end writes what an empty chunk writes: its place in the stream.
      expect(positionsOf(copy, 1)).toEqual({});
      expect(readGlobal(copy)).toEqual({
        ...readGlobal(store),
        position: readGlobal(copy).position,
        runningHash: readGlobal(copy).runningHash,
      });
      expect([...copy.entries()].slice(1)).toEqual([...store.entries()].slice(1));
    }
    expect(store.root()).toEqual(root);
    const self = { account: 1, key: keys[0]!, nonce: 44_000 };
    expect(block(store, blockTrade({ legs, maker: self })).reasons).toEqual(["MalformedBlock"]);
    const stranger = { account: 99, key: keys[0]!, nonce: 44_001 };
    expect(block(store, blockTrade({ legs, maker: stranger })).reasons).toEqual(["UnknownAccount"]);
    expect(block(store, blockTrade({ legs, account: 99 })).reasons).toEqual(["UnknownAccount"]);
    expect(block(store, blockTrade({ legs, deadline: start - 1 })).reasons).toEqual(["DeadlinePassed"]);
    expect(block(store, blockTrade({ legs, deadline: start + 601 })).reasons).toEqual(["DeadlineTooFar"]);
    expect(trade(store, blockTrade({ legs })).reasons).toEqual(["WrongChunkKind"]);
  });

  it("is refused where a mark is too old, of a leg or of another position of either party", () => {
    const store = spreadMarket();
    const legs = hedgedSpread(store, 10);
    const [hedge, upper] = legs as [LegFields, LegFields];
    expect(block(store, blockTrade({ legs: [upper] })).reasons).toEqual(["Ok"]);
    const later = start + 3_601;
    moveTo(store, later, 7_961_00000000, [perpetual]);
    const fresh = { deadline: later + 60 };
    expect(block(store, blockTrade({ legs: [upper], ...fresh })).reasons).toEqual(["MarkTooOld"]);
    expect(block(store, blockTrade({ legs: [hedge], ...fresh })).reasons).toEqual(["MarkTooOld"]);
    const maker = { account: 4, key: keys[3]!, nonce: 44_002 };
    const others = { account: 3, key: keys[2]!, maker, legs: [hedge], ...fresh };
    expect(block(store, blockTrade(others)).reasons).toEqual(["Ok"]);
    const oneOld = { ...others, maker: { account: 2, key: keys[1]!, nonce: 44_003 }, nonce: 44_004 };
    expect(block(store, blockTrade(oneOld)).reasons).toEqual(["MarkTooOld"]);
  });

  it("is refused after the expiry of a leg", () => {
    const store = spreadMarket();
    const [, upper] = hedgedSpread(store, 10);
    tick(store, expiry);
    expect(block(store, blockTrade({ legs: [upper!], deadline: expiry + 1 })).reasons).toEqual(["InstrumentExpired"]);
  });

  it("counts positions after all legs", () => {
    const store = spreadMarket();
    const [hedge, upper, lower] = hedgedSpread(store, 10) as [LegFields, LegFields, LegFields];
    block(store, blockTrade({ legs: [upper] }));
    for (const account of [1, 2]) setPositions(store, account, MAX_POSITIONS);
    expect(block(store, blockTrade({ legs: [hedge] })).reasons).toEqual(["TooManyPositions"]);
    // One comes, another goes.
    expect(block(store, blockTrade({ legs: [hedge, { ...upper, side: 1 }] })).reasons).toEqual(["Ok"]);
    expect(block(store, blockTrade({ legs: [lower] })).reasons).toEqual(["TooManyPositions"]);
    expect(readAccount(store, accountNumber(1))!.positions).toBe(MAX_POSITIONS);
  });

  it("meets what the books hold in no way", () => {
    const store = spreadMarket();
    const { rank } = hedgedSpread(store, 10)[0]!;
    trade(store, sell(3, rank - 100, 50), buy(4, rank - 200, 50));
    const leg = { instrument: perpetual, side: 0, rank, lots: 10 };
    expect(block(store, blockTrade({ legs: [leg] })).reasons).toEqual(["Ok"]);
    expect(positionsOf(store, 3)).toEqual({});
    expect(readAccount(store, accountNumber(3))!.restingOrders).toBe(1);
  });

  it("goes to the next chunk, having changed nothing, where a chunk has no room for it", () => {
    const store = spreadMarket();
    const legs = hedgedSpread(store, 1);
    const many = Array.from({ length: 45 }, () => blockTrade({ legs }));
    const copy = store.clone();
    const { reasons, executedBytes } = executeChunk(copy, context(), ChunkKind.block, concatBytes(...many));
    expect(reasons.length).toBeLessThan(many.length);
    const rest = concatBytes(...many).subarray(executedBytes);
    const second = executeChunk(copy, context(), ChunkKind.block, rest);
    expect([...reasons, ...second.reasons].map(reasonName)).toEqual(many.map(() => "Ok"));
    for (const transaction of many) run(store, ChunkKind.block, transaction);
    expect(copy.root()).toEqual(store.root());
  });
});

function setPositions(store: OrderedStore, account: number, positions: number): void {
  const number = accountNumber(account);
  store.put(accountKey(number), encodeAccount({ ...readAccount(store, number)!, positions }));
}
