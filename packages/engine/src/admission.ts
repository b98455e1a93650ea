import {
  ADMISSION_EVENT,
  type Admission,
  type AdmittedTransaction,
  type BlockTrade,
  bytesEqual,
  DEADLINE_BUCKET_BITS,
  MAX_CONDITIONAL_AHEAD_SECONDS,
  MAX_DEADLINE_AHEAD_SECONDS,
  Reason,
  type ReasonCode,
  type Seconds,
  SessionScope,
  SIGNATURE_EVENT,
  type SignedTransaction,
  TransactionKind,
  transactionDigest,
} from "@recourse/protocol";
import { ACCOUNT_PREFIX_BYTES, accountKey, bucketOfNonceKey, nonceKey, sharesPrefix, signerKey } from "./keys.ts";
import { type AccountRecord, decodeAccount, decodeSession } from "./records.ts";
import type { Step } from "./step.ts";

/** Old words of nonces that one new nonce removes, at most: more than it adds, so they never pile up. */
const PRUNED_WORDS = 2;

const WORD_BYTES = 32;

/** A nonce, which is used once in the bucket of its deadline. */
type Nonce = Pick<Admission, "account" | "deadline" | "nonce">;

/** Whether the deadline of a transaction is still ahead of the clock, and not too far for its kind. */
export function judgeDeadline(step: Step, deadline: Seconds, kind: TransactionKind): ReasonCode {
  const aheadSeconds =
    kind === TransactionKind.conditional ? MAX_CONDITIONAL_AHEAD_SECONDS : MAX_DEADLINE_AHEAD_SECONDS;
  if (deadline < step.global.time) return Reason.DeadlinePassed;
  if (deadline > step.global.time + aheadSeconds) return Reason.DeadlineTooFar;
  return Reason.Ok;
}

/** Whether a transaction's digest is signed by the holder of an address. */
export function isSignedBy(step: Step, transaction: SignedTransaction, signature: Uint8Array, address: Uint8Array) {
  step.store.charge(SIGNATURE_EVENT);
  const signer = step.recover(transactionDigest(step.context.domainSeparator, transaction), signature);
  return signer !== undefined && bytesEqual(signer, address);
}

/** What a session key's scope must hold for a transaction; what has none is for the owner alone. */
const scopes: { readonly [kind: number]: number } = {
  [TransactionKind.order]: SessionScope.trade,
  [TransactionKind.replace]: SessionScope.trade,
  [TransactionKind.conditional]: SessionScope.trade,
  [TransactionKind.blockTrade]: SessionScope.trade,
  [TransactionKind.quotes]: SessionScope.trade,
  [TransactionKind.houseOrder]: SessionScope.trade,
  [TransactionKind.cancel]: SessionScope.cancel,
  [TransactionKind.cancelAll]: SessionScope.cancel,
  [TransactionKind.revoke]: SessionScope.cancel,
};

/** Whose signature a transaction needs: its account's owner's, or that of the session key in force under its number. */
function judgeSigner(
  step: Step,
  kind: TransactionKind,
  { account, signer }: Admission,
  { owner }: AccountRecord,
): { readonly reason: ReasonCode; readonly address: Uint8Array } {
  if (signer === 0) return { reason: Reason.Ok, address: owner };
  const value = step.store.get(signerKey(account, signer));
  if (value === undefined) return { reason: Reason.UnknownSigner, address: owner };
  const { key, scope, expiry } = decodeSession(value);
  if ((scope & (scopes[kind] ?? 0)) === 0) return { reason: Reason.OutOfScope, address: owner };
  if (step.global.time > expiry) return { reason: Reason.SessionExpired, address: owner };
  return { reason: Reason.Ok, address: key };
}

/** What {@link admit} found. */
type Admitted =
  | { readonly reason: ReasonCode; readonly account: AccountRecord }
  | { readonly reason: ReasonCode; readonly account: undefined };

/**
 * Judges who sent a transaction of an account, and whether it may still be executed. Changes nothing: the nonce is used
 * by {@link useNonce} once it is certain that the transaction does something.
 */
export function admit(step: Step, transaction: AdmittedTransaction): Admitted {
  return judgeAdmission(step, transaction, transaction);
}

/** Judges the maker of a block trade as {@link admit} judges its taker. */
export function admitMaker(step: Step, transaction: BlockTrade): Admitted {
  return judgeAdmission(step, transaction, makerAdmission(transaction));
}

/** The maker signs what the taker signs, for its own account and under a nonce of its own. */
function makerAdmission({ makerAccount, makerSigner, deadline, makerNonce, makerSignature }: BlockTrade): Admission {
  return { account: makerAccount, signer: makerSigner, deadline, nonce: makerNonce, signature: makerSignature };
}

function judgeAdmission(step: Step, transaction: SignedTransaction, admission: Admission): Admitted {
  const value = step.store.get(accountKey(admission.account));
  if (value === undefined) return { reason: Reason.UnknownAccount, account: undefined };
  const account = decodeAccount(value);
  const signer = judgeSigner(step, transaction.kind, admission, account);
  if (signer.reason !== Reason.Ok) return { reason: signer.reason, account };
  const deadline = judgeDeadline(step, admission.deadline, transaction.kind);
  if (deadline !== Reason.Ok) return { reason: deadline, account };
  if (!isSignedBy(step, transaction, admission.signature, signer.address)) {
    return { reason: Reason.BadSignature, account };
  }
  if (isNonceUsed(step, admission)) return { reason: Reason.NonceUsed, account };
  step.store.charge(ADMISSION_EVENT);
  return { reason: Reason.Ok, account };
}

const bucketOf = (deadline: Seconds): number => deadline >>> DEADLINE_BUCKET_BITS;

/** The bit of a nonce within its word, counted from the word's lowest. */
const byteOf = (nonce: number): number => WORD_BYTES - 1 - ((nonce & 0xff) >> 3);
const maskOf = (nonce: number): number => 1 << (nonce & 7);

/** Whether a nonce has been used with a deadline of the same bucket. */
export function isNonceUsed(step: Step, { account, deadline, nonce }: Nonce): boolean {
  const word = step.store.get(nonceKey(account, bucketOf(deadline), nonce >> 8));
  return word !== undefined && (word[byteOf(nonce)]! & maskOf(nonce)) !== 0;
}

/** Marks a nonce as used, and removes the account's oldest nonces whose deadlines have all passed. */
export function useNonce(step: Step, { account, deadline, nonce }: Nonce): void {
  const first = nonceKey(account, 0, 0);
  for (let pruned = 0; pruned < PRUNED_WORDS; pruned++) {
    const oldest = step.store.next(first);
    if (oldest === undefined || !sharesPrefix(oldest.key, first, ACCOUNT_PREFIX_BYTES)) break;
    const end = (bucketOfNonceKey(oldest.key) + 1) * 2 ** DEADLINE_BUCKET_BITS;
    if (end > step.global.time) break;
    step.store.delete(oldest.key);
  }
  const key = nonceKey(account, bucketOf(deadline), nonce >> 8);
  const word = step.store.get(key)?.slice() ?? new Uint8Array(WORD_BYTES);
  word[byteOf(nonce)]! |= maskOf(nonce);
  step.store.put(key, word);
}

/** Marks the nonce of a block trade's maker as used. */
export function useMakerNonce(step: Step, transaction: BlockTrade): void {
  useNonce(step, makerAdmission(transaction));
}
