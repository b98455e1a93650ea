import {
  adjustTotals,
  ceilDiv,
  createGenesis,
  floorDiv,
  fundEquity,
  fundingDue,
  indexValue,
  isFundWithinRange,
  newAccount,
  readGlobal,
  settleFund,
} from "@recourse/engine";
import { type Cash, MAX_CASH, MAX_CLAIMS, MAX_LOT, MAX_POSITION_LOTS, MAX_PRICE } from "@recourse/protocol";
import type { Abi, Hex } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../test/support/random.ts";
import { genesisParameters } from "../../test/support/world.ts";
import { readArtifact } from "../artifacts.ts";
import { startLocalChain } from "../local.ts";

const INPUTS = 400;

let chain: Awaited<ReturnType<typeof startLocalChain>>;
let harness: Hex;
let abi: Abi;

beforeAll(async () => {
  chain = await startLocalChain();
  const artifact = readArtifact("test/FundHarness.sol");
  harness = await chain.deploy(artifact);
  abi = artifact.abi;
});

afterAll(() => chain.close());

async function call<Result>(functionName: string, args: readonly unknown[]): Promise<Result> {
  return (await chain.publicClient.readContract({ address: harness, abi, functionName, args })) as Result;
}

/** An integer below 2^bits, as likely to be small as to be great. */
function spread(random: Random, bits: number): bigint {
  const length = random.below(bits + 1);
  let value = 0n;
  for (let i = 0; i < length; i += 32) value = (value << 32n) | BigInt(random.uint32());
  return value & ((1n << BigInt(length)) - 1n);
}

const signed = (random: Random, value: bigint) => (random.chance(0.5) ? -value : value);

const draws = <Input>(draw: () => Input) => Array.from({ length: INPUTS }, draw);

const most = BigInt(MAX_CASH);
const global = () => readGlobal(createGenesis(genesisParameters));

describe("the Solidity twin of the fund equals the TypeScript", () => {
  it("in quotients and values", () =>
    Random.run(51, async (random) => {
      const quotients = draws(() => [signed(random, spread(random, 250)), 1n + spread(random, 100)] as const);
      const expected = quotients.map(([numerator, divisor]) => [
        floorDiv(numerator, divisor),
        ceilDiv(numerator, divisor),
      ]);
      expect(await call("quotients", [quotients])).toEqual(expected);
      const lots = draws(() => [spread(random, 53), spread(random, 40)] as const);
      lots.push([BigInt(MAX_PRICE) - 1n, BigInt(MAX_LOT) - 1n]);
      const index = () => signed(random, spread(random, 62));
      const positions = draws(() => [signed(random, spread(random, 40)), index(), index()] as const);
      positions.push([-BigInt(MAX_POSITION_LOTS), 2n ** 62n - 1n, 1n - 2n ** 62n]);
      expect(await call("values", [lots, positions])).toEqual([
        lots.map(([at, lot]) => indexValue(Number(at), Number(lot))),
        positions.map(([held, market, position]) => fundingDue(Number(held), market, position)),
      ]);
    }));

  it("in what a fund is worth, and in its deficit", () =>
    Random.run(52, async (random) => {
      const near = () => most - BigInt(random.below(3));
      const funds = draws(() => {
        const insurance = signed(random, random.chance(0.2) ? near() : spread(random, 52));
        const deficit = random.pick([0n, near(), spread(random, 52), spread(random, 20)]);
        const claims = signed(random, random.chance(0.1) ? MAX_CLAIMS - 1n : spread(random, random.pick([62, 125])));
        return [insurance, deficit, claims] as const;
      });
      const expected = funds.map(([insurance, deficit, claims]) => {
        const fund = { ...global(), insurance: Number(insurance) as Cash, deficit: Number(deficit) as Cash, claims };
        const before = fundEquity(fund);
        settleFund(fund);
        return [before, BigInt(fund.insurance), BigInt(fund.deficit), fundEquity(fund)];
      });
      expect(await call("settleFunds", [funds])).toEqual(expected);
    }));

  it("in the ranges of cash and claims", async () => {
    const ends = [most, most + 1n, -most, -most - 1n, 0n].flatMap((insurance) =>
      [MAX_CLAIMS - 1n, MAX_CLAIMS, 1n - MAX_CLAIMS, -MAX_CLAIMS, 0n].map((claims) => [insurance, claims] as const),
    );
    const expected = ends.map(([insurance, claims]) => isFundWithinRange(insurance, claims));
    expect(new Set(expected).size).toBe(2);
    expect(await call("areWithinRange", [ends])).toEqual(expected);
  });

  it("in the sums over the accounts", () =>
    Random.run(53, async (random) => {
      const changes = draws(() => [spread(random, 120), spread(random, 90)] as const);
      const others = 2n ** 84n;
      const totals = { ...global(), margin: others, notional: others };
      const account = newAccount(new Uint8Array(20));
      const expected = changes.map(([margin, notional]) => {
        adjustTotals(totals, account, margin, notional);
        return [BigInt(account.margin), BigInt(account.notional), totals.margin, totals.notional];
      });
      expect(await call("adjustTotals", [others, changes])).toEqual(expected);
    }));
});
