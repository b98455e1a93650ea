import { SIGNATURE_BYTES } from "@recourse/protocol";

/** How claims and signers lie in the messages between threads. */

export const DIGEST_BYTES = 32;
export const ADDRESS_BYTES = 20;
export const CLAIM_BYTES = DIGEST_BYTES + SIGNATURE_BYTES;
