import { existsSync, readdirSync, readFileSync } from "node:fs";
import * as engine from "@recourse/engine";
import * as protocol from "@recourse/protocol";
import {
  ChunkKind,
  decodeTransaction,
  domainName,
  domainSeparator,
  domainVersion,
  encodeTransaction,
  keccak256,
  MESSAGE_HEAD_BYTES,
  reasons,
  SIGNATURE_BYTES,
  type SignedTransaction,
  TransactionKind,
  toHex,
  transactionDigest,
  typedDataTypes,
  typeHash,
} from "@recourse/protocol";
import { hashDomain, hashTypedData } from "viem";
import { describe, expect, it } from "vitest";
import * as meter from "../../packages/store/src/meter.ts";
import { Random } from "../../test/support/random.ts";
import { chainId, rollupAddress } from "../../test/support/world.ts";
import { readArtifact } from "../artifacts.ts";
import { anyTransactions } from "./anyTransactions.ts";

const root = new URL("../../", import.meta.url);
const stepFolder = new URL("contracts/src/step/", root);
const engineFolder = new URL("packages/engine/src/", root);

function readSolidity(name: string): string {
  return readFileSync(new URL(`${name}.sol`, stepFolder), "utf8");
}

/** A constant's value as Solidity states it: integers, their operators, earlier constants and those of other libraries. */
function evaluate(text: string, earlier: ReadonlyMap<string, bigint>): bigint {
  const expression = text
    .replaceAll(/\b(\d[\d_]*)e(\d+)\b/g, "($1n * 10n ** $2n)")
    .replaceAll(/\b(0x[0-9a-fA-F]+|\d[\d_]*)\b/g, "$1n")
    .replaceAll(/\b(?:([A-Z]\w*)\.)?([A-Z]\w*)\b/g, (_, library: string | undefined, name: string) => {
      const value = library === undefined ? earlier.get(name) : constantsOf(library).get(name);
      if (value === undefined) throw new Error(`${text} names a constant that is not known: ${name}.`);
      return `(${value}n)`;
    });
  return new Function(`return ${expression};`)();
}

/** The numeric constants that a Solidity library states, by name. */
function constantsOf(name: string): Map<string, bigint> {
  const constants = new Map<string, bigint>();
  for (const [, constant, stated] of readSolidity(name).matchAll(/u?int256 \w+ constant (\w+)\s*=\s*([^;]+);/g)) {
    constants.set(constant!, evaluate(stated!, constants));
  }
  return constants;
}

/** `WrongChunkKind` as Solidity's constants are written: `WRONG_CHUNK_KIND`. */
function toConstantCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toUpperCase();
}

const asNumbers = (constants: ReadonlyMap<string, bigint>) =>
  Object.fromEntries([...constants].map(([name, value]) => [name, Number(value)]));

describe("What both languages state", () => {
  it("reason codes, all of them, under the same names and with the same sentences", () => {
    const expected = Object.fromEntries(
      Object.entries(reasons).map(([name, { code }]) => [toConstantCase(name), code]),
    );
    expect(asNumbers(constantsOf("Reason"))).toEqual(expected);
    const sentences = [...readSolidity("Reason").matchAll(/^ {4}\/\/\/ (.*)$/gm)].map(([, sentence]) => sentence);
    expect(sentences).toEqual(Object.values(reasons).map(({ sentence }) => sentence));
  });

  it("limits that the step uses", () => {
    const limits = constantsOf("Limits");
    expect(limits.size).toBeGreaterThan(30);
    for (const [name, value] of limits) {
      const stated = (protocol as Record<string, unknown>)[name] as number | bigint;
      expect(BigInt(stated), name).toBe(value);
    }
  });

  it("units of the meter", () => {
    expect(asNumbers(constantsOf("Meter"))).toEqual({ ...meter });
  });

  it("tables of keys", () => {
    const keys = constantsOf("Keys");
    for (const [name, table] of Object.entries(engine.Table)) {
      expect(keys.get(toConstantCase(name)), name).toBe(BigInt(table));
    }
    expect(keys.get("ACCOUNT_PREFIX_BITS")).toBe(BigInt(engine.ACCOUNT_PREFIX_BITS));
    expect(keys.get("BOOK_SIDE_BITS")).toBe(BigInt(8 * engine.BOOK_SIDE_BYTES));
  });

  it("kinds of transactions and chunks, widths of their parts", () => {
    const constants = constantsOf("Transactions");
    for (const [name, kind] of Object.entries(TransactionKind)) {
      expect(constants.get(toConstantCase(name)), name).toBe(BigInt(kind));
    }
    for (const [name, kind] of Object.entries(ChunkKind)) {
      expect(constants.get(`${name.toUpperCase()}_CHUNK`), name).toBe(BigInt(kind));
    }
    const widths = {
      SIGNATURE_BYTES,
      MESSAGE_HEAD_BYTES,
      REPORT_HEAD_BYTES: protocol.REPORT_HEAD_BYTES,
      SURFACE_BYTES: protocol.SURFACE_BYTES,
      SETTLEMENT_HEAD_BYTES: protocol.SETTLEMENT_HEAD_BYTES,
      BLOCK_HEAD_BYTES: protocol.BLOCK_HEAD_BYTES,
      LEG_BYTES: protocol.LEG_BYTES,
      QUOTES_HEAD_BYTES: protocol.QUOTES_HEAD_BYTES,
      QUOTE_BYTES: protocol.QUOTE_BYTES,
    };
    for (const [name, width] of Object.entries(widths)) expect(constants.get(name), name).toBe(BigInt(width));
  });

  it("constants of the rules", () => {
    const stated = [
      ["Matching", "FEE_SCALE", "matching"],
      ["Plan", "NEW_BRANCHES", "plan"],
      ["Quotes", "NEW_BRANCHES", "quotes"],
      ["Plan", "LONGEST_BOOK_PATH", "plan"],
      ["Plan", "LONGEST_ACCOUNT_ORDER_PATH", "plan"],
      ["Admission", "PRUNED_WORDS", "admission"],
      ["Listing", "ONLY_GRID", "listing"],
      ["Listing", "EXPIRY_SECOND_OF_DAY", "listing"],
      ["Listing", "MAX_FEE_RATE", "listing"],
      ["Listing", "MAX_TICK_VALUE", "listing"],
      ["Premium", "PREMIUM_SHARE", "premium"],
      ["Funding", "SECONDS_PER_HOUR", "funding"],
      ["Funding", "AVERAGING_SECONDS", "funding"],
      ["Funding", "FUNDING_SHARE", "funding"],
    ] as const;
    for (const [library, name, file] of stated) {
      const text = readFileSync(new URL(`${file}.ts`, engineFolder), "utf8");
      const [, value] = new RegExp(`const ${name} = ([^;]+);`).exec(text)!;
      expect(constantsOf(library).get(name), name).toBe(evaluate(value!.replaceAll(/(\d)n/g, "$1"), new Map()));
    }
    expect(constantsOf("Plan").get("POST_ONLY")).toBe(BigInt(protocol.POST_ONLY_OPTION));
    expect(constantsOf("Plan").get("REDUCE_ONLY")).toBe(BigInt(protocol.REDUCE_ONLY_OPTION));
    expect(constantsOf("Order").get("PRICE_QUANTITY_PER_CASH")).toBe(protocol.priceQuantityPerCash);
    expect(constantsOf("Margin").get("NANO_USD_PER_CASH")).toBe(protocol.nanoUsdPerCash);
    expect(constantsOf("Records").get("SCENARIOS")).toBe(BigInt(engine.scenarios.length));
    expect(constantsOf("Records").get("GLOBAL_BYTES")).toBe(BigInt(engine.GLOBAL_BYTES));
    const [, half] = /HALF_CURVE_ORDER = (0x[0-9a-f]+);/.exec(readSolidity("Signatures"))!;
    expect(BigInt(half!)).toBe(protocol.curveOrder >> 1n);
  });

  it("the typed data that is signed, to the letter", () => {
    const text = readSolidity("TypedData");
    const found = Object.fromEntries(
      [...text.matchAll(/bytes32 internal constant (\w+)_TYPEHASH\s*=\s*keccak256\(\s*"([^"]+)"\s*\)/g)].map(
        ([, name, type]) => [name, toHex(keccak256(new TextEncoder().encode(type)))],
      ),
    );
    // Pre-confirmations are judged by no step.
    const names = (Object.keys(typedDataTypes) as (keyof typeof typedDataTypes)[]).filter(
      (name) => name !== "Preconfirmation",
    );
    expect(found).toEqual(Object.fromEntries(names.map((name) => [toConstantCase(name), toHex(typeHash(name))])));
  });
});

describe("Typed data", () => {
  const random = new Random(1);
  const domain = { name: domainName, version: domainVersion, chainId, verifyingContract: toHex(rollupAddress) };

  /** A transaction as wallets take it: bytes as hexadecimal, the listing's kind under its name in the typed data. */
  function messageOf(transaction: SignedTransaction): Record<string, unknown> {
    const message: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(transaction))
      message[name] = value instanceof Uint8Array ? toHex(value) : value;
    if (transaction.kind === TransactionKind.listInstrument) message.kind = transaction.instrumentKind;
    return message;
  }

  it("decodes to what was encoded", () => {
    for (let round = 0; round < 10; round++) {
      for (const [name, transaction] of anyTransactions(random)) {
        const bytes = encodeTransaction(transaction);
        const behind = Uint8Array.of(0, ...bytes, 1);
        expect(decodeTransaction(behind, 1), name).toEqual({ transaction, length: bytes.length });
        expect(decodeTransaction(bytes.subarray(0, -1)), name).toBeUndefined();
      }
    }
  });

  it("has the digests that a wallet's library makes of it", () => {
    const separator = domainSeparator(chainId, rollupAddress);
    for (let round = 0; round < 10; round++) {
      for (const [primaryType, transaction] of anyTransactions(random)) {
        const theirs = hashTypedData({
          domain,
          types: typedDataTypes,
          primaryType,
          message: messageOf(transaction),
        } as never);
        expect(toHex(transactionDigest(separator, transaction)), primaryType).toBe(theirs);
      }
    }
  });

  it("has the domain that a wallet's library makes of it", () => {
    const EIP712Domain = [
      { name: "name", type: "string" },
      { name: "version", type: "string" },
      { name: "chainId", type: "uint256" },
      { name: "verifyingContract", type: "address" },
    ];
    const theirs = hashDomain({ domain, types: { EIP712Domain } } as never);
    expect(toHex(domainSeparator(chainId, rollupAddress))).toBe(theirs);
  });
});

describe("Twins", () => {
  /** Files of the engine that compute no state. */
  const withoutTwin: Readonly<Record<string, string>> = {
    "events.ts": "types of what watchers are told",
    "houseEvents.ts": "types of what watchers are told of the house",
    "lossSums.ts": "sums of the margin in doubles, which Margin.sol sums as they are",
    "views.ts": "reads a state for people and programs",
    "accountMargin.ts": "reads what an account's margin is made of",
    "accountScan.ts": "finds accounts for keepers",
    "audit.ts": "adds up a whole state",
    "simulate.ts": "says what an order would do",
    "genesis.ts": "the first state, which the deployment states as a root",
    "index.ts": "names what other packages may import",
  };
  /** Twins of files in other packages, and what only a contract needs. */
  const otherTwins: Readonly<Record<string, string>> = {
    "OrderedStore.sol": "packages/store/src/orderedStore.ts",
    "Meter.sol": "packages/store/src/meter.ts",
    "Limits.sol": "packages/protocol/src/limits.ts",
    "Reason.sol": "packages/protocol/src/reasons.ts",
    "Transactions.sol": "packages/protocol/src/decodeTransaction.ts",
    "TypedData.sol": "packages/protocol/src/typedData.ts",
    "Signatures.sol": "packages/protocol/src/signatures.ts",
    "Bytes.sol": "packages/protocol/src/bytes.ts",
    "StepTrade.sol": "packages/engine/src/execute.ts",
    "StepRisk.sol": "packages/engine/src/execute.ts",
    "StepBridge.sol": "packages/engine/src/execute.ts",
    "StepBlock.sol": "packages/engine/src/execute.ts",
    "StepHouse.sol": "packages/engine/src/execute.ts",
    "Pricing.sol": "packages/engine/src/riskArray.ts",
  };
  const solidityFiles = readdirSync(stepFolder).filter((file) => file.endsWith(".sol"));
  const twinOf = (file: string) => `${file[0]!.toUpperCase()}${file.slice(1).replace(/\.ts$/, ".sol")}`;

  it("every file of the engine that computes state has one of the same name", () => {
    const computing = readdirSync(engineFolder).filter((file) => withoutTwin[file] === undefined);
    expect(computing.map(twinOf).filter((file) => !solidityFiles.includes(file))).toEqual([]);
    for (const file of Object.keys(withoutTwin)) expect(existsSync(new URL(file, engineFolder)), file).toBe(true);
  });

  it("every file of the step contracts is one", () => {
    const engineTwins = readdirSync(engineFolder).map(twinOf);
    for (const file of solidityFiles) {
      const other = otherTwins[file];
      if (other === undefined) expect(engineTwins, file).toContain(file);
      else expect(existsSync(new URL(other, root)), other).toBe(true);
    }
  });

  it("each step contract fits the size that a contract may have", () => {
    for (const name of ["StepTrade", "StepRisk", "StepBridge", "StepBlock", "StepHouse", "Pricing"]) {
      const { deployedBytecode } = readArtifact(`step/${name}.sol`);
      expect((deployedBytecode.length - 2) / 2, name).toBeLessThanOrEqual(24_576);
    }
  });
});
