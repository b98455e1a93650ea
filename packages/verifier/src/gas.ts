import type { Hash } from "@recourse/protocol";

/** Gas that every transaction costs before its calldata. */
const TRANSACTION_GAS = 21_000;

/** What a proof cost, and what it would cost where calldata is dearer. */
export interface ProofGas {
  readonly gasUsed: number;
  /**
   * The same proof where a byte of calldata costs 16 and the floor is 64 a byte:
   * `21,000 + max(16 × bytes + execution, 64 × bytes)`.
   */
  readonly gasAt64: number;
  /** Bytes of calldata. */
  readonly bytes: number;
}

/**
 * Works out a proof's gas at 64 a byte from its receipt.
 *
 * Today's rule takes 4 for a zero byte and 16 for any other; what is left of `gasUsed` is execution. Today's floor
 * (EIP-7623) is 10 for a zero byte and 40 for any other: where it binds, `gasUsed` is the floor and execution is less
 * than what is left, so the answer is an upper bound there.
 */
export function proofGas(gasUsed: number, calldata: Hash): ProofGas {
  const bytes = (calldata.length - 2) / 2;
  let zeroBytes = 0;
  for (let offset = 2; offset < calldata.length; offset += 2) {
    if (calldata[offset] === "0" && calldata[offset + 1] === "0") zeroBytes++;
  }
  const calldataGas = 4 * zeroBytes + 16 * (bytes - zeroBytes);
  const execution = gasUsed - TRANSACTION_GAS - calldataGas;
  return { gasUsed, gasAt64: TRANSACTION_GAS + Math.max(16 * bytes + execution, 64 * bytes), bytes };
}
