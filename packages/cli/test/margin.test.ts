import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseInstrumentName } from "@recourse/protocol";
import { describe, expect, it } from "vitest";
import { Random } from "../../../test/support/random.ts";
import {
  absolute,
  blackPrice,
  divide,
  exponential,
  logarithm,
  multiply,
  normalDistribution,
  REAL_ONE,
  real,
  squareRoot,
  toNumber,
} from "../../engine/test/highPrecision.ts";
import { portfolioMargin } from "../src/calculators/margin.ts";
import { marginJson, marginLines, simulationJson, simulationLines } from "../src/calculators/marginReport.ts";
import { readPortfolio } from "../src/calculators/portfolio.ts";
import { quote, quoteJson, readOption } from "../src/calculators/quote.ts";
import { simulateOrders } from "../src/calculators/simulate.ts";

interface File {
  time: number;
  cash: string;
  underlyings: Record<string, { index: string; expiries: Record<string, ExpiryFields> }>;
  positions: { instrument: string; size: string }[];
}

interface ExpiryFields {
  forward: string;
  iv?: string;
  svi?: { a: string; b: string; rho: string; m: string; sigma: string };
}

const marginOf = (file: unknown) => marginJson(portfolioMargin(readPortfolio(JSON.stringify(file))));

/** A plain decimal string as a number of the reference. */
function realOf(text: string): bigint {
  const [whole, fraction = ""] = text.split(".") as [string, string?];
  return real(BigInt(whole + fraction), 10n ** BigInt(fraction.length));
}

/** The margin grid as the exchange publishes it: spot / volatility / weight, in percent. */
const grid = (
  "16/40/100 12/40/100 12/-22/100 8/40/100 8/-22/100 4/40/100 4/-22/100 0/40/100 0/-22/100 -4/40/100 -4/-22/100 " +
  "-8/40/100 -8/-22/100 -12/40/100 -12/-22/100 -16/40/100 -66/40/18 -33/40/36 50/40/24 100/40/12 200/40/6 300/40/4 " +
  "400/40/3 500/40/2.4"
)
  .split(" ")
  .map((text) => text.split("/").map((part) => real(BigInt(Math.round(Number(part) * 10)), 1000n)))
  .map(([spot, volatility, weight]) => ({ spot: spot!, volatility: volatility!, weight: weight! }));

/** Mark, delta and unweighted values in the scenarios, of one unit, by the formulas as they are written, with 96 digits. */
function exactValues(instrument: string, { time, underlyings }: File) {
  const { symbol, kind, strike: strikeCount, expiry } = parseInstrumentName(instrument)!;
  const { index, expiries } = underlyings[symbol]!;
  if (kind === 0) {
    const mark = realOf(index);
    return { mark, delta: REAL_ONE, gap: 0n, shocked: grid.map(({ spot }) => multiply(mark, REAL_ONE + spot)) };
  }
  const { forward: forwardText, iv, svi } = expiries[instrument.split("-")[1]!]!;
  const isCall = instrument.endsWith("C");
  const forward = realOf(forwardText);
  const strike = real(BigInt(strikeCount), 100_000_000n);
  const years = real(BigInt(expiry - time), 31_536_000n);
  let volatility: bigint;
  if (iv !== undefined) volatility = realOf(iv);
  else {
    const [a, b, rho, m, sigma] = [svi!.a, svi!.b, svi!.rho, svi!.m, svi!.sigma].map(realOf) as [
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
    ];
    const shift = logarithm(divide(strike, forward)) - m;
    const root = squareRoot(multiply(shift, shift) + multiply(sigma, sigma));
    volatility = squareRoot(divide(a + multiply(b, multiply(rho, shift) + root), years));
  }
  const days = 365n * years;
  const power = days < 30n * REAL_ONE ? real(3n, 10n) : real(13n, 100n);
  const factor = exponential(multiply(power, logarithm(divide(30n * REAL_ONE, days > REAL_ONE ? days : REAL_ONE))));
  const deviation = multiply(volatility, squareRoot(years));
  const deltaAt = (level: bigint, spread: bigint): bigint => {
    const d1 = divide(logarithm(divide(level, strike)), spread) + spread / 2n;
    return normalDistribution(d1) - (isCall ? 0n : REAL_ONE);
  };
  const shockedDeviation = (shock: bigint): bigint => {
    let move = multiply(shock, factor);
    if (shock > 0n && move < real(2n, 5n)) move = real(2n, 5n);
    return multiply(deviation, REAL_ONE + move);
  };
  /** How far the value may lie under the chords between the nodes: down to where the tangents at their ends cross. */
  const gapOf = (shock: bigint, lastPercent: bigint): bigint => {
    const spread = shockedDeviation(shock);
    const levels = Array.from({ length: Number(lastPercent) / 2 + 1 }, (_, place) =>
      multiply(forward, real(100n - lastPercent + 4n * BigInt(place), 100n)),
    );
    let gap = 0n;
    for (const [place, above] of levels.slice(1).entries()) {
      const below = levels[place]!;
      const [valueBelow, valueAbove] = [below, above].map((level) => blackPrice(isCall, level, strike, spread)) as [
        bigint,
        bigint,
      ];
      const [deltaBelow, deltaAbove] = [deltaAt(below, spread), deltaAt(above, spread)];
      const slope = divide(valueAbove - valueBelow, above - below);
      if (deltaAbove <= deltaBelow) continue;
      const depth = multiply(
        above - below,
        divide(multiply(slope - deltaBelow, deltaAbove - slope), deltaAbove - deltaBelow),
      );
      if (depth > gap) gap = depth;
    }
    return gap;
  };
  const [gapUp, gapDown] = [gapOf(real(2n, 5n), 16n), gapOf(-real(22n, 100n), 12n)];
  return {
    mark: blackPrice(isCall, forward, strike, deviation),
    delta: deltaAt(forward, deviation),
    gap: gapUp > gapDown ? gapUp : gapDown,
    shocked: grid.map(({ spot, volatility: shock }) =>
      blackPrice(isCall, multiply(forward, REAL_ONE + spot), strike, shockedDeviation(shock)),
    ),
  };
}

/** Equity and margin in real arithmetic, and Σ |size| × index, by which errors are measured. */
function exactMargin(file: File) {
  let equity = realOf(file.cash);
  let initialMargin = 0n;
  let maintenanceMargin = 0n;
  const underlyings = Object.entries(file.underlyings).map(([symbol, { index }]) => {
    const losses = grid.map(() => 0n);
    let net = 0n;
    let gross = 0n;
    let exposure = 0n;
    let betweenNodes = 0n;
    for (const { instrument, size: text } of file.positions) {
      if (instrument.split("-")[0] !== symbol) continue;
      const size = realOf(text);
      const { mark, delta, gap, shocked } = exactValues(instrument, file);
      equity += multiply(size, mark);
      if (size > 0n) betweenNodes += multiply(size, gap);
      net += multiply(size, delta);
      gross += absolute(multiply(size, delta));
      exposure += multiply(absolute(size), realOf(index));
      for (const [scenario, { weight }] of grid.entries()) {
        losses[scenario]! += multiply(weight, multiply(size, mark - shocked[scenario]!));
      }
    }
    const scan = losses.reduce((most, loss) => (loss > most ? loss : most), 0n);
    const hedged = (gross - absolute(net)) / 2n;
    const minDelta = multiply((2n * absolute(net) + hedged) / 100n, realOf(index));
    const margin = scan > minDelta ? scan : minDelta;
    initialMargin += margin + betweenNodes;
    maintenanceMargin += margin / 2n + betweenNodes;
    return { symbol, losses, delta: net, scan, minDelta, net: margin, betweenNodes, exposure };
  });
  const exposure = underlyings.reduce((total, underlying) => total + underlying.exposure, 0n);
  return { equity, initialMargin, maintenanceMargin, underlyings, exposure };
}

/** An hour before the first expiry, three years before the last. */
const time = Date.UTC(2024, 10, 26, 7) / 1000;
const days = ["26NOV24", "27NOV24", "27DEC24", "26SEP25", "26NOV27"];
const indices = { BTC: 94_250.5, ETH: 3_411.27, XRP: 1.4, DOGE: 0.387, PEPE: 0.0000197 };

function randomFile(random: Random): File {
  const fraction = () => random.uint32() / 2 ** 32;
  const file: File = { time, cash: (1e6 * fraction() - 2e5).toFixed(6), underlyings: {}, positions: [] };
  for (const [symbol, level] of Object.entries(indices)) {
    if (random.chance(0.5)) continue;
    const index = level * (0.5 + fraction());
    const expiries: Record<string, ExpiryFields> = {};
    const instruments = new Set<string>(random.chance(0.5) ? [`${symbol}-PERPETUAL`] : []);
    for (const day of days) {
      if (random.chance(0.5)) continue;
      const forward = (index * (0.97 + 0.1 * fraction())).toFixed(12);
      const smile = {
        a: (0.04 * fraction()).toFixed(15),
        b: (0.3 * fraction()).toFixed(15),
        rho: (1.8 * fraction() - 0.9).toFixed(6),
        m: (0.4 * fraction() - 0.2).toFixed(6),
        sigma: (0.05 + 0.4 * fraction()).toFixed(6),
      };
      expiries[day] = random.chance(0.6)
        ? { forward, iv: (0.01 * 300 ** fraction()).toFixed(16) }
        : { forward, svi: smile };
      for (let i = random.below(3); i >= 0; i--) {
        const strike = (index * 10 ** (random.pick([0.05, 0.3, 1.9]) * (2 * fraction() - 1))).toFixed(8);
        if (Number(strike) > 0) instruments.add(`${symbol}-${day}-${strike}-${random.pick(["C", "P"])}`);
      }
    }
    file.underlyings[symbol] = { index: index.toFixed(12), expiries };
    for (const instrument of instruments) {
      const magnitude = 10 ** (random.pick([9, 4]) * fraction() - 4);
      file.positions.push({ instrument, size: `${random.pick(["", "-"])}${magnitude.toFixed(random.below(9))}` });
    }
  }
  return file;
}

describe("against real arithmetic", () => {
  it("every figure is within 1e-13 of Σ |size| × index, for dear and cheap underlyings, an hour to three years", () =>
    Random.run(61, (random) => {
      let worst = 0;
      for (let i = 0; i < 25; i++) {
        const file = randomFile(random);
        const exact = exactMargin(file);
        const computed = marginOf(file);
        const compare = (what: string, text: string, value: bigint, exposure: bigint) => {
          const error = Math.abs(toNumber(realOf(text) - value)) / (toNumber(exposure) || 1);
          worst = Math.max(worst, error);
          expect(error, `${what} of ${JSON.stringify(file)}`).toBeLessThan(1e-13);
        };
        compare("equity", computed.equity, exact.equity, exact.exposure);
        compare("initial margin", computed.initialMargin, exact.initialMargin, exact.exposure);
        compare("maintenance margin", computed.maintenanceMargin, exact.maintenanceMargin, exact.exposure);
        expect(Object.keys(computed.underlyings)).toEqual(Object.keys(file.underlyings));
        for (const { symbol, exposure, losses, ...figures } of exact.underlyings) {
          const underlying = computed.underlyings[symbol]!;
          expect(underlying.losses).toHaveLength(24);
          for (const [place, loss] of losses.entries())
            compare(`loss ${place}`, underlying.losses[place]!, loss, exposure);
          for (const name of ["scan", "minDelta", "net", "betweenNodes"] as const)
            compare(name, underlying[name], figures[name], exposure);
          const sizes = divide(exposure || REAL_ONE, realOf(file.underlyings[symbol]!.index));
          compare("delta", underlying.delta, figures.delta, 100n * sizes);
        }
      }
      console.log(`margin: worst error ${worst.toExponential(2)} of the exposure`);
    }));

  it("a volatility of one per mille in an option's last hour is precise as well", () => {
    const expiries = { "26NOV24": { forward: "94250.5", iv: "0.001" } };
    const file: File = {
      time,
      cash: "0",
      underlyings: { BTC: { index: "94250.5", expiries } },
      positions: [{ instrument: "BTC-26NOV24-94250.5-C", size: "-3" }],
    };
    const exact = exactMargin(file);
    expect(Math.abs(toNumber(realOf(marginOf(file).equity) - exact.equity))).toBeLessThan(1e-10);
  });
});

const portfolio = (): File => ({
  time: 1_732_579_200,
  cash: "10000.5",
  underlyings: {
    BTC: {
      index: "94250",
      expiries: {
        "27DEC24": { forward: "95120.5", iv: "0.55" },
        "28MAR25": { forward: "97480", svi: { a: "0.03", b: "0.12", rho: "-0.1", m: "0.05", sigma: "0.3" } },
      },
    },
    ETH: { index: "3400", expiries: {} },
  },
  positions: [
    { instrument: "BTC-PERPETUAL", size: "-0.4" },
    { instrument: "BTC-27DEC24-100000-C", size: "1" },
    { instrument: "BTC-28MAR25-80000-P", size: "-2" },
  ],
});

describe("what it says", () => {
  it("is exact where the rules are: a perpetual is worth its index and loses what spot does", () => {
    const file = { ...portfolio(), cash: "-1.25", positions: [{ instrument: "ETH-PERPETUAL", size: "0.00000003" }] };
    const { equity, initialMargin, maintenanceMargin, underlyings } = marginOf(file);
    expect(equity).toBe("-1.249898");
    expect(initialMargin).toBe("0.00001632");
    expect(maintenanceMargin).toBe("0.00000816");
    const { losses, ...rest } = underlyings.ETH!;
    expect(rest).toEqual({
      scan: "0.00001632",
      worstScenario: { spotMovePercent: -16, volatilityMovePercent: 40, weight: "1" },
      minDelta: "0.00000204",
      net: "0.00001632",
      age: { seconds: 0, growth: "0", margin: "0" },
      betweenNodes: "0",
      mixedAge: "0",
      initialMargin,
      maintenanceMargin,
      delta: "0.00000003",
      greeks: { delta: "0.00000003", gamma: "0", vega: "0", theta: "0" },
    });
    expect(losses.slice(0, 4)).toEqual(["-0.00001632", "-0.00001224", "-0.00001224", "-0.00000816"]);
    expect(losses[23]).toBe("-0.00001224");
    expect(underlyings.BTC).toMatchObject({ scan: "0", net: "0", delta: "0", losses: losses.map(() => "0") });
    expect(underlyings.BTC).not.toHaveProperty("worstScenario");
  });

  it("is the same wherever a flat volatility is stated as a smile", () => {
    const flat = portfolio();
    flat.positions = [{ instrument: "BTC-27DEC24-100000-C", size: "-1" }];
    const smile = structuredClone(flat);
    // 0.5² × 73 days / 365 is 0.05 exactly.
    flat.time = smile.time = parseInstrumentName("BTC-27DEC24-1-C")!.expiry - 73 * 86_400;
    flat.underlyings.BTC!.expiries["27DEC24"] = { forward: "95120.5", iv: "0.5" };
    const svi = { a: "0.05", b: "0", rho: "0", m: "0", sigma: "0" };
    smile.underlyings.BTC!.expiries["27DEC24"] = { forward: "95120.5", svi };
    expect(Math.abs(Number(marginOf(flat).equity) - Number(marginOf(smile).equity))).toBeLessThan(1e-9);
  });

  it("tells a person which scenario counts, and whether initial margin is met", () => {
    const lines = (file: File) => {
      const read = readPortfolio(JSON.stringify(file));
      return marginLines(read, portfolioMargin(read)).join("\n");
    };
    const short = { ...portfolio(), positions: [{ instrument: "BTC-PERPETUAL", size: "-1" }] };
    expect(lines({ ...short, cash: "200000" })).toContain("Scan margin       15,080.00 USD (spot +16 %, vol up)");
    expect(lines({ ...short, cash: "200000" })).toContain("meets initial margin, with 90,670.00 USD to spare");
    expect(lines({ ...short, cash: "100000" })).toContain("does NOT meet initial margin: 9,330.00 USD are missing");
    const bars = lines(short).split("\n").slice(1, 25);
    expect(bars[0]).toMatch(/^ {2}spot \+16 %, vol up +█{24}│ +-15,080\.00 USD$/);
    expect(bars[15]).toMatch(/^ {2}spot -16 %, vol up +│█{24} +15,080\.00 USD$/);
    expect(bars[7]).toMatch(/^ {2}spot unchanged, vol up +│ +0\.00 USD$/);
    expect(lines({ ...short, positions: [] })).toContain("nothing is lost in any scenario");
  });
});

describe("reports of different times", () => {
  const file = (underlying: object, positions = [{ instrument: "BTC-PERPETUAL", size: "1" }]) =>
    marginOf({ ...portfolio(), underlyings: { BTC: { index: "94250", ...underlying } }, positions });

  it("make margins grow with the square root of their age, a tenth in an hour", () => {
    const { age, net, initialMargin, maintenanceMargin, mixedAge } = file({ age: 3_600 }).underlyings.BTC!;
    expect({ net, mixedAge, age }).toEqual({
      net: "15080",
      mixedAge: "0",
      age: { seconds: 3_600, growth: "0.100001", margin: "1508.01508" },
    });
    expect([initialMargin, maintenanceMargin]).toEqual(["16588.01508", "8294.00754"]);
    // 1e4 √age / 60, rounded up to a millionth.
    expect(file({ age: 9 }).underlyings.BTC!.age.growth).toBe("0.005001");
  });

  it("cost 1.16 of what the index has moved between them, and a quarter of what volatility does", () => {
    const older = { index: "94000", age: 60 };
    const perpetual = file({ perpetual: older }).underlyings.BTC!;
    expect(perpetual).toMatchObject({ mixedAge: "290", net: "15040", age: { seconds: 60 } });
    const expiries = { "27DEC24": { forward: "95120.5", iv: "0.55", ...older } };
    const sold = [{ instrument: "BTC-27DEC24-100000-C", size: "-0.5" }];
    const { losses, mixedAge } = file({ expiries }, sold).underlyings.BTC!;
    const lag = 0.5 * 290 + Math.max(Math.abs(Number(losses[7])), Math.abs(Number(losses[8]))) / 4;
    expect(Number(mixedAge)).toBeCloseTo(lag, 6);
    const fresh = file({ expiries: { "27DEC24": { forward: "95120.5", iv: "0.55" } } }, sold).underlyings.BTC!;
    expect(fresh).toMatchObject({ mixedAge: "0", losses });
  });

  it("leave a smile's variance to run out since its own", () => {
    const svi = { a: "0.03", b: "0.12", rho: "-0.1", m: "0.05", sigma: "0.3" };
    const positions = [{ instrument: "BTC-28MAR25-80000-P", size: "1" }];
    const values = [0, 3_600].map((age) =>
      Number(file({ expiries: { "28MAR25": { forward: "97480", svi, age } } }, positions).equity),
    );
    // An hour of 122 days is gone, and with it some of the value.
    expect(values[1]!).toBeLessThan(values[0]!);
    expect(values[1]! / values[0]!).toBeCloseTo(1, 3);
  });

  it("value a perpetual at its mark, and what it loses by its index", () => {
    const { equity, underlyings } = file({ perpetual: { mark: "94500.5" } });
    expect(equity).toBe("104501");
    expect(underlyings.BTC!.scan).toBe("15080");
  });
});

describe("greeks", () => {
  it("are those of the options, as the price calculator says them, times their sizes", () => {
    const positions = [
      { instrument: "BTC-PERPETUAL", size: "-0.4" },
      { instrument: "BTC-27DEC24-100000-C", size: "-1.5" },
      { instrument: "BTC-27DEC24-80000-P", size: "2" },
    ];
    const file = { ...portfolio(), positions };
    const { greeks } = marginOf(file).underlyings.BTC!;
    const days = (parseInstrumentName("BTC-27DEC24-1-C")!.expiry - file.time) / 86_400;
    const quoted = (strike: string, type: string) =>
      quoteJson(quote(readOption({ forward: "95120.5", strike, iv: "0.55", days: days.toFixed(20), type })));
    const [call, put] = [quoted("100000", "call"), quoted("80000", "put")];
    for (const name of ["delta", "gamma", "vega", "theta"] as const) {
      const sum = (name === "delta" ? -0.4 : 0) - 1.5 * Number(call[name]) + 2 * Number(put[name]);
      expect(Number(greeks[name]) / sum).toBeCloseTo(1, 12);
    }
  });

  it("of a smile are those of the volatility that it has at the strike", () => {
    const positions = [{ instrument: "BTC-28MAR25-80000-P", size: "1" }];
    const { equity, underlyings } = marginOf({ ...portfolio(), cash: "0", positions });
    const days = (parseInstrumentName("BTC-28MAR25-1-C")!.expiry - portfolio().time) / 86_400;
    const years = days / 365;
    const shift = Math.log(80_000 / 97_480) - 0.05;
    const iv = Math.sqrt((0.03 + 0.12 * (-0.1 * shift + Math.hypot(shift, 0.3))) / years).toFixed(18);
    const option = { forward: "97480", strike: "80000", iv, days: days.toFixed(20), type: "put" };
    const { price, ...greeks } = quoteJson(quote(readOption(option)));
    expect(Number(equity) / Number(price)).toBeCloseTo(1, 12);
    for (const name of ["delta", "gamma", "vega", "theta"] as const) {
      expect(Number(underlyings.BTC!.greeks[name]) / Number(greeks[name])).toBeCloseTo(1, 12);
    }
  });
});

describe("orders", () => {
  const simulationOf = (file: unknown) => simulationJson(simulateOrders(readPortfolio(JSON.stringify(file))));
  const sold = { instrument: "BTC-27DEC24-100000-C", side: "sell", price: "4100.5", size: "1.25" };
  const orders = [
    { ...sold, feeRate: "0.0003" },
    { instrument: "BTC-PERPETUAL", side: "buy", price: "94260", size: "0.4" },
    { instrument: "BTC-27DEC24-120000-C", side: "buy", price: "700", size: "2" },
  ];

  it("give the margin of the portfolio that they make of it", () => {
    const { before, after, ...rest } = simulationOf({ ...portfolio(), orders });
    expect(before).toEqual(marginOf(portfolio()));
    expect(rest).toEqual({
      orders: [
        { ...sold, value: "5125.625", fee: "1.5376875" },
        { ...orders[1], value: "37704", fee: "0" },
        { ...orders[2], value: "1400", fee: "0" },
      ],
      fees: "1.5376875",
    });
    const positions = [
      { instrument: "BTC-27DEC24-100000-C", size: "-0.25" },
      { instrument: "BTC-28MAR25-80000-P", size: "-2" },
      { instrument: "BTC-27DEC24-120000-C", size: "2" },
    ];
    const cash = "-23979.4126875";
    expect(after).toEqual(marginOf({ ...portfolio(), cash, positions }));
  });

  it("are told to a person with before and after, and the worst scenario", () => {
    const short = { ...portfolio(), positions: [], cash: "20000" };
    const order = { instrument: "BTC-PERPETUAL", side: "sell", price: "94250", size: "2", feeRate: "0.0005" };
    const lines = simulationLines(simulateOrders(readPortfolio(JSON.stringify({ ...short, orders: [order] }))));
    expect(lines[0]).toBe("Sell 2 BTC-PERPETUAL at 94250: 188,500.00 USD, fee 94.25 USD");
    const line = (title: string) => lines.find((text) => text.startsWith(title))!.replace(/ {2,}/g, " | ");
    expect(line("Equity")).toBe("Equity | 20,000.00 USD | 19,905.75 USD");
    expect(line("Initial margin")).toBe("Initial margin | 0.00 USD | 30,160.00 USD");
    expect(line("Worst for BTC")).toBe("Worst for BTC | nothing is lost in any scenario | spot +16 %, vol up");
    expect(lines.at(-1)).toBe(
      "With the orders, the portfolio does NOT meet initial margin: 10,254.25 USD are missing.",
    );
  });
});

describe("bad input", () => {
  const cases: [string, (file: File) => unknown][] = [
    ["time", (file) => ({ ...file, time: 1.5 })],
    ["time", (file) => ({ ...file, time: "1732579200" })],
    ["cash", (file) => ({ ...file, cash: 10_000 })],
    ["cash", (file) => ({ ...file, cash: "ten" })],
    ["fee", (file) => ({ ...file, fee: "1" })],
    ["positions", (file) => ({ ...file, positions: undefined })],
    ["positions", (file) => ({ ...file, positions: Array(65).fill(file.positions[0]) })],
    [
      "underlyings.btc",
      ({ underlyings, ...file }) => ({ ...file, underlyings: { ...underlyings, btc: underlyings.BTC } }),
    ],
    ["underlyings.ETH.index", (file) => ({ ...file, underlyings: { ...file.underlyings, ETH: { index: "0" } } })],
    ["underlyings.ETH.index", (file) => ({ ...file, underlyings: { ...file.underlyings, ETH: { index: "1e9" } } })],
    ["positions.0.size", withPosition({ instrument: "BTC-PERPETUAL", size: "0.000000001" })],
    ["positions.0.size", withPosition({ instrument: "BTC-PERPETUAL", size: "" })],
    ["positions.0.side", withPosition({ instrument: "BTC-PERPETUAL", size: "1", side: "buy" })],
    ["positions.0.instrument", withPosition({ instrument: "BTC-PERP", size: "1" })],
    ["positions.0.instrument", withPosition({ instrument: "SOL-PERPETUAL", size: "1" })],
    ["positions.0.instrument", withPosition({ instrument: "BTC-31JAN25-100000-C", size: "1" })],
    ["positions.0.instrument", withPosition({ instrument: "BTC-25OCT24-100000-C", size: "1" })],
    [
      "positions.3.instrument",
      (file) => ({ ...file, positions: [...file.positions, { instrument: "BTC-27DEC24-100000.0-C", size: "1" }] }),
    ],
    ["underlyings.BTC.expiries.27DEC24.forward", withExpiry({ forward: "-1", iv: "0.5" })],
    ["underlyings.BTC.expiries.27DEC24.iv", withExpiry({ forward: "95000", iv: "0" })],
    ["underlyings.BTC.expiries.27DEC24.iv", withExpiry({ forward: "95000", iv: "-0.5" })],
    ["underlyings.BTC.expiries.27DEC24", withExpiry({ forward: "95000" })],
    [
      "underlyings.BTC.expiries.27DEC24",
      withExpiry({ forward: "95000", iv: "1", svi: { a: "0", b: "0", rho: "0", m: "0", sigma: "0" } }),
    ],
    ["underlyings.BTC.expiries.27DEC24.svi.b", withExpiry({ forward: "95000", svi: { a: "1" } })],
    [
      "underlyings.BTC.expiries.27DEC24.svi",
      withExpiry({ forward: "95000", svi: { a: "-0.1", b: "0.1", rho: "0", m: "0", sigma: "0.5" } }),
    ],
    ["underlyings.BTC.expiries.DEC24", withExpiry({ forward: "95000", iv: "1" }, "DEC24")],
    ["underlyings.BTC.expiries.27DEC24.forward", withExpiry({ forward: "1e-20", iv: "1" })],
    ["underlyings.BTC.expiries.27DEC24.age", withExpiry({ forward: "95000", iv: "1", age: "5" })],
    ["underlyings.BTC.expiries.27DEC24.index", withExpiry({ forward: "95000", iv: "1", index: 94_000 })],
    ["underlyings.BTC.age", withUnderlying({ age: -1 })],
    ["underlyings.BTC.age", withUnderlying({ age: 86_401 })],
    ["underlyings.BTC.perpetual.age", withUnderlying({ age: 60, perpetual: { age: 59 } })],
    ["underlyings.BTC.perpetual.mark", withUnderlying({ perpetual: { mark: "94722" } })],
    ["underlyings.BTC.perpetual.price", withUnderlying({ perpetual: { price: "94250" } })],
    ["orders", (file) => ({ ...file, orders: "none" })],
    ["orders", (file) => ({ ...file, orders: Array.from({ length: 62 }, (_, place) => orderOf(`${50_000 + place}`)) })],
    ["orders.0.instrument", withOrder({ instrument: "BTC-PERP" })],
    ["orders.0.instrument", withOrder({ instrument: "SOL-PERPETUAL" })],
    ["orders.0.side", withOrder({ side: "long" })],
    ["orders.0.price", withOrder({ price: "-1" })],
    ["orders.0.size", withOrder({ size: "0" })],
    ["orders.0.size", withOrder({ size: "0.000000001" })],
    ["orders.0.feeRate", withOrder({ feeRate: "2" })],
    ["orders.0.fee", withOrder({ fee: "1" })],
  ];

  function orderOf(strike: string): object {
    return { instrument: `BTC-27DEC24-${strike}-P`, side: "buy", price: "100", size: "1" };
  }

  function withOrder(change: object) {
    return (file: File) => ({ ...file, orders: [{ ...orderOf("50000"), ...change }] });
  }

  function withUnderlying(change: object) {
    return (file: File) => ({ ...file, underlyings: { BTC: { ...file.underlyings.BTC, ...change } } });
  }

  function withPosition(position: object) {
    return (file: File) => ({ ...file, positions: [position] });
  }

  function withExpiry(expiry: object, day = "27DEC24") {
    return (file: File) => {
      Object.assign(file.underlyings.BTC!.expiries, { [day]: expiry });
      return file;
    };
  }

  it.each(cases)("names %s", (field, spoil) => {
    const message = expect.stringMatching(/^[A-Z].*\.$/);
    expect(() => marginOf(spoil(portfolio()))).toThrow(
      expect.objectContaining({ message, fields: expect.arrayContaining([expect.objectContaining({ field })]) }),
    );
  });

  it("says what is missing for an instrument", () => {
    const expected = (instrument: string): string => {
      try {
        marginOf({ ...portfolio(), positions: [{ instrument, size: "1" }] });
      } catch (error) {
        return (error as { fields: { expected: string }[] }).fields[0]!.expected;
      }
      return "";
    };
    expect(expected("SOL-PERPETUAL")).toBe("an instrument of an underlying that is given, which SOL is not");
    expect(expected("BTC-31JAN25-9-C")).toBe("an expiry that is given, which 31JAN25 is not");
    expect(expected("BTC-25OCT24-9-C")).toBe("an option that has not expired: 25OCT24 did at 1729843200");
  });
});

describe("the command", () => {
  const binary = fileURLToPath(new URL("../bin/recourse.js", import.meta.url));
  const example = fileURLToPath(new URL("../examples/portfolio.json", import.meta.url));
  const recourse = (args: readonly string[], input = "") =>
    spawnSync(process.execPath, [binary, "margin", ...args], { encoding: "utf8", input });

  it("takes a file or standard input", () => {
    const text = readFileSync(example, "utf8");
    const expected = marginOf(JSON.parse(text));
    for (const { status, stdout } of [
      recourse(["--file", example, "--json"]),
      recourse(["--file", "-", "--json"], text),
    ]) {
      expect(status).toBe(0);
      expect(stdout.trim().split("\n")).toHaveLength(1);
      expect(JSON.parse(stdout)).toEqual(expected);
    }
    expect(recourse(["--file", example]).stdout).toContain("The portfolio meets initial margin");
  });

  it("says which file it cannot read, and what is no JSON", () => {
    for (const [args, code, field] of [
      [["--file", "no such file"], "FileNotReadable", "file"],
      [["--file", binary], "MalformedPortfolio", ""],
      [[], "InvalidCommand", "file"],
    ] as const) {
      const { status, stdout } = recourse([...args, "--json"]);
      expect(status).toBe(1);
      expect(JSON.parse(stdout).error).toMatchObject({ code, fields: [expect.objectContaining({ field })] });
    }
  });
});
