import {
  cash,
  MAX_CASH,
  MAX_CLAIMS,
  MAX_LOSS_PER_LOT,
  MAX_LOT,
  MAX_OPEN_INTEREST,
  MAX_POSITION_LOTS,
  price,
  quantity,
  SETTLED_TIME,
  seconds,
  underlyingNumber,
} from "@recourse/protocol";
import { describe, expect, it } from "vitest";
import {
  createGenesis,
  decodeAccount,
  decodeExpiry,
  decodeGlobal,
  decodeInstrument,
  decodeMarket,
  decodeParameters,
  decodePosition,
  decodePremium,
  encodeAccount,
  encodeExpiry,
  encodeGlobal,
  encodeInstrument,
  encodeMarket,
  encodeParameters,
  encodePosition,
  encodePremium,
  newAccount,
  readGlobal,
} from "../src/index.ts";

const lister = new Uint8Array(20).fill(1);
const parameters = {
  lister,
  oracles: [new Uint8Array(20).fill(2), new Uint8Array(20).fill(3)],
  oracleThreshold: 2,
  maxReportAgeSeconds: 600,
  maxMarkAgeSeconds: 2 ** 32 - 1,
};

const global = {
  ...readGlobal(createGenesis(parameters)),
  insurance: cash(-MAX_CASH),
  deficit: cash(MAX_CASH),
  underlyingCount: 16,
};

const expiry = {
  instruments: 3,
  forward: price(2 ** 53 - 1),
  time: seconds(1_583_971_200),
  a: -(2n ** 60n),
  b: 2n ** 60n,
  rho: -1n,
  m: -2n,
  sigma: 3n,
  settlement: price(1),
  index: price(2 ** 53 - 1),
};

const instrument = {
  kind: 2,
  underlying: underlyingNumber(16),
  expiry: seconds(SETTLED_TIME),
  strike: price(2 ** 53 - 1),
  tick: price(1),
  lot: quantity(MAX_LOT - 1),
  minimumNotional: cash(7),
  takerFeeRate: 10_000,
  makerFeeRate: 1,
};

/** A market at one end of every range, or at the other. */
const market = (sign: 1 | -1) => ({
  underlying: underlyingNumber(16),
  kind: 1,
  mark: BigInt(sign) * (2n ** 63n - 1n),
  delta: BigInt(-sign) * (2n ** 63n - 1n),
  time: seconds(5),
  reportTime: seconds(SETTLED_TIME),
  index: price(2 ** 53 - 1),
  lot: quantity(MAX_LOT - 1),
  gap: BigInt(MAX_LOSS_PER_LOT) - 1n,
  openInterest: MAX_OPEN_INTEREST,
  houseLots: sign * MAX_OPEN_INTEREST,
  fundingIndex: BigInt(-sign) * (2n ** 62n - 1n),
  losses: Array.from(
    { length: 24 },
    (_, scenario) => BigInt(sign) * (BigInt(MAX_LOSS_PER_LOT) - 1n - BigInt(scenario)),
  ),
});

const account = {
  ...newAccount(lister),
  cash: cash(-MAX_CASH),
  restingOrders: 200,
  positions: 64,
  margin: MAX_CASH,
  notional: MAX_CASH - 1,
};

describe("records are read as they were written, at the ends of their ranges", () => {
  it.each([
    ["global", 154, { ...global, claims: 1n - MAX_CLAIMS, margin: 2n ** 84n, notional: 2n ** 84n - 1n }],
    ["global with other signs", 154, { ...global, insurance: cash(MAX_CASH), claims: MAX_CLAIMS - 1n }],
  ])("%s", (_, bytes, record) => {
    expect(encodeGlobal(record)).toHaveLength(bytes);
    expect(decodeGlobal(encodeGlobal(record))).toEqual(record);
  });

  it("parameters", () => {
    expect(encodeParameters(parameters)).toHaveLength(70);
    expect(decodeParameters(encodeParameters(parameters))).toEqual(parameters);
    expect(() => decodeParameters(encodeParameters(parameters).subarray(0, 69))).toThrow("malformed");
  });

  it("expiry and instrument", () => {
    expect(encodeExpiry(expiry)).toHaveLength(72);
    expect(decodeExpiry(encodeExpiry(expiry))).toEqual(expiry);
    expect(encodeInstrument(instrument)).toHaveLength(43);
    expect(decodeInstrument(encodeInstrument(instrument))).toEqual(instrument);
  });

  it.each([1, -1] as const)("market (%i)", (sign) => {
    expect(encodeMarket(market(sign))).toHaveLength(214);
    expect(decodeMarket(encodeMarket(market(sign)))).toEqual(market(sign));
  });

  it.each([true, false])("account (provider: %s)", (isProvider) => {
    expect(encodeAccount({ ...account, isProvider })).toHaveLength(49);
    expect(decodeAccount(encodeAccount({ ...account, isProvider }))).toEqual({ ...account, isProvider });
  });

  it.each([1, -1])("position and premium (%i)", (sign) => {
    const lots = sign * MAX_POSITION_LOTS;
    const fundingIndex = BigInt(-sign) * (2n ** 62n - 1n);
    expect(encodePosition(lots, fundingIndex)).toHaveLength(16);
    expect(decodePosition(encodePosition(lots, fundingIndex))).toEqual({ lots, fundingIndex });
    const limit = BigInt(sign) * 2n ** 62n;
    const premium = { time: seconds(9), premium: limit, average: -limit, hourSum: limit - 1n };
    expect(encodePremium(premium)).toHaveLength(28);
    expect(decodePremium(encodePremium(premium))).toEqual(premium);
  });
});
