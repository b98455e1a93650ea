import {
  compactSignature,
  encodeTransaction,
  fromHex,
  parseDecimal,
  price,
  priceDecimals,
  RecourseError,
  seconds,
  surfaceDecimals,
  TransactionKind,
  toHex,
  underlyingNumber,
} from "@recourse/protocol";
import type { LocalAccount } from "viem";
import { countOf } from "./decimals.ts";
import { type SignedType, type SigningDomain, signMessage } from "./domain.ts";
import type { Hex } from "./wire.ts";

/** A raw SVI surface; its parameters are decimal strings of at most 15 places, which may be negative. */
export interface SurfaceTerms {
  readonly expiry: number;
  readonly forward: string;
  readonly a: string;
  readonly b: string;
  readonly rho: string;
  readonly m: string;
  readonly sigma: string;
}

export interface ReportTerms {
  readonly underlying: number;
  /** Of the observation; later than that of the underlying's last report. */
  readonly time: number;
  readonly index: string;
  readonly surfaces: readonly SurfaceTerms[];
}

export interface SettlementTerms {
  readonly underlying: number;
  readonly expiry: number;
  /** At which the underlying's instruments of this expiry are settled. */
  readonly price: string;
}

/** An oracle, and its place in the deployment's set. */
export interface OracleSigner {
  readonly place: number;
  readonly account: LocalAccount;
}

/**
 * Makes an oracle's report, signed by some of the set.
 * @returns its canonical bytes, to be sent to POST /v1/transactions
 */
export async function oracleReport(
  domain: SigningDomain,
  terms: ReportTerms,
  oracles: readonly OracleSigner[],
): Promise<Hex> {
  const report = {
    underlying: terms.underlying,
    time: terms.time,
    index: countOf("index", terms.index, priceDecimals),
    surfaces: terms.surfaces.map((surface) => ({
      expiry: surface.expiry,
      forward: countOf("forward", surface.forward, priceDecimals),
      a: parameter("a", surface.a),
      b: parameter("b", surface.b),
      rho: parameter("rho", surface.rho),
      m: parameter("m", surface.m),
      sigma: parameter("sigma", surface.sigma),
    })),
  };
  const quorum = await signAll(domain, "Report", report, oracles);
  return toHex(
    encodeTransaction({
      kind: TransactionKind.report,
      underlying: underlyingNumber(report.underlying),
      time: seconds(report.time),
      index: price(Number(report.index)),
      surfaces: report.surfaces.map((surface) => ({
        ...surface,
        expiry: seconds(surface.expiry),
        forward: price(Number(surface.forward)),
      })),
      ...quorum,
    }),
  );
}

/**
 * Makes the report of an expiry's settlement price, signed by some of the set.
 * @returns its canonical bytes, to be sent to POST /v1/transactions
 */
export async function settlementReport(
  domain: SigningDomain,
  terms: SettlementTerms,
  oracles: readonly OracleSigner[],
): Promise<Hex> {
  const settlement = {
    underlying: underlyingNumber(terms.underlying),
    expiry: seconds(terms.expiry),
    price: price(Number(countOf("price", terms.price, priceDecimals))),
  };
  const quorum = await signAll(domain, "Settlement", settlement, oracles);
  return toHex(encodeTransaction({ kind: TransactionKind.settlement, ...settlement, ...quorum }));
}

/** Signatures of oracles, in the order of their places in the set, and the bits of these places. */
async function signAll(
  domain: SigningDomain,
  primaryType: SignedType,
  message: Readonly<Record<string, unknown>>,
  oracles: readonly OracleSigner[],
) {
  const ordered = oracles.toSorted((left, right) => left.place - right.place);
  const signatures = await Promise.all(
    ordered.map(({ account }) => signMessage(account, domain, primaryType, message)),
  );
  return {
    signers: ordered.reduce((bits, { place }) => bits | (1 << place), 0),
    signatures: signatures.map((signature) => compactSignature(fromHex(signature))),
  };
}

function parameter(field: string, text: string): bigint {
  const value = parseDecimal(text, surfaceDecimals);
  if (value === undefined) {
    throw new RecourseError("InvalidDecimal", `${field} ${text} cannot be expressed exactly.`, [
      { field, expected: `a decimal of at most ${surfaceDecimals} places` },
    ]);
  }
  return value;
}
