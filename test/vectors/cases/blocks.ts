import { encodePosition, positionKey } from "@recourse/engine";
import {
  accountNumber,
  ChunkKind,
  cash,
  concatBytes,
  encodeMessages,
  instrumentNumber,
  MAX_CASH,
  MAX_OPEN_INTEREST,
  MAX_POSITIONS,
} from "@recourse/protocol";
import type { LegFields } from "../../support/blocks.ts";
import { depositMessage, markBytes, signer, tickBytes } from "../../support/world.ts";
import {
  changeAccount,
  changeGlobal,
  changeMarket,
  holdPositions,
  instrumentsFarApart,
  market,
  marketAfter,
  marketWith,
  run,
  runAll,
} from "./state.ts";
import {
  block,
  blockTrade,
  bob,
  bridge,
  carol,
  daily,
  listing,
  perpetual,
  put,
  repeated,
  report,
  session,
  sessionKey,
  soon,
  start,
  unmarked,
  type VectorCase,
  withdraw,
} from "./terms.ts";

/** The first legs of a spread: a perpetual is bought, a put sold. */
const perpetualLeg = { instrument: perpetual, side: 0, rank: 796_100, lots: 10 };
const putLeg = { instrument: put, side: 1, rank: 3_800, lots: 4 };
const legs = [perpetualLeg, putLeg];

/** Whole: one leg in the perpetual. */
const one = (changes: Partial<LegFields>): LegFields[] => [{ ...perpetualLeg, ...changes }];

/** Block trades: all legs or none. */
export const blockCases: readonly VectorCase[] = [
  {
    name: "block-trade",
    why: "Two legs at once: positions, cash, both rates of fees, open interest, totals and both nonces.",
    reasons: ["Ok", "NonceUsed", "NonceUsed", "NonceUsed"],
    state: market,
    kind: block,
    chunk: concatBytes(
      blockTrade(1, 2, 1, legs),
      blockTrade(1, 2, 1, legs),
      blockTrade(1, 2, 2, legs, { nonce: 1 }),
      blockTrade(1, 2, 1, legs, { nonce: 2 }),
    ),
  },
  {
    name: "block-closes-and-reverses",
    why: "Positions that are closed go, one that is turned round stays; funding that is due is paid first.",
    reasons: ["Ok", "Ok"],
    state: () => {
      const store = market();
      runAll(store, blockTrade(1, 2, 1, legs));
      changeMarket(store, perpetual, { fundingIndex: 1_234_567n });
      return store;
    },
    kind: block,
    chunk: concatBytes(
      blockTrade(2, 1, 2, [
        { ...perpetualLeg, lots: 15 },
        { ...putLeg, lots: 4 },
      ]),
      blockTrade(1, 2, 3, one({ lots: 5 })),
    ),
  },
  {
    name: "block-pays-funding-both-ways",
    why: "Who is long pays funding rounded up, who is short gets it rounded down, and the fund's claims fall by it.",
    reasons: ["Ok"],
    state: () => {
      const store = market();
      runAll(store, blockTrade(1, 2, 1, one({ lots: 3 })), blockTrade(2, 3, 2, one({ lots: 1 })));
      changeMarket(store, perpetual, { fundingIndex: -777n });
      changeGlobal(store, { claims: -777n });
      return store;
    },
    kind: block,
    chunk: blockTrade(3, 1, 3, one({ lots: 1 })),
  },
  {
    name: "block-of-eight",
    why: "As many legs as there may be; more do not decode.",
    reasons: ["Ok"],
    state: marketWith((store) => holdPositions(store, 3, 9)),
    kind: block,
    chunk: concatBytes(
      ...[8, 9].map((count) =>
        blockTrade(
          1,
          2,
          count,
          instrumentsFarApart(count).map((instrument) => ({ ...putLeg, instrument })),
        ),
      ),
    ),
  },
  {
    name: "block-margin-as-a-whole",
    why: "A spread needs what it needs as a whole: its legs alone would need more than there is.",
    reasons: ["InsufficientMargin", "Ok"],
    state: marketWith((store) => changeAccount(store, 3, { cash: 248_000_000 })),
    kind: block,
    chunk: concatBytes(
      blockTrade(3, 1, 1, one({ lots: 20 })),
      blockTrade(3, 1, 1, [
        { ...perpetualLeg, lots: 20 },
        { instrument: daily, side: 1, rank: 7_300, lots: 20 },
      ]),
    ),
  },
  {
    name: "block-by-sessions",
    why: "Session keys of both parties sign blocks, in the scope of orders.",
    reasons: ["Ok", "OutOfScope", "OutOfScope", "UnknownSigner"],
    state: marketAfter(
      session(1, 1, { scope: 1 }),
      session(2, 1, { scope: 1 }),
      session(1, 2, { scope: 2, number: 2 }),
      session(2, 2, { scope: 2, number: 2 }),
    ),
    kind: block,
    chunk: concatBytes(
      ...[
        [1, 1],
        [2, 1],
        [1, 2],
        [1, 3],
      ].map(([signer, makerSigner], place) => {
        const maker = { account: 2, signer: makerSigner!, key: sessionKey, nonce: 10 + place };
        return blockTrade(1, 2, 10 + place, legs, { signer: signer!, key: sessionKey, maker });
      }),
    ),
  },
  {
    name: "block-prices",
    why: "The band holds on both sides, for buyers and sellers, to the rank.",
    reasons: ["Ok", "OutsidePriceBand", "Ok", "OutsidePriceBand"],
    state: market,
    kind: block,
    chunk: concatBytes(
      ...[875_710, 875_711, 716_490, 716_489].map((rank, place) => blockTrade(1, 2, place, one({ rank, lots: 1 }))),
    ),
  },
  {
    name: "reason-malformed-block",
    why: "No legs, legs out of order or twice, a side of no meaning, nothing for nothing, an account with itself.",
    reasons: repeated(8, "MalformedBlock"),
    state: market,
    kind: block,
    chunk: concatBytes(
      blockTrade(1, 2, 1, []),
      blockTrade(1, 2, 2, [putLeg, perpetualLeg]),
      blockTrade(1, 2, 3, [putLeg, putLeg]),
      blockTrade(1, 2, 4, one({ side: 2 })),
      blockTrade(1, 2, 5, one({ rank: 0 })),
      blockTrade(1, 2, 6, one({ lots: 0 })),
      blockTrade(1, 2, 7, one({ instrument: 0 })),
      blockTrade(1, 1, 8, legs),
    ),
  },
  {
    name: "reason-counterparty-margin",
    why: "Either party may lack the margin, and the reason says which.",
    reasons: ["CounterpartyMargin", "InsufficientMargin", "Ok"],
    state: market,
    kind: block,
    chunk: concatBytes(
      blockTrade(1, 3, 1, one({ lots: 100 })),
      blockTrade(3, 1, 2, one({ lots: 100 })),
      blockTrade(3, 1, 3, one({ lots: 1 })),
    ),
  },
  {
    name: "reason-block-signatures",
    why: "Both must have signed this, both accounts exist, and both under the same deadline.",
    reasons: [
      "BadSignature",
      "BadSignature",
      "BadSignature",
      "UnknownAccount",
      "UnknownAccount",
      "DeadlinePassed",
      "Ok",
    ],
    state: market,
    kind: block,
    chunk: concatBytes(
      blockTrade(1, 2, 1, legs, { key: bob }),
      blockTrade(1, 2, 1, legs, { maker: { account: 2, key: carol, nonce: 1 } }),
      blockTrade(1, 2, 1, legs, { makerSignature: new Uint8Array(64) }),
      blockTrade(77, 2, 1, legs),
      blockTrade(1, 77, 1, legs),
      blockTrade(1, 2, 1, legs, { deadline: start - 1 }),
      blockTrade(1, 2, 1, legs),
    ),
  },
  {
    name: "reason-block-legs",
    why: "One leg that cannot be traded undoes the others: unknown, unmarked, out of range, too small.",
    reasons: [
      "UnknownInstrument",
      "InstrumentNotMarked",
      "ValueOutOfRange",
      "ValueOutOfRange",
      "BelowMinimumNotional",
      "OutsidePriceBand",
    ],
    state: () => {
      const store = market();
      const dust = { lot: 10_000, tick: 1_000_000, minimumNotional: 7_961_000 };
      runAll(store, listing("BTC-27MAR20-7000-C", dust), markBytes(5));
      return store;
    },
    kind: block,
    chunk: concatBytes(
      blockTrade(1, 2, 1, [perpetualLeg, { ...putLeg, instrument: 6 }]),
      blockTrade(1, 2, 2, [perpetualLeg, { ...putLeg, instrument: unmarked }]),
      blockTrade(1, 2, 3, one({ rank: 9_007_199_255, lots: 1 })),
      blockTrade(1, 2, 4, one({ lots: 2 ** 32 - 1 })),
      blockTrade(1, 2, 5, [perpetualLeg, { instrument: 5, side: 0, rank: 100, lots: 9 }]),
      blockTrade(1, 2, 6, [perpetualLeg, { ...putLeg, rank: 90_000 }]),
    ),
  },
  {
    name: "reason-block-expired",
    why: "At the second of its expiry an option is in no block, and a report's age counts for each leg.",
    reasons: ["InstrumentExpired", "MarkTooOld", "Ok"],
    state: () => {
      const store = market();
      runAll(store, tickBytes(soon), report(soon), markBytes(perpetual));
      return store;
    },
    kind: block,
    chunk: concatBytes(
      blockTrade(1, 2, 1, [{ instrument: daily, side: 0, rank: 7_300, lots: 1 }], { deadline: soon }),
      blockTrade(1, 2, 2, legs, { deadline: soon }),
      blockTrade(1, 2, 3, one({}), { deadline: soon }),
    ),
  },
  {
    name: "reason-block-stale-position",
    why: "A party with another position on a mark that is too old trades no block, not even one that would reduce.",
    reasons: ["MarkTooOld", "MarkTooOld", "Ok"],
    state: () => {
      const store = market();
      runAll(store, blockTrade(1, 2, 1, legs), tickBytes(start + 3_601), report(start + 3_601), markBytes(perpetual));
      changeAccount(store, 3, { cash: 1_000_000_000 });
      runAll(store, withdraw(3, 1, 1, { deadline: start + 3_601 }));
      const deposit = depositMessage(4, signer(4).address, 1_000_000_000);
      run(store, ChunkKind.bridge, encodeMessages([deposit]));
      return store;
    },
    kind: block,
    chunk: concatBytes(
      blockTrade(3, 1, 2, one({ lots: 1 }), { deadline: start + 3_601 }),
      blockTrade(2, 3, 2, one({ lots: 1 }), { deadline: start + 3_601 }),
      blockTrade(3, 4, 2, one({ lots: 1 }), { deadline: start + 3_601 }),
    ),
  },
  {
    name: "reason-block-positions",
    why: "Positions are counted once all legs are done, of the taker and of the maker.",
    reasons: ["TooManyPositions", "TooManyPositions", "Ok"],
    state: marketWith((store) => {
      holdPositions(store, 1, MAX_POSITIONS - 1);
      store.put(positionKey(accountNumber(1), instrumentNumber(daily)), encodePosition(-1, 0n));
      changeAccount(store, 1, { positions: MAX_POSITIONS });
    }),
    kind: block,
    chunk: concatBytes(
      blockTrade(1, 2, 1, legs),
      blockTrade(2, 1, 2, legs),
      blockTrade(1, 2, 3, [
        { ...perpetualLeg, lots: 1 },
        { instrument: daily, side: 0, rank: 7_300, lots: 1 },
      ]),
    ),
  },
  {
    name: "reason-block-ranges",
    why: "Positions, cash, open interest and the fund stay within their ranges.",
    reasons: ["ValueOutOfRange", "ValueOutOfRange", "ValueOutOfRange", "ValueOutOfRange", "ValueOutOfRange"],
    state: marketWith((store) => {
      const perpetualOf = (account: number) => positionKey(accountNumber(account), instrumentNumber(perpetual));
      store.put(perpetualOf(1), encodePosition(2 ** 40, 0n));
      store.put(perpetualOf(2), encodePosition(-(2 ** 40), 0n));
      changeAccount(store, 1, { positions: 1 });
      changeAccount(store, 2, { positions: 1 });
      changeAccount(store, 3, { cash: MAX_CASH - 5 });
      changeMarket(store, daily, { openInterest: MAX_OPEN_INTEREST });
      changeGlobal(store, { insurance: cash(MAX_CASH - 100) });
    }),
    kind: block,
    chunk: concatBytes(
      blockTrade(1, 3, 1, one({ lots: 1 })),
      blockTrade(3, 2, 2, one({ lots: 1 })),
      blockTrade(3, 1, 3, one({ side: 1, lots: 1 })),
      blockTrade(1, 2, 4, [{ instrument: daily, side: 0, rank: 1, lots: 1 }]),
      blockTrade(1, 2, 5, [{ ...putLeg, lots: 400 }]),
    ),
  },
  {
    name: "block-margin-to-the-unit",
    why: "Equity of exactly the margin is enough, one unit less is not, of the taker and of the maker.",
    reasons: ["InsufficientMargin", "Ok", "CounterpartyMargin", "Ok"],
    state: marketWith((store) => {
      const losses = new Array<bigint>(24).fill(50_000_000_000n);
      changeMarket(store, perpetual, { losses, delta: 0n });
      // A lot at its mark costs 23,883 units of cash as a taker and 7,961 as a maker.
      for (const [account, amount] of [
        [4, 50_023_882],
        [5, 50_023_883],
        [6, 50_007_960],
        [7, 50_007_961],
      ] as const) {
        run(store, bridge, encodeMessages([depositMessage(account, signer(account).address, amount)]));
      }
    }),
    kind: block,
    chunk: concatBytes(
      blockTrade(4, 1, 1, one({ lots: 1 })),
      blockTrade(5, 1, 2, one({ lots: 1 })),
      blockTrade(1, 6, 3, one({ side: 1, lots: 1 })),
      blockTrade(1, 7, 4, one({ side: 1, lots: 1 })),
    ),
  },
  {
    name: "block-fees-make-good",
    why: "Fees of a block retire a deficit first.",
    reasons: ["Ok"],
    state: marketWith((store) => changeGlobal(store, { deficit: cash(200_000) })),
    kind: block,
    chunk: blockTrade(1, 2, 1, one({})),
  },
];
