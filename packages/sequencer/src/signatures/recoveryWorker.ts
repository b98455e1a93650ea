/** A thread that recovers signers. A message is the claims one after the other; the answer, their signers. */
import { parentPort } from "node:worker_threads";
import { recoverSigner } from "@recourse/protocol";
import { ADDRESS_BYTES, CLAIM_BYTES, DIGEST_BYTES } from "./recoveryPool.ts";

export interface RecoveryRequest {
  readonly id: number;
  readonly claims: Uint8Array;
}

export interface RecoveryReply {
  readonly id: number;
  /** Zeros where the signature is not valid: no signature recovers to the address zero. */
  readonly signers: Uint8Array;
}

parentPort!.on("message", ({ id, claims }: RecoveryRequest) => {
  const count = claims.length / CLAIM_BYTES;
  const signers = new Uint8Array(count * ADDRESS_BYTES);
  for (let place = 0; place < count; place++) {
    const claim = claims.subarray(place * CLAIM_BYTES, (place + 1) * CLAIM_BYTES);
    const signer = recoverSigner(claim.subarray(0, DIGEST_BYTES), claim.subarray(DIGEST_BYTES));
    if (signer) signers.set(signer, place * ADDRESS_BYTES);
  }
  parentPort!.postMessage({ id, signers } satisfies RecoveryReply);
});
