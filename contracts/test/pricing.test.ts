import type { Abi, Hex } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { optionDelta, optionLegs, optionPrice } from "../../packages/engine/src/black76.ts";
import * as fixedPoint from "../../packages/engine/src/fixedPoint.ts";
import {
  CALL,
  LOT_LIMIT,
  PERPETUAL,
  PRICE_LIMIT,
  PUT,
  type RiskInput,
  riskArray,
  TIME_LIMIT,
} from "../../packages/engine/src/riskArray.ts";
import {
  impliedVolatility,
  isValidSurface,
  SURFACE_LEVEL_LIMIT,
  SURFACE_SCALE,
  SURFACE_SHIFT_LIMIT,
  type Surface,
} from "../../packages/engine/src/svi.ts";
import { Random } from "../../test/support/random.ts";
import { readArtifact } from "../artifacts.ts";
import { startLocalChain } from "../local.ts";

const { ONE } = fixedPoint;
const CONTRACT_SIZE_LIMIT = 24_576;

let chain: Awaited<ReturnType<typeof startLocalChain>>;
let harness: Hex;
let abi: Abi;

beforeAll(async () => {
  chain = await startLocalChain();
  const pricing = await chain.deploy(readArtifact("step/Pricing.sol"));
  const artifact = readArtifact("test/PricingHarness.sol");
  harness = await chain.deploy(artifact, [], { Pricing: pricing });
  abi = artifact.abi;
});

afterAll(() => chain.close());

async function call<Result>(functionName: string, args: readonly unknown[]): Promise<Result> {
  return (await chain.publicClient.readContract({ address: harness, abi, functionName, args })) as Result;
}

/** Runs a batch of inputs through the contract, at most as many a call as its gas allows. */
async function inBatches<Input, Output>(
  inputs: readonly Input[],
  size: number,
  run: (batch: readonly Input[]) => Promise<readonly Output[]>,
): Promise<Output[]> {
  const outputs: Output[] = [];
  for (let start = 0; start < inputs.length; start += size) {
    outputs.push(...(await run(inputs.slice(start, start + size))));
  }
  return outputs;
}

/** An integer below 2^bits, as likely to be small as to be great. */
function spread(random: Random, bits: number): bigint {
  const length = random.below(bits + 1);
  let value = 0n;
  for (let i = 0; i < length; i += 32) value = (value << 32n) | BigInt(random.uint32());
  return value & ((1n << BigInt(length)) - 1n);
}

const signed = (random: Random, value: bigint) => (random.chance(0.5) ? -value : value);

function randomSurface(random: Random): Surface {
  if (random.chance(0.3)) {
    return {
      a: signed(random, spread(random, 61)),
      b: signed(random, spread(random, 61)),
      rho: signed(random, spread(random, 51)),
      m: signed(random, spread(random, 58)),
      sigma: signed(random, spread(random, 58)),
    };
  }
  if (random.chance(0.1)) {
    return {
      a: random.pick([-SURFACE_LEVEL_LIMIT, -SURFACE_LEVEL_LIMIT - 1n, 0n, SURFACE_LEVEL_LIMIT]),
      b: random.pick([-1n, 0n, SURFACE_LEVEL_LIMIT, SURFACE_LEVEL_LIMIT + 1n]),
      rho: random.pick([-SURFACE_SCALE, 0n, SURFACE_SCALE, SURFACE_SCALE + 1n]),
      m: random.pick([-SURFACE_SHIFT_LIMIT, 0n, SURFACE_SHIFT_LIMIT, SURFACE_SHIFT_LIMIT + 1n]),
      sigma: random.pick([-1n, 0n, SURFACE_SHIFT_LIMIT, SURFACE_SHIFT_LIMIT + 1n]),
    };
  }
  const below = (parts: bigint) => spread(random, 50) % (SURFACE_SCALE / parts);
  return {
    a: below(4n) - below(100n),
    b: below(2n),
    rho: signed(random, below(1n)),
    m: signed(random, below(2n)),
    sigma: below(1n),
  };
}

describe("the Solidity twin equals the TypeScript bit for bit", () => {
  it("in fixed point", async () => {
    const random = new Random(41);
    const edges = [0n, 1n, 2n, ONE - 1n, ONE, ONE + 1n, fixedPoint.NORMAL_TAIL_END, fixedPoint.NORMAL_TAIL_END - 1n];
    const cases: [string, (x: bigint, y: bigint) => bigint, () => [bigint, bigint]][] = [
      [
        "exp",
        fixedPoint.exp,
        () => [random.chance(0.3) ? spread(random, 66) % (fixedPoint.EXP_HIGHEST + 1n) : -spread(random, 66), 0n],
      ],
      ["normalTailRatio", fixedPoint.normalTailRatio, () => [spread(random, random.chance(0.5) ? 64 : 124), 0n]],
      ["lnRatio", fixedPoint.lnRatio, () => [1n + spread(random, 119), 1n + spread(random, 119)]],
      ["integerSqrtFloor", fixedPoint.integerSqrtFloor, () => [spread(random, 254), 0n]],
    ];
    for (const [which, [name, compute, draw]] of cases.entries()) {
      const inputs = Array.from({ length: 500 }, draw);
      const positive = name === "lnRatio";
      for (const edge of edges) inputs.push([positive ? edge + 1n : edge, positive ? 1n : 0n]);
      // The seams of the tail ratio and their neighbours.
      for (let piece = 1n; piece < 8n; piece++) {
        for (let offset = -2n; offset <= 2n; offset++) {
          inputs.push([(4n * ONE * (8n - piece)) / piece + offset, 1n]);
        }
      }
      const results = await inBatches(inputs, 300, (batch) => call<bigint[]>("fixedPoint", [BigInt(which), batch]));
      expect(results, name).toEqual(inputs.map(([x, y]) => compute(x, y)));
    }
  });

  it("in options", async () => {
    const random = new Random(42);
    const inputs = Array.from({ length: 2000 }, (): [bigint, bigint, bigint, bigint, bigint] => {
      const forward = 1n + spread(random, 62);
      const strike = random.chance(0.5) ? 1n + (forward * BigInt(random.below(2000))) / 1000n : 1n + spread(random, 61);
      const logRatio = random.chance(0.9) ? fixedPoint.lnRatio(forward, strike) : signed(random, spread(random, 66));
      return [BigInt(random.below(2)), forward, strike, logRatio, spread(random, random.chance(0.7) ? 61 : 77)];
    });
    const results = await inBatches(inputs, 300, (batch) => call<bigint[][]>("options", [batch]));
    expect(results).toEqual(
      inputs.map(([isCall, forward, strike, logRatio, deviation]) => {
        const legs = optionLegs(logRatio, deviation);
        return [
          legs.received,
          legs.paid,
          optionPrice(isCall === 1n, forward, strike, legs),
          optionDelta(isCall === 1n, forward, strike, legs),
        ];
      }),
    );
  });

  it("in surfaces", async () => {
    const random = new Random(43);
    const inputs = Array.from({ length: 2000 }, () => ({
      logRatio: fixedPoint.lnRatio(1n + spread(random, 52), 1n + spread(random, 52)),
      surface: randomSurface(random),
      term: 1n + spread(random, 39),
    }));
    const results = await inBatches(inputs, 300, (batch) =>
      call<bigint[]>("volatilities", [
        batch.map(({ logRatio }) => logRatio),
        batch.map(({ surface }) => surface),
        batch.map(({ term }) => term),
      ]),
    );
    const computed = inputs.map(({ logRatio, surface, term }) => {
      const { a, b, rho, m, sigma } = surface;
      return isValidSurface(a, b, rho, m, sigma) ? impliedVolatility(logRatio, surface, term) : -1n;
    });
    expect(results).toEqual(computed);
    expect(computed.filter((volatility) => volatility > 0n).length).toBeGreaterThan(600);
    expect(computed.filter((volatility) => volatility === -1n).length).toBeGreaterThan(200);
  });

  it("in risk arrays, through the linked library", async () => {
    const random = new Random(44);
    const extremes = [-(1n << 255n), -1n, 0n, 1n, 1n << 40n, 1n << 53n, 1n << 62n, (1n << 255n) - 1n];
    const inputs = Array.from({ length: 2400 }, (): RiskInput => {
      const wild = random.chance(0.1);
      const forward = wild ? 1n + (spread(random, 53) % (PRICE_LIMIT - 1n)) : 1_000_000n + spread(random, 44);
      const strike =
        wild || random.chance(0.2)
          ? 1n + (spread(random, 53) % (PRICE_LIMIT - 1n))
          : 1n + (forward * BigInt(10 + random.below(3000))) / 1000n;
      const time = 1_700_000_000n + spread(random, 30);
      const expiry = random.chance(0.05) ? time - spread(random, 20) : time + spread(random, 27);
      const input: RiskInput = {
        kind: random.pick([PERPETUAL, CALL, CALL, CALL, PUT, PUT, PUT]),
        strike: strike < PRICE_LIMIT ? strike : PRICE_LIMIT - 1n,
        lot: wild ? spread(random, 40) : 1n + spread(random, 30),
        index: 1n + spread(random, 52),
        forward,
        surface: randomSurface(random),
        reportTime: time - spread(random, 10),
        expiry,
        time,
      };
      if (random.chance(0.9)) return input;
      const field = random.pick(["strike", "lot", "index", "forward", "reportTime", "expiry", "time", "kind"] as const);
      return { ...input, [field]: field === "kind" ? random.pick([3, 4, 255]) : random.pick(extremes) };
    });
    const usual = { ...inputs[0]!, kind: CALL, surface: { a: 0n, b: 0n, rho: 0n, m: 0n, sigma: 0n } };
    const edge = PRICE_LIMIT - 1n;
    inputs.push(
      { ...usual, forward: edge, strike: edge, lot: LOT_LIMIT - 1n },
      { ...usual, forward: edge, strike: 1n, lot: 1n },
      { ...usual, forward: 1n, strike: edge, lot: LOT_LIMIT - 1n },
      { ...usual, time: 0n, reportTime: 0n, expiry: TIME_LIMIT - 1n },
      { ...usual, time: TIME_LIMIT - 1n, expiry: TIME_LIMIT - 1n },
    );
    interface Result {
      readonly ok: boolean;
      readonly mark: bigint;
      readonly delta: bigint;
      readonly gap: bigint;
      readonly losses: readonly bigint[];
    }
    const results = await inBatches(inputs, 100, (batch) => call<Result[]>("riskArrays", [batch]));
    let priced = 0;
    for (const [place, result] of results.entries()) {
      const computed = riskArray(inputs[place]!);
      expect(result.ok).toBe(computed !== undefined);
      if (computed === undefined) continue;
      priced += 1;
      expect(result).toEqual({ ok: true, ...computed });
    }
    console.log(`risk arrays compared: ${inputs.length}, of which in range: ${priced}`);
    expect(priced).toBeGreaterThan(1000);
  });
});

describe("limits of the chain", () => {
  it("keeps the library well below the size of a contract", () => {
    const size = readArtifact("step/Pricing.sol").deployedBytecode.length / 2 - 1;
    console.log(`Pricing: ${size} bytes`);
    expect(size).toBeLessThan(CONTRACT_SIZE_LIMIT / 2);
  });

  it("computes a risk array within 84,000 gas", async () => {
    const random = new Random(45);
    const time = 1_700_000_000n;
    let most = 0n;
    let total = 0n;
    let count = 0n;
    while (count < 600n) {
      const surface = randomSurface(random);
      const forward = 100_000_000_000n + spread(random, 43);
      const input: RiskInput = {
        kind: random.pick([CALL, PUT]),
        strike: (forward * BigInt(500 + random.below(1000))) / 1000n,
        lot: 1_000_000n,
        index: forward,
        forward,
        surface,
        reportTime: time - 5n,
        expiry: time + 3600n + spread(random, 26),
        time,
      };
      if (riskArray(input) === undefined) continue;
      const used = await call<bigint>("riskArrayGas", [input]);
      if (used > most) most = used;
      total += used;
      count += 1n;
    }
    console.log(`gas per risk array: mean ${total / count}, most ${most}`);
    expect(most).toBeLessThan(84_000n);
  });
});
