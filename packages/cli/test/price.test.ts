import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { fileURLToPath } from "node:url";
import { parseExpiryDate } from "@recourse/protocol";
import { describe, expect, it } from "vitest";
import { Random } from "../../../test/support/random.ts";
import {
  blackPrice,
  divide,
  logarithm,
  multiply,
  normalDensity,
  normalDistribution,
  REAL_ONE,
  real,
  squareRoot,
  toNumber,
} from "../../engine/test/highPrecision.ts";
import { quote, quoteJson, readOption } from "../src/calculators/quote.ts";

const binary = fileURLToPath(new URL("../bin/recourse.js", import.meta.url));

type Fields = Readonly<Record<"forward" | "strike" | "iv" | "days" | "type", string>>;

const quoteOf = (fields: Fields) => quoteJson(quote(readOption(fields)));

/** A plain decimal string as a whole count of 10^-decimals. */
function countOf(text: string, decimals: number): bigint {
  const [whole, fraction = ""] = text.split(".") as [string, string?];
  return BigInt(whole + fraction.padEnd(decimals, "0"));
}

/** A plain decimal string as a number of the reference. */
function realOf(text: string): bigint {
  const decimals = text.split(".")[1]?.length ?? 0;
  return real(countOf(text, decimals), 10n ** BigInt(decimals));
}

const deviationOf = (iv: bigint, days: bigint): bigint => multiply(iv, squareRoot(days / 365n));

/** Price and greeks by the textbook's formulas, with 96 digits. */
function referenceOf(fields: Fields) {
  const [forward, strike, iv, days] = [fields.forward, fields.strike, fields.iv, fields.days].map(realOf) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  const isCall = fields.type === "call";
  const deviation = deviationOf(iv, days);
  const d1 = divide(logarithm(divide(forward, strike)), deviation) + deviation / 2n;
  const density = normalDensity(d1);
  const vega = multiply(multiply(forward, density), squareRoot(days / 365n));
  return {
    price: blackPrice(isCall, forward, strike, deviation),
    delta: isCall ? normalDistribution(d1) : -normalDistribution(-d1),
    gamma: divide(density, multiply(forward, deviation)),
    vega,
    theta: -divide(multiply(vega, iv), 2n * days),
    forward,
  };
}

/** A decimal below 1 with so many digits. */
const digits = (random: Random, count: number): string =>
  Array.from({ length: count }, () => random.below(10)).join("");

/** Forwards 1e-8 to 1e9, strikes 0.01 to 100 times them, volatilities 1 to 500 %, an hour to three years. */
function randomFields(random: Random): Fields {
  const fraction = () => random.uint32() / 2 ** 32;
  const spread = (from: number, to: number, decimals: number) =>
    `${(from * (to / from) ** fraction()).toFixed(decimals)}${digits(random, random.below(12))}`;
  const forward = 10 ** (17 * fraction() - 8);
  const far = random.pick([100, 1.3, 1.001]);
  const strike = forward * far ** (2 * fraction() - 1);
  return {
    forward: `${forward.toFixed(16)}${digits(random, random.below(15))}`,
    strike: `${strike.toFixed(16)}${digits(random, random.below(15))}`,
    iv: spread(0.01, 5, 4),
    days: random.chance(0.1) ? "0.041666666666666667" : spread(1 / 24, 1095, 6),
    type: random.pick(["call", "put"]),
  };
}

describe("against 96 digits", () => {
  it("prices are within 2e-17 of the smaller of forward and strike, greeks have 19 right digits", () =>
    Random.run(51, (random) => {
      const worst = { price: 0, delta: 0, gamma: 0, vega: 0, theta: 0 };
      for (let i = 0; i < 2000; i++) {
        const fields = randomFields(random);
        const { forward, ...exact } = referenceOf(fields);
        const computed = quoteOf(fields);
        const strike = realOf(fields.strike);
        for (const name of ["price", "delta", "gamma", "vega", "theta"] as const) {
          const error = Math.abs(toNumber(realOf(computed[name]) - exact[name]));
          const scale =
            name === "price" ? toNumber(forward < strike ? forward : strike) : Math.abs(toNumber(exact[name]));
          // The reference has 96 decimals: of a greek as small as this they are not enough, and others are tested below.
          if (scale < 1e-60) continue;
          worst[name] = Math.max(worst[name], error / scale);
          expect(error / scale, `${name} of ${JSON.stringify(fields)}`).toBeLessThan(name === "price" ? 2e-17 : 1e-19);
        }
      }
      console.log(`worst errors ${JSON.stringify(worst)}`);
    }));

  it("greeks are what differences of the price say", () =>
    Random.run(52, (random) => {
      for (let i = 0; i < 100; i++) {
        const fields = randomFields(random);
        const [forward, strike, iv, days] = [fields.forward, fields.strike, fields.iv, fields.days].map(realOf) as [
          bigint,
          bigint,
          bigint,
          bigint,
        ];
        const price = (f: bigint, v: bigint, d: bigint) =>
          blackPrice(fields.type === "call", f, strike, deviationOf(v, d));
        // Small steps, relative to each argument: 2^-70 of it, so that the third derivative tells in no digit that counts.
        const [stepForward, stepIv, stepDays] = [forward >> 70n, iv >> 70n, days >> 70n];
        const [below, here, above] = [forward - stepForward, forward, forward + stepForward].map((f) =>
          price(f, iv, days),
        ) as [bigint, bigint, bigint];
        const found = {
          delta: divide(above - below, 2n * stepForward),
          gamma: divide(divide(above - 2n * here + below, stepForward), stepForward),
          vega: divide(price(forward, iv + stepIv, days) - price(forward, iv - stepIv, days), 2n * stepIv),
          theta: divide(price(forward, iv, days - stepDays) - price(forward, iv, days + stepDays), 2n * stepDays),
        };
        const computed = quoteOf(fields);
        const scales = { delta: 1, gamma: 1 / toNumber(forward), vega: toNumber(forward), theta: toNumber(forward) };
        for (const name of ["delta", "gamma", "vega", "theta"] as const) {
          const error = Math.abs(toNumber(realOf(computed[name]) - found[name]));
          const scale = Math.max(Math.abs(toNumber(found[name])), 1e-9 * scales[name]);
          expect(error / scale, `${name} of ${JSON.stringify(fields)}`).toBeLessThan(1e-15);
        }
      }
    }));

  it("calls and puts keep parity, to the last digit in the price", () =>
    Random.run(53, (random) => {
      for (let i = 0; i < 300; i++) {
        const fields = randomFields(random);
        const [call, put] = [quoteOf({ ...fields, type: "call" }), quoteOf({ ...fields, type: "put" })];
        const count = (text: string) => countOf(text, 60);
        expect(count(call.price) - count(put.price)).toBe(count(fields.forward) - count(fields.strike));
        expect(Math.abs(toNumber(realOf(call.delta) - realOf(put.delta) - REAL_ONE))).toBeLessThan(2e-20);
        for (const name of ["gamma", "vega", "theta"] as const) expect(call[name]).toBe(put[name]);
      }
    }));
});

/**
 * Price, delta, gamma, vega, theta by mpmath 1.3 with 500 digits: the extremes, and tails that are out of the reach of the
 * reference and of floating point.
 */
const extremes: readonly (readonly string[])[] = [
  [
    "1",
    "100",
    "0.3",
    "90",
    "call",
    "0",
    "3.91940210048955148353e-209",
    "8.12233941170429828845e-207",
    "6.00830586619222065173e-208",
    "-1.00138431103203677529e-210",
  ],
  [
    "50000",
    "60000",
    "0.02",
    "20",
    "call",
    "0",
    "5.22792229840821504289e-332",
    "8.70281660733135703112e-333",
    "2.38433331707708411811e-326",
    "-1.19216665853854205906e-329",
  ],
  ["60000", "1000000", "0.5", "1", "put", "940000", "-1", "0", "0", "0"],
  ["100", "1", "0.25", "30", "put", "0", "0", "0", "0", "0"],
  [
    "0.00000001",
    "0.0000000101",
    "5",
    "1095",
    "call",
    "9.99985023346919204916e-9",
    "0.999992509857035618671",
    "392.671215265984760657",
    "5.89006822898977140985e-13",
    "-1.34476443584241356389e-15",
  ],
  [
    "1000000000",
    "999999999.999999999",
    "0.01",
    "0.041666666666666667",
    "put",
    "42624.3738743350041662",
    "-0.499978687813059098353",
    "0.00000373389514783975898025",
    "4262437.38337872033118",
    "-511492.48600544643565",
  ],
  [
    "123.456789012345678901234567890123",
    "123.456789012345678901234567890124",
    "0.01",
    "0.041666666666666667",
    "call",
    "0.00526226833218717768891",
    "0.500021312186937167752",
    "30.2445509697030065097",
    "0.526226832718121466552",
    "-0.063147219926174575481",
  ],
  [
    "31415.926535",
    "27182.818284",
    "0.577215664901532860606512090082",
    "93.7",
    "call",
    "5927.87708071519571234",
    "0.73927267610266723491",
    "0.0000353547598007972196423",
    "5170.49915614088332845",
    "-15.9257903323621907309",
  ],
];

describe("at the extremes", () => {
  it.each(extremes)("%s struck at %s, volatility %s, %s days, %s", (forward, strike, iv, days, type, ...expected) => {
    const { price, ...greeks } = quoteOf({ forward, strike, iv, days, type } as Fields);
    const error = Math.abs(Number(price) - Number(expected[0]));
    expect(error / Math.min(Number(forward), Number(strike))).toBeLessThan(5e-17);
    for (const [place, text] of Object.values(greeks).entries()) {
      const [mantissa, exponent = "0"] = expected[place + 1]!.split("e") as [string, string?];
      // 0.000…0522 with its zeros away, against 5.22792229840821504289 with its point away.
      const significant = (digits: string) => digits.replace("-", "").replace(".", "").replace(/^0+/, "");
      expect(significant(text).slice(0, 19)).toBe(significant(mantissa).slice(0, 19));
      expect(text.startsWith("-")).toBe(mantissa.startsWith("-"));
      if (exponent !== "0") expect(/^-?0\.(0*)/.exec(text)![1]!.length).toBe(-Number(exponent) - 1);
    }
  });

  it("without time or volatility an option is worth its exercise, and only delta is left", () => {
    const base = { forward: "60000.5", strike: "55000.25", iv: "0.5", days: "30", type: "call" };
    const still = { gamma: "0", vega: "0", theta: "0" };
    for (const certain of [{ days: "0" }, { iv: "0" }, { iv: "0.0", days: "0e5" }]) {
      const fields = { ...base, ...certain };
      expect(quoteOf(fields)).toEqual({ price: "5000.25", delta: "1", ...still });
      expect(quoteOf({ ...fields, type: "put" })).toEqual({ price: "0", delta: "0", ...still });
      expect(quoteOf({ ...fields, strike: "70000" })).toEqual({ price: "0", delta: "0", ...still });
      expect(quoteOf({ ...fields, strike: "70000", type: "put" })).toEqual({ price: "9999.5", delta: "-1", ...still });
      expect(quoteOf({ ...fields, strike: "60000.50" })).toEqual({ price: "0", delta: "0.5", ...still });
      expect(quoteOf({ ...fields, strike: "60000.50", type: "put" })).toEqual({ price: "0", delta: "-0.5", ...still });
    }
  });

  it("numbers of every size are plain decimals", () => {
    for (const forward of ["1e-30", "1e-8", "1e9", "1e30"]) {
      const fields = { forward, strike: forward, iv: "0.5", days: "1", type: "call" };
      for (const text of Object.values(quoteOf(fields))) expect(text).toMatch(/^-?\d+(\.\d+)?$/);
    }
  });
});

/** Deribit's ticker messages as their readers have published them: instrument, time in ms, forward, iv in percent. */
const deribit = [
  ["BTC-30SEP22-60000-C", 1_654_161_839_367, "30220.5", 67.7, 0.05785, 0.00001, 20.05335, -5.65962],
  ["BTC-26AUG22-20000-C", 1_659_760_300_724, "23227.53", 72.12, 0.83341, 0.00006, 13.62974, -24.39797],
  ["BTC-27SEP24-40000-C", 1_699_578_548_021, "38992.71", 61.27, 0.59621, 0.00002, 141.90146, -13.48784],
  ["BTC-23FEB24-45000-C", 1_707_627_659_690, "48559.14", 46.17, 0.82809, 0.00006, 22.55662, -42.9504],
  ["BTC-26JUN26-100000-C", 1_752_057_345_721, "116086.34", 45.43, 0.71138, 0.00001, 389.29255, -25.13021],
  ["BTC-25JUN27-98000-P", 1_788_124_051_207, "81606.61", 41.86, -0.61575, 0.00001, 281.91318, -19.77072],
] as const;

describe("published figures", () => {
  it.each(deribit)("%s as the exchange showed it", (instrument, time, forward, percent, delta, gamma, vega, theta) => {
    const [, day, strike, letter] = instrument.split("-") as [string, string, string, string];
    const days = `${(parseExpiryDate(day)! * 1000 - time) / 86_400_000}`;
    // The exchange rounds the volatility that it shows to a hundredth of a percent, and then each greek to five decimals.
    const [low, high] = [-0.005, 0.005].map((rounding) =>
      quoteOf({
        forward,
        strike,
        iv: ((percent + rounding) / 100).toFixed(6),
        days,
        type: letter === "C" ? "call" : "put",
      }),
    ) as [ReturnType<typeof quoteOf>, ReturnType<typeof quoteOf>];
    const published = { delta, gamma, vega: vega * 100, theta };
    for (const name of ["delta", "gamma", "vega", "theta"] as const) {
      const bounds = [Number(low[name]), Number(high[name])].sort((left, right) => left - right);
      const rounding = name === "vega" ? 0.0005 : 0.000005;
      expect(published[name], name).toBeGreaterThan(bounds[0]! - rounding);
      expect(published[name], name).toBeLessThan(bounds[1]! + rounding);
    }
  });

  it("Haug, The Complete Guide to Option Pricing Formulas, 2nd edition, Black-76: 1.7011 for nine months on oil", () => {
    for (const type of ["call", "put"]) {
      const { price } = quoteOf({ forward: "19", strike: "19", iv: "0.28", days: "273.75", type });
      expect(Number(price) * Math.exp(-0.1 * 0.75)).toBeCloseTo(1.7011, 4);
    }
  });

  it("Hull, Options, Futures, and Other Derivatives, the greek letters: 49 struck at 50, 20 weeks, 5 %, 20 %", () => {
    // On a share: the forward is 49 e^(rT), values are discounted, and gamma is to the share.
    const [share, rate, years] = [49, 0.05, 0.3846];
    const growth = Math.exp(rate * years);
    const fields = {
      forward: (share * growth).toFixed(12),
      strike: "50",
      iv: "0.2",
      days: `${years * 365}`,
      type: "call",
    };
    const { price, delta, gamma, vega, theta } = quoteOf(fields);
    const value = Number(price) / growth;
    expect(value).toBeCloseTo(2.4, 2);
    expect(Number(delta)).toBeCloseTo(0.522, 3);
    expect(Number(gamma) * growth).toBeCloseTo(0.066, 3);
    expect(Number(vega) / growth).toBeCloseTo(12.1, 1);
    // What the bank's interest takes: r K e^(-rT) N(d2), which is r (S N(d1) − value).
    const interest = rate * (share * Number(delta) - value);
    expect((Number(theta) * 365) / growth - interest).toBeCloseTo(-4.31, 2);
  });
});

describe("bad input", () => {
  const good = { forward: "100", strike: "90", iv: "0.5", days: "7", type: "call" };

  it.each([
    ["forward", "0"],
    ["forward", "-1"],
    ["forward", "a hundred"],
    ["forward", "1e31"],
    ["forward", "1e-41"],
    ["strike", ""],
    ["strike", "1,000"],
    ["iv", "-0.1"],
    ["iv", "101"],
    ["iv", "NaN"],
    ["days", "-1"],
    ["days", "1e7"],
    ["type", "straddle"],
    ["rate", "0.05"],
  ])("names %s where it is %j", (field, value) => {
    expect(() => readOption({ ...good, [field]: value })).toThrow(
      expect.objectContaining({ code: "MalformedOption", fields: [expect.objectContaining({ field })] }),
    );
  });

  it("names all that is missing", () => {
    const missing = Object.keys(good).map((field) => expect.objectContaining({ field }));
    expect(() => readOption({})).toThrow(expect.objectContaining({ fields: missing }));
  });
});

describe("the command", () => {
  const recourse = (args: readonly string[], input = "") =>
    spawnSync(process.execPath, [binary, "price", ...args], { encoding: "utf8", input });
  const option = ["--forward", "60000", "--strike", "65000", "--iv", "0.55", "--days", "30", "--type", "call"];

  it("prices one option, for programs and for people", () => {
    const { status, stdout } = recourse([...option, "--json"]);
    expect(status).toBe(0);
    const expected = quoteOf({ forward: "60000", strike: "65000", iv: "0.55", days: "30", type: "call" });
    expect(JSON.parse(stdout)).toEqual(expected);
    expect(stdout.trim().split("\n")).toHaveLength(1);
    const forPeople = recourse(option);
    expect(forPeople.status).toBe(0);
    for (const value of Object.values(expected)) expect(forPeople.stdout).toContain(value.slice(0, 9));
  });

  it("answers line by line, the wrong ones with errors in their places, and then fails", () => {
    const line = { forward: "60000", strike: "65000", iv: "0.55", days: "30", type: "put" };
    const { status, stdout, stderr } = recourse(
      ["--stdin"],
      [
        JSON.stringify(line),
        '{"forward": 60000, "strike": 6.5e4, "iv": 0.55000000000000000000001, "days": 30, "type": "put"}',
        "no JSON",
        '{"forward": "60000", "iv": "-1", "days": "30", "type": "put", "strike": "1"}',
        "",
        `{"forward": "${"1".repeat(100_000)}"}`,
        JSON.stringify({ ...line, type: "call" }),
      ].join("\n"),
    );
    expect(status).toBe(1);
    expect(stderr).toBe("4 of 7 lines could not be priced.\n");
    const answers = stdout
      .trim()
      .split("\n")
      .map((text) => JSON.parse(text));
    expect(answers).toHaveLength(7);
    expect(answers[0]).toEqual(quoteOf(line));
    // Numbers are taken as they are written, beyond what a double holds.
    expect(answers[1]).toEqual(quoteOf({ ...line, iv: "0.55000000000000000000001" }));
    expect(answers[6]).toEqual(quoteOf({ ...line, type: "call" }));
    const fieldsOf = (place: number) => answers[place].error.fields.map(({ field }: { field: string }) => field);
    expect([2, 3, 4, 5].map(fieldsOf)).toEqual([["lines.3"], ["lines.4.iv"], ["lines.5"], ["lines.6"]]);
    for (const place of [2, 3, 4, 5]) expect(answers[place].error.code).toBe("MalformedOption");
  });

  it("answers each line as it comes, and many of them in order", async () => {
    const child = spawn(process.execPath, [binary, "price", "--stdin", "--json"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const lineOf = (strike: number) => `{"forward":"100","strike":"${strike}","iv":"0","days":"1","type":"put"}\n`;
    child.stdin.write(lineOf(101));
    expect(JSON.parse((await answers.next()).value!).price).toBe("1");
    const count = 5000;
    child.stdin.end(Array.from({ length: count }, (_, place) => lineOf(102 + place)).join(""));
    for (let place = 0; place < count; place++) {
      expect(JSON.parse((await answers.next()).value!).price).toBe(`${2 + place}`);
    }
    expect((await answers.next()).done).toBe(true);
    if (child.exitCode === null) await once(child, "exit");
    expect(child.exitCode).toBe(0);
  });

  it("ends quietly when nobody reads any more", async () => {
    const child = spawn(process.execPath, [binary, "price", "--stdin"]);
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.stdin.on("error", () => {});
    child.stdout.destroy();
    child.stdin.write('{"forward":"100","strike":"100","iv":"1","days":"1","type":"put"}\n'.repeat(100));
    const [status] = await once(child, "close");
    expect(status).toBe(1);
    expect(stderr).toBe("");
  });

  it("refuses options beside --stdin, and a strike that is none", () => {
    for (const [args, code, field] of [
      [["--stdin", "--iv", "1"], "InvalidCommand", "iv"],
      [[...option, "--strike", "x"], "MalformedOption", "strike"],
      [[], "MalformedOption", "forward"],
    ] as const) {
      const { status, stdout } = recourse([...args, "--json"]);
      expect(status).toBe(1);
      expect(JSON.parse(stdout).error).toMatchObject({
        code,
        fields: expect.arrayContaining([expect.objectContaining({ field })]),
      });
    }
  });
});
