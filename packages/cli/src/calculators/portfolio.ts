import { isValidSurface, PRICE_LIMIT, type Surface } from "@recourse/engine";
import {
  type FieldError,
  formatExpiryDate,
  formatInstrumentName,
  InstrumentKind,
  type InstrumentTerms,
  MAX_POSITIONS,
  parseExpiryDate,
  parseInstrumentName,
  RecourseError,
  type Seconds,
  seconds,
  surfaceDecimals,
} from "@recourse/protocol";
import { countOf, type Decimal } from "@recourse/sdk/greeks";
import { z } from "zod";
import { decimalField, isAtMost, isPositive, validate } from "./validation.ts";

/** What positions are valued from. */
interface Market {
  readonly time: Seconds;
  /** By their names, such as BTC. */
  readonly underlyings: Map<string, Underlying>;
}

/** What margin is computed of: a market, and positions in it. */
export interface Portfolio extends Readonly<Market> {
  /** USD. */
  readonly cash: Decimal;
  /** Each instrument once. */
  readonly positions: readonly Position[];
  /** Orders that are to be tried on it, in this order. */
  readonly orders: readonly HypotheticalOrder[];
}

/** A report that something is marked from. */
interface Reported {
  /** Seconds since the report. */
  readonly age: number;
  /** The underlying's index in it, in USD. */
  readonly index: Decimal;
}

/** An underlying; its own age and index are the newest. */
export interface Underlying extends Reported {
  readonly perpetual: Perpetual;
  /** By the day in the instruments' names, such as 27DEC24. */
  readonly expiries: ReadonlyMap<string, Expiry>;
}

export interface Perpetual extends Reported {
  readonly mark: Decimal;
}

export interface Expiry extends Reported {
  readonly forward: Decimal;
  /** One volatility for all strikes (1 is 100 %), or a smile in the engine's units, of the report. */
  readonly volatility: Decimal | Surface;
}

export interface Position {
  readonly terms: InstrumentTerms;
  /** In units of the underlying; negative for a short position. */
  readonly size: Decimal;
}

/** An order that is taken to be filled whole, at its price. */
export interface HypotheticalOrder {
  readonly terms: InstrumentTerms;
  readonly isBuy: boolean;
  /** USD for one unit. */
  readonly price: Decimal;
  /** In units of the underlying, above 0. */
  readonly size: Decimal;
  /** The part of the value that is paid as a fee. */
  readonly feeRate: Decimal;
}

const MAX_TIME = 2 ** 32 - 1;
const TIME = `whole seconds since 1970, from 0 to ${MAX_TIME}`;
const MAX_PRICE = PRICE_LIMIT / 100_000_000n;
/** A flat surface of one year's variance must stay within the engine's greatest, 1,000. */
const MAX_IV = 30n;

const decimal = decimalField('a decimal number as a string, such as "-1250.5"');
const price = decimalField(
  `a decimal number as a string, above 0 and at most ${MAX_PRICE}`,
  (value) => isPositive(value) && isAtMost(value, MAX_PRICE),
);
const iv = decimalField(
  `a decimal number as a string, above 0 and at most ${MAX_IV}; 0.55 is 55 %`,
  (value) => isPositive(value) && isAtMost(value, MAX_IV),
);
const size = decimalField(
  'a decimal number as a string, with at most 8 decimals, such as "-0.25"',
  (value) => value.decimals <= 8,
);
const orderSize = decimalField(
  'a decimal number as a string, above 0 and with at most 8 decimals, such as "0.25"',
  (value) => isPositive(value) && value.decimals <= 8,
);
const orderPrice = decimalField(
  `a decimal number as a string, above 0 and at most ${MAX_PRICE}, with at most 8 decimals`,
  (value) => isPositive(value) && isAtMost(value, MAX_PRICE) && value.decimals <= 8,
);
const feeRate = decimalField(
  'a decimal number as a string, from 0 to 1; "0.0005" is 0.05 %',
  (value) => value.count >= 0n && isAtMost(value, 1n),
);
const AGE = "whole seconds, from 0 to 86400";
const age = z.int({ error: AGE }).min(0, { error: AGE }).max(86_400, { error: AGE });

const svi = z
  .strictObject({ a: decimal, b: decimal, rho: decimal, m: decimal, sigma: decimal }, { error: "a, b, rho, m, sigma" })
  .transform((parameters, context): Surface => {
    const [a, b, rho, m, sigma] = (["a", "b", "rho", "m", "sigma"] as const).map((name) =>
      countOf(parameters[name], surfaceDecimals),
    ) as [bigint, bigint, bigint, bigint, bigint];
    if (isValidSurface(a, b, rho, m, sigma)) return { a, b, rho, m, sigma };
    const message = "a surface that is nowhere negative: |rho| at most 1, b and sigma not below 0";
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });

/** What may be said of a report that is older than the underlying's newest. */
const reported = { age: age.optional(), index: price.optional() };

const perpetual = z.strictObject(
  { mark: price.optional(), ...reported },
  { error: "an object of mark, age and index" },
);

const expiry = z
  .strictObject(
    { forward: price, iv: iv.optional(), svi: svi.optional(), ...reported },
    { error: "forward, and iv or svi" },
  )
  .transform(({ iv, svi, ...rest }, context) => {
    const volatility = iv ?? svi;
    if (volatility !== undefined && (iv === undefined || svi === undefined)) return { ...rest, volatility };
    context.addIssue({ code: "custom", message: "one of iv and svi" });
    return z.NEVER;
  });

const underlying = z.strictObject(
  {
    index: price,
    age: age.default(0),
    perpetual: perpetual.default({}),
    expiries: z.record(z.string(), expiry, { error: "an object of expiries" }).default({}),
  },
  { error: "an object of index and expiries" },
);

const file = z.strictObject(
  {
    time: z.int({ error: TIME }).min(0, { error: TIME }).max(MAX_TIME, { error: TIME }),
    cash: decimal,
    underlyings: z.record(z.string(), underlying, { error: "an object of underlyings by their names" }),
    positions: z
      .array(
        z.strictObject(
          { instrument: z.string({ error: "an instrument's name" }), size },
          { error: "an object of instrument and size" },
        ),
        { error: "a list of positions" },
      )
      .max(MAX_POSITIONS, { error: `at most ${MAX_POSITIONS} positions, as many as an account may hold` }),
    orders: z
      .array(
        z.strictObject(
          {
            instrument: z.string({ error: "an instrument's name" }),
            side: z.enum(["buy", "sell"], { error: "buy or sell" }),
            price: orderPrice,
            size: orderSize,
            feeRate: feeRate.default({ count: 0n, decimals: 0 }),
          },
          { error: "an object of instrument, side, price and size" },
        ),
        { error: "a list of orders" },
      )
      .max(MAX_POSITIONS, { error: `at most ${MAX_POSITIONS} orders` })
      .default([]),
  },
  { error: "an object of time, cash, underlyings and positions" },
);

const NAME = "a name such as BTC-PERPETUAL or BTC-27DEC24-50000-C";
const CODE = "MalformedPortfolio";
const SENTENCE = "The portfolio cannot be margined.";

/**
 * Reads a portfolio from the text of a JSON file.
 * @throws RecourseError `MalformedPortfolio` with the path of every field that was wrong
 */
export function readPortfolio(text: string): Portfolio {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch (cause) {
    const fields = [{ field: "", expected: "a JSON object" }];
    throw new RecourseError(CODE, "The portfolio is no JSON.", fields, { cause });
  }
  const { time, cash, underlyings, positions, orders } = validate(file, input, CODE, SENTENCE);
  const errors: FieldError[] = [];
  const market: Market = { time: seconds(time), underlyings: new Map() };
  for (const [symbol, stated] of Object.entries(underlyings)) {
    const path = `underlyings.${symbol}`;
    if (parseInstrumentName(`${symbol}-PERPETUAL`) === undefined) {
      errors.push({ field: path, expected: "a name of 1 to 8 capitals and digits, such as BTC" });
    }
    market.underlyings.set(symbol, underlyingOf(stated, time, path, errors));
  }
  const held = new Map<string, Position>();
  for (const [place, { instrument, size }] of positions.entries()) {
    const terms = parseInstrumentName(instrument);
    const expected = terms === undefined ? NAME : missing(terms, market);
    // One instrument may be written in more than one way: 50000 and 50000.0.
    const name = terms === undefined ? instrument : formatInstrumentName(terms);
    if (terms === undefined || expected !== undefined || held.has(name)) {
      errors.push({ field: `positions.${place}.instrument`, expected: expected ?? "each instrument once" });
    } else {
      held.set(name, { terms, size });
    }
  }
  const tried: HypotheticalOrder[] = [];
  const names = new Set(held.keys());
  for (const [place, { instrument, side, ...order }] of orders.entries()) {
    const terms = parseInstrumentName(instrument);
    const expected = terms === undefined ? NAME : missing(terms, market);
    if (terms === undefined || expected !== undefined) {
      errors.push({ field: `orders.${place}.instrument`, expected: expected! });
    } else {
      tried.push({ terms, isBuy: side === "buy", ...order });
      names.add(formatInstrumentName(terms));
    }
  }
  if (names.size > MAX_POSITIONS) {
    errors.push({
      field: "orders",
      expected: `no more than ${MAX_POSITIONS} instruments, those of the positions included`,
    });
  }
  if (errors.length > 0) throw new RecourseError(CODE, SENTENCE, errors);
  return { ...market, cash, positions: [...held.values()], orders: tried };
}

/** What the market lacks for an instrument; undefined where it can be valued. */
function missing({ symbol, kind, expiry }: InstrumentTerms, { time, underlyings }: Market): string | undefined {
  const underlying = underlyings.get(symbol);
  if (underlying === undefined) return `an instrument of an underlying that is given, which ${symbol} is not`;
  if (kind === InstrumentKind.perpetual) return undefined;
  const day = formatExpiryDate(expiry);
  if (expiry <= time) return `an option that has not expired: ${day} did at ${expiry}`;
  return underlying.expiries.has(day) ? undefined : `an expiry that is given, which ${day} is not`;
}

/** An underlying as it is stated, what is left out filled in: everything is marked from the newest report. */
function underlyingOf(
  stated: z.output<typeof underlying>,
  time: number,
  path: string,
  errors: FieldError[],
): Underlying {
  const newest: Reported = { age: stated.age, index: stated.index };
  const report = (of: z.output<typeof perpetual>, field: string): Reported => {
    const { age = newest.age, index = newest.index } = of;
    if (age < newest.age || age > time) {
      errors.push({
        field: `${field}.age`,
        expected: `${newest.age}, as old as the underlying's newest report, or older`,
      });
    }
    return { age, index };
  };
  const { mark, ...older } = stated.perpetual;
  const reported = report(older, `${path}.perpetual`);
  if (mark !== undefined && !isNear(mark, reported.index)) {
    errors.push({
      field: `${path}.perpetual.mark`,
      expected: "within half a percent of the index, as the rules keep it",
    });
  }
  const byDay = new Map<string, Expiry>();
  for (const [text, { forward, volatility, ...expiry }] of Object.entries(stated.expiries)) {
    const field = `${path}.expiries.${text}`;
    const date = parseExpiryDate(text);
    const day = date === undefined ? text : formatExpiryDate(date);
    if (date === undefined) errors.push({ field, expected: "a day such as 27DEC24" });
    else if (byDay.has(day)) errors.push({ field, expected: "each expiry once" });
    byDay.set(day, { forward, volatility, ...report(expiry, field) });
  }
  return { ...newest, perpetual: { mark: mark ?? reported.index, ...reported }, expiries: byDay };
}

/** Whether a perpetual's mark is within ± 1/200 of its index. */
function isNear(mark: Decimal, index: Decimal): boolean {
  const decimals = Math.max(mark.decimals, index.decimals);
  const [marked, reported] = [countOf(mark, decimals), countOf(index, decimals)];
  return 200n * (marked > reported ? marked - reported : reported - marked) <= reported;
}
