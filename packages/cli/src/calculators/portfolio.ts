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
}

export interface Underlying {
  /** USD. */
  readonly index: Decimal;
  /** By the day in the instruments' names, such as 27DEC24. */
  readonly expiries: ReadonlyMap<string, Expiry>;
}

export interface Expiry {
  readonly forward: Decimal;
  /** One volatility for all strikes (1 is 100 %), or a smile in the engine's units, reported now. */
  readonly volatility: Decimal | Surface;
}

export interface Position {
  readonly terms: InstrumentTerms;
  /** In units of the underlying; negative for a short position. */
  readonly size: Decimal;
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

const expiry = z
  .strictObject({ forward: price, iv: iv.optional(), svi: svi.optional() }, { error: "forward, and iv or svi" })
  .transform(({ forward, iv, svi }, context): Expiry => {
    const volatility = iv ?? svi;
    if (volatility !== undefined && (iv === undefined || svi === undefined)) return { forward, volatility };
    context.addIssue({ code: "custom", message: "one of iv and svi" });
    return z.NEVER;
  });

const underlying = z.strictObject(
  { index: price, expiries: z.record(z.string(), expiry, { error: "an object of expiries" }).default({}) },
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
  },
  { error: "an object of time, cash, underlyings and positions" },
);

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
  const { time, cash, underlyings, positions } = validate(file, input, CODE, SENTENCE);
  const errors: FieldError[] = [];
  const market: Market = { time: seconds(time), underlyings: new Map() };
  for (const [symbol, { index, expiries }] of Object.entries(underlyings)) {
    const path = `underlyings.${symbol}`;
    if (parseInstrumentName(`${symbol}-PERPETUAL`) === undefined) {
      errors.push({ field: path, expected: "a name of 1 to 8 capitals and digits, such as BTC" });
    }
    market.underlyings.set(symbol, { index, expiries: expiriesByDay(expiries, `${path}.expiries`, errors) });
  }
  const held = new Map<string, Position>();
  for (const [place, { instrument, size }] of positions.entries()) {
    const terms = parseInstrumentName(instrument);
    const expected =
      terms === undefined ? "a name such as BTC-PERPETUAL or BTC-27DEC24-50000-C" : missing(terms, market);
    // One instrument may be written in more than one way: 50000 and 50000.0.
    const name = terms === undefined ? instrument : formatInstrumentName(terms);
    if (terms === undefined || expected !== undefined || held.has(name)) {
      errors.push({ field: `positions.${place}.instrument`, expected: expected ?? "each instrument once" });
    } else {
      held.set(name, { terms, size });
    }
  }
  if (errors.length > 0) throw new RecourseError(CODE, SENTENCE, errors);
  return { ...market, cash, positions: [...held.values()] };
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

function expiriesByDay(
  expiries: Readonly<Record<string, Expiry>>,
  path: string,
  errors: FieldError[],
): Map<string, Expiry> {
  const byDay = new Map<string, Expiry>();
  for (const [text, expiry] of Object.entries(expiries)) {
    const date = parseExpiryDate(text);
    const day = date === undefined ? text : formatExpiryDate(date);
    if (date === undefined) errors.push({ field: `${path}.${text}`, expected: "a day such as 27DEC24" });
    else if (byDay.has(day)) errors.push({ field: `${path}.${text}`, expected: "each expiry once" });
    byDay.set(day, expiry);
  }
  return byDay;
}
