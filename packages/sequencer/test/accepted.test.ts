import { createGenesis, executeChunk } from "@recourse/engine";
import {
  ChunkKind,
  concatBytes,
  decodeTransaction,
  encodeMessages,
  keccak256,
  recoverSigner,
} from "@recourse/protocol";
import { describe, expect, test } from "vitest";
import {
  context,
  depositMessage,
  genesisParameters,
  markBytes,
  separator,
  signedCancel,
  signedCancelAll,
  signedOrder,
  signedReplace,
  signedSession,
  signedWithdraw,
  signer,
} from "../../../test/support/world.ts";
import { RecentlyAccepted } from "../src/execution/recentlyAccepted.ts";
import { recoveryFrom, signatureClaims } from "../src/signatures/claims.ts";

const owner = signer(1);
const key = signer(2);
const own = { account: 1, key: owner, deadline: 60 };
const byKey = { account: 1, key, signer: 1, deadline: 60 };
const order = { instrument: 1, side: 0, rank: 1, lots: 1 };
const session = { number: 1, address: key.address, scope: 3, expiry: 100 };

describe("signatures recovered before execution", () => {
  test("are all that the engine asks for, whoever signs for an account", () => {
    const store = createGenesis(genesisParameters);
    executeChunk(store, context(), ChunkKind.bridge, encodeMessages([depositMessage(1, owner.address, 5_000_000)]));
    const transactions = [
      signedSession({ ...own, nonce: 1, ...session }),
      signedOrder({ ...byKey, ...order, nonce: 2 }),
      signedReplace({ ...byKey, ...order, nonce: 3, replaced: 2 }),
      signedCancel({ ...byKey, nonce: 4, clientOrderId: 2 }),
      signedCancelAll({ ...byKey, nonce: 5 }),
      signedWithdraw({ ...own, nonce: 6, amount: 5, recipient: key.address }),
    ];
    for (const bytes of transactions) {
      const claims = signatureClaims(separator, decodeTransaction(bytes)!.transaction);
      const recovered = claims.map((claim) => ({ ...claim, signer: recoverSigner(claim.digest, claim.signature) }));
      let asked = 0;
      const answer = recoveryFrom(recovered);
      const kind = bytes[0]! < 0x10 ? ChunkKind.trade : ChunkKind.risk;
      executeChunk(store, context(), kind, bytes, (digest, signature) => {
        asked++;
        expect(recovered).toContainEqual(expect.objectContaining({ digest, signature }));
        return answer(digest, signature);
      });
      expect(asked).toBe(1);
    }
  });

  test("do not make a session key good that is not in force when it is executed", () => {
    const store = createGenesis(genesisParameters);
    executeChunk(store, context(), ChunkKind.bridge, encodeMessages([depositMessage(1, owner.address, 5)]));
    const cancel = signedCancelAll({ ...byKey, nonce: 1 });
    const claims = signatureClaims(separator, decodeTransaction(cancel)!.transaction);
    const recover = recoveryFrom(claims.map((claim) => ({ ...claim, signer: key.address })));
    const revocation = signedSession({ ...own, nonce: 3, number: 1 });
    const chunk = concatBytes(cancel, signedSession({ ...own, nonce: 2, ...session }), cancel, revocation, cancel);
    const { reasons } = executeChunk(store, context(), ChunkKind.trade, chunk, recover);
    const [unknownSigner, nothingToCancel] = [5, 45];
    expect([...reasons]).toEqual([unknownSigner, 0, nothingToCancel, 0, unknownSigner]);
  });
});

describe("what was accepted last", () => {
  const hash = (byte: number) => new Uint8Array(32).fill(byte);
  const remembered = (transaction: Uint8Array, position: number) => ({
    result: {
      isAccepted: true,
      transactionHash: keccak256(transaction),
      position,
      runningHash: hash(position),
      events: [],
    } as const,
    group: {
      term: 1,
      position: 3,
      runningHash: hash(3),
      signature: new Uint8Array(65),
      accepted: [hash(11), hash(12), hash(13)],
    },
    previousRunningHash: hash(position - 1),
  });

  test("is answered with what was signed for it alone, and forgotten in its turn", () => {
    const recent = new RecentlyAccepted(2);
    const cancels = [1, 2, 3].map((nonce) => signedCancelAll({ ...own, nonce }));
    for (const [place, cancel] of cancels.entries()) recent.remember(cancel, remembered(cancel, 1 + place));
    expect(recent.find(cancels[0]!)).toBeUndefined();
    expect(recent.find(cancels[1]!)?.repeated).toMatchObject({
      position: 3,
      previousRunningHash: hash(1),
      following: [hash(13)],
    });
    expect(recent.find(cancels[2]!)?.repeated).toMatchObject({ previousRunningHash: hash(2), following: [] });
  });

  test("is not taken for what may be executed again with the same bytes", () => {
    const recent = new RecentlyAccepted();
    recent.remember(markBytes(1), remembered(markBytes(1), 1));
    expect(recent.find(markBytes(1))).toBeUndefined();
  });
});
