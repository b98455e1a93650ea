import {
  domainSeparator,
  extendRunningHash,
  fromHex,
  keccak256,
  preconfirmationDigest,
  toHex,
} from "@recourse/protocol";
import { privateKeyToAccount } from "viem/accounts";
import { beforeAll, describe, expect, test } from "vitest";
import { type AcceptedTransaction, type BulkResponse, type Hex, verifyAcknowledgement } from "../src/index.ts";

const sequencer = privateKeyToAccount(`0x${"7".repeat(64)}`);
const rollup = "0x00000000000000000000000000000000000000aa";
const context = { chainId: 31_337, rollup, sequencer: sequencer.address } as const;
const separator = domainSeparator(context.chainId, fromHex(rollup));
const hashes = [1, 2, 3, 4, 5, 6].map((byte) => keccak256(new Uint8Array([byte])));

/** The hash before each transaction of a stream, and after the last. */
const running: Uint8Array[] = [new Uint8Array(32)];
for (const hash of hashes) running.push(extendRunningHash(running.at(-1)!, hash));

let signature: Hex;

beforeAll(async () => {
  const digest = preconfirmationDigest(separator, { term: 2, position: 6, runningHash: running[6]! });
  signature = await sequencer.sign({ hash: toHex(digest) });
});

const accepted = (place: number): AcceptedTransaction => ({
  transactionHash: toHex(hashes[place]!),
  position: place + 1,
  runningHash: toHex(running[place + 1]!),
});

/** Transactions 2 and 3 of a stream whose first six are signed, with a refused one between them. */
function response() {
  const refused = { error: { code: "NonceUsed", message: "The nonce has been used.", fields: [] } };
  return {
    results: [accepted(1), refused, accepted(2)],
    previousRunningHash: toHex(running[1]!),
    preconfirmation: { term: 2, position: 6, runningHash: toHex(running[6]!), signature },
    following: hashes.slice(3).map(toHex),
  } satisfies BulkResponse<AcceptedTransaction>;
}

describe("an acknowledgement", () => {
  test("holds for many results and for one", () => {
    expect(verifyAcknowledgement(response(), context)).toBe(true);
    const { results: _, ...rest } = response();
    const one = { ...accepted(2), ...rest, previousRunningHash: toHex(running[2]!) };
    expect(verifyAcknowledgement(one, context)).toBe(true);
  });

  test("holds for a response in which nothing was accepted", () => {
    const { results } = response();
    expect(verifyAcknowledgement({ results: [results[1]!] }, context)).toBe(true);
  });

  test.each<[string, (good: ReturnType<typeof response>) => BulkResponse<AcceptedTransaction>]>([
    ["another transaction", (good) => ({ ...good, results: [{ ...accepted(1), transactionHash: toHex(hashes[5]!) }] })],
    ["a transaction left out", (good) => ({ ...good, results: [accepted(2)] })],
    [
      "a position that does not follow",
      (good) => ({ ...good, results: [accepted(1), { ...accepted(2), position: 9 }] }),
    ],
    ["a following hash left out", (good) => ({ ...good, following: good.following.slice(1) })],
    [
      "a higher position than was signed",
      (good) => ({ ...good, preconfirmation: { ...good.preconfirmation, position: 7 } }),
    ],
    ["another term", (good) => ({ ...good, preconfirmation: { ...good.preconfirmation, term: 1 } })],
    ["another start", (good) => ({ ...good, previousRunningHash: toHex(running[0]!) })],
    ["no signature at all", ({ results }) => ({ results })],
  ])("with %s does not hold", (_, change) => {
    expect(verifyAcknowledgement(change(response()), context)).toEqual(expect.stringMatching(/\.$/));
  });

  test("signed by somebody else, or for another deployment, does not hold", () => {
    expect(verifyAcknowledgement(response(), { ...context, sequencer: rollup })).not.toBe(true);
    expect(verifyAcknowledgement(response(), { ...context, chainId: 1 })).not.toBe(true);
  });

  test("of other transactions than those sent does not hold", () => {
    const transactionHashes = [toHex(hashes[0]!), toHex(hashes[0]!), toHex(hashes[2]!)];
    expect(verifyAcknowledgement(response(), { ...context, transactionHashes })).toBe(
      "Transaction 0 is not the one that was sent.",
    );
  });
});
