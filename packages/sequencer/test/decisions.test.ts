import {
  ChunkKind,
  compactSignature,
  fromHex,
  keccak256,
  RecourseError,
  rollupAbi,
  signDigest,
  TransactionKind,
  toHex,
} from "@recourse/protocol";
import { encodeFunctionData } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { describe, expect, test } from "vitest";
import { requireOperator } from "../src/api/operator.ts";
import { Finality } from "../src/chain/finality.ts";
import { readConfig, readDatabaseUrl, readKey } from "../src/config.ts";
import { SubmissionQueue } from "../src/execution/submissionQueue.ts";
import { effectiveTerms } from "../src/journal/terms.ts";
import { postCalldataBytes } from "../src/posting/calldata.ts";
import { batchTime } from "../src/posting/poster.ts";
import { RecoveryPool } from "../src/signatures/recoveryPool.ts";

const valid = {
  rpcUrl: "http://127.0.0.1:8545",
  rollup: `0x${"a".repeat(40)}`,
  key: `0x${"1".repeat(64)}`,
  dataDir: "data",
};

describe("the configuration", () => {
  test("has defaults for what is left out", () => {
    expect(readConfig(valid)).toMatchObject({ host: "127.0.0.1", port: 0, clock: "wall", inboxConfirmations: 1 });
  });

  test("names everything that is wrong at once, and never repeats the key", () => {
    const wrong = {
      ...valid,
      rpcUrl: "here",
      key: "0xsecret",
      port: 70_000,
      dishonest: { batch: 0, kind: "none" },
      x: 1,
    };
    const error = catchError(() => readConfig(wrong));
    expect(error.code).toBe("InvalidConfiguration");
    expect(error.fields.map(({ field }) => field)).toEqual([
      "rpcUrl",
      "key",
      "port",
      "dishonest.batch",
      "dishonest.kind",
      "x",
    ]);
    expect(JSON.stringify(error.toReport())).not.toContain("secret");
  });

  test("wants one place for the journal, and does not repeat a database's password", () => {
    const { dataDir, ...rest } = valid;
    expect(readConfig({ ...rest, databaseUrl: "postgres://user:hush-hush@host/journal" }).dataDir).toBeUndefined();
    for (const wrong of [
      rest,
      { ...rest, dataDir, databaseUrl: "postgres://user:hush-hush@host/journal" },
      { ...rest, databaseUrl: "mysql://user:hush-hush@host/journal" },
    ]) {
      const error = catchError(() => readConfig(wrong));
      expect(error.code).toBe("InvalidConfiguration");
      expect(JSON.stringify(error.toReport())).not.toContain("hush-hush");
    }
    expect(readDatabaseUrl(undefined, { RECOURSE_DATABASE_URL: "postgres://host/journal" })).toBe(
      "postgres://host/journal",
    );
    expect(readDatabaseUrl(undefined, { RECOURSE_DATABASE_URL: "" })).toBeUndefined();
    expect(catchError(() => readDatabaseUrl("/nowhere/url", {})).code).toBe("FileNotReadable");
  });

  test("takes the key from the environment or a file, and says where it is missing", () => {
    expect(readKey(undefined, { RECOURSE_SEQUENCER_KEY: "0x12" })).toBe("0x12");
    expect(catchError(() => readKey(undefined, {})).code).toBe("MissingKey");
    expect(catchError(() => readKey("/nowhere/key", {})).code).toBe("MissingKey");
  });
});

function catchError(action: () => unknown): RecourseError {
  try {
    action();
  } catch (error) {
    if (error instanceof RecourseError) return error;
    throw error;
  }
  throw new Error("Nothing was thrown.");
}

describe("the size of a post", () => {
  test.each([[[0]], [[1]], [[32, 0, 33, 12_000]], [Array.from({ length: 32 }, (_, place) => place * 100)]])(
    "is what the calldata has: %j",
    (sizes) => {
      const hash = toHex(new Uint8Array(32));
      const data = encodeFunctionData({
        abi: rollupAbi,
        functionName: "post",
        args: [
          {
            time: 1,
            l1BlockNumber: 2n,
            l1BlockHash: hash,
            chunks: sizes.map(() => ({ kind: ChunkKind.trade, messages: 0, postRoot: hash })),
          },
          sizes.map((size) => toHex(new Uint8Array(size))),
          { index: 1n, headerHash: hash, stateRoot: hash, term: 1, time: 1, inboxTo: 0n, postedAt: 1n },
        ],
      });
      expect(postCalldataBytes(sizes)).toBe((data.length - 2) / 2);
    },
  );
});

describe("a batch's time", () => {
  const unlimited = 2 ** 32 - 1;
  test.each([
    ["is the engine's", 100, 90, 5_000, unlimited, 100],
    ["is never before the parent's", 100, 110, 5_000, unlimited, 110],
    ["is raised before it lags too far", 100, 90, 5_000, 600, 4_700],
    ["stays the engine's while that is near", 4_900, 90, 5_000, 600, 4_900],
  ])("%s", (_, engine, parent, l1, lag, expected) => {
    expect(batchTime(engine, parent, l1, lag)).toBe(expected);
  });
});

describe("terms", () => {
  const term = (number: number, sequence: number, inboxCursor = 0) => ({
    term: number,
    era: number - 1,
    eraStart: 0,
    from: { sequence, inboxCursor },
  });

  test("a later term takes over what an earlier one had not settled", () => {
    expect(effectiveTerms([term(1, 0), term(2, 600), term(3, 900)]).map((each) => each.term)).toEqual([1, 2, 3]);
    expect(effectiveTerms([term(1, 0), term(2, 600), term(3, 400)]).map((each) => each.term)).toEqual([1, 3]);
    expect(effectiveTerms([term(1, 0), term(2, 600), term(3, 600)]).map((each) => each.term)).toEqual([1, 3]);
    expect(effectiveTerms([term(1, 0), term(2, 0)]).map((each) => each.term)).toEqual([2]);
  });
});

describe("finality", () => {
  test("comes after the window's last second, batch by batch", () => {
    const hash = toHex(new Uint8Array(32));
    const summary = (index: number, postedAt: number) => ({
      index: BigInt(index),
      headerHash: hash,
      stateRoot: hash,
      term: 1,
      time: 0,
      inboxTo: 0n,
      postedAt: BigInt(postedAt),
    });
    const finality = new Finality(30n, summary(0, 0), [summary(1, 100), summary(2, 110)]);
    expect([finality.advance(130n), finality.finalIndex]).toEqual([false, 0]);
    expect([finality.advance(131n), finality.finalIndex]).toEqual([true, 1]);
    finality.add(summary(3, 111));
    expect([finality.advance(1_000n), finality.finalIndex]).toEqual([true, 3]);
    expect(finality.head.index).toBe(3n);
  });
});

describe("the queue", () => {
  const transaction = (kind: number) => ({ bytes: new Uint8Array([kind]), claims: [] });

  test("hands out what freshens marks first, then what the house does, then quotes and cancels, then orders", () => {
    const { order, cancel, mark, quotes, settle, liquidate, conditional, revoke } = TransactionKind;
    const queue = new SubmissionQueue(10);
    queue.reserve(8);
    for (const kind of [order, cancel, settle, mark, quotes, conditional, revoke, liquidate]) {
      void queue.submit([transaction(kind)]);
    }
    const work = queue.take();
    const kinds = work?.kind === "group" && work.submissions.map(({ transactions }) => transactions[0]!.bytes[0]);
    expect(kinds).toEqual([mark, settle, liquidate, quotes, cancel, revoke, order, conditional]);
    expect(queue.take()).toBeUndefined();
    expect(queue.waitingTransactions).toBe(0);
  });

  test("takes no more than it may hold", () => {
    const queue = new SubmissionQueue(2);
    queue.reserve(2);
    expect(catchError(() => queue.reserve(1)).code).toBe("Overloaded");
    queue.release(1);
    queue.reserve(1);
  });

  test("runs a task before everything else", () => {
    const queue = new SubmissionQueue(2);
    queue.reserve(1);
    void queue.submit([transaction(TransactionKind.order)]);
    void queue.runExclusively(async () => {});
    expect(queue.take()?.kind).toBe("task");
    expect(queue.take()?.kind).toBe("group");
  });
});

describe("the acknowledgement's signature", () => {
  test("is the one that a wallet's library makes", async () => {
    const key = `0x${"7".repeat(64)}` as const;
    for (let round = 0; round < 8; round++) {
      const digest = keccak256(Uint8Array.of(round));
      const expected = await privateKeyToAccount(key).sign({ hash: toHex(digest) });
      expect(toHex(signDigest(digest, fromHex(key)))).toBe(expected);
    }
  });
});

describe("the threads that recover signers", () => {
  test("answer each request in its own order, whatever else is asked at the same time", async () => {
    const key = fromHex(`0x${"7".repeat(64)}`);
    const signer = fromHex(privateKeyToAccount(toHex(key)).address);
    const pool = new RecoveryPool(2);
    try {
      const requests = [0, 1, 3, 150, 1].map((length, request) =>
        Array.from({ length }, (_, place) => {
          const digest = keccak256(Uint8Array.of(request, place));
          const isForged = place % 3 === 1;
          const signature = isForged ? new Uint8Array(64) : compactSignature(signDigest(digest, key));
          return {
            claim: { digest, signature },
            expected: { digest, signature, signer: isForged ? undefined : signer },
          };
        }),
      );
      const recovered = await Promise.all(requests.map((request) => pool.recover(request.map(({ claim }) => claim))));
      expect(recovered).toEqual(requests.map((request) => request.map(({ expected }) => expected)));
    } finally {
      await pool.close();
    }
    await expect(pool.recover([{ digest: new Uint8Array(32), signature: new Uint8Array(64) }])).rejects.toThrow(
      "have been stopped",
    );
  });
});

describe("the operator's token", () => {
  const token = "a token of at least sixteen characters";
  test("lets the operator in, and nobody else", () => {
    requireOperator(`Bearer ${token}`, token);
    for (const header of [undefined, "", "Bearer ", `Basic ${token}`, `Bearer ${token}x`]) {
      expect(catchError(() => requireOperator(header, token)).code).toBe("Unauthorized");
    }
    expect(catchError(() => requireOperator("Bearer ", undefined)).code).toBe("Unauthorized");
    expect(catchError(() => requireOperator(undefined, undefined)).code).toBe("Unauthorized");
  });
});
