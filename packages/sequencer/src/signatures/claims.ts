import type { SignatureRecovery } from "@recourse/engine";
import { bytesEqual, recoverSigner, type Transaction, TransactionKind, transactionDigest } from "@recourse/protocol";

/** A digest and the signature that is said to be of it. */
export interface SignatureClaim {
  /** 32 bytes. */
  readonly digest: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/** A claim with what became of it: the signer's address, or undefined where the signature is not valid. */
export interface RecoveredClaim extends SignatureClaim {
  readonly signer: Uint8Array | undefined;
}

/** The signatures whose signers the engine will ask for when it executes a transaction. */
export function signatureClaims(domainSeparator: Uint8Array, transaction: Transaction): SignatureClaim[] {
  switch (transaction.kind) {
    case TransactionKind.tick:
    case TransactionKind.mark:
    case TransactionKind.liquidate:
    case TransactionKind.settle:
    case TransactionKind.prune:
      return [];
    case TransactionKind.blockTrade: {
      const digest = transactionDigest(domainSeparator, transaction);
      return [transaction.signature, transaction.makerSignature].map((signature) => ({ digest, signature }));
    }
    case TransactionKind.report:
    case TransactionKind.settlement: {
      const digest = transactionDigest(domainSeparator, transaction);
      return transaction.signatures.map((signature) => ({ digest, signature }));
    }
    default:
      return [{ digest: transactionDigest(domainSeparator, transaction), signature: transaction.signature }];
  }
}

/** Answers the engine from what has been recovered before; whatever else it asks is computed on the spot. */
export function recoveryFrom(claims: readonly RecoveredClaim[]): SignatureRecovery {
  return (digest, signature) => {
    const known = claims.find((claim) => bytesEqual(claim.signature, signature) && bytesEqual(claim.digest, digest));
    return known ? known.signer : recoverSigner(digest, signature);
  };
}
