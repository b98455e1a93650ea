/** A thread that recovers signers. A message is claims one after the other; the answer to it, their signers. */
import { parentPort } from "node:worker_threads";
import { recoverSigner } from "@recourse/protocol";
import { ADDRESS_BYTES, CLAIM_BYTES, DIGEST_BYTES } from "./layout.ts";

parentPort!.on("message", (claims: Uint8Array) => {
  const count = claims.length / CLAIM_BYTES;
  // Zeros where the signature is not valid: none recovers to the address zero.
  const signers = new Uint8Array(count * ADDRESS_BYTES);
  for (let place = 0; place < count; place++) {
    const claim = claims.subarray(place * CLAIM_BYTES, (place + 1) * CLAIM_BYTES);
    const signer = recoverSigner(claim.subarray(0, DIGEST_BYTES), claim.subarray(DIGEST_BYTES));
    if (signer) signers.set(signer, place * ADDRESS_BYTES);
  }
  parentPort!.postMessage(signers);
});
