export {
  type Announce,
  type Announcement,
  announceJson,
  announceReadably,
  type VerifierSummary,
} from "./announcements.ts";
export { type ChallengeOptions, type ChallengeOutcome, challengeBatch } from "./challenge.ts";
export {
  parseConfiguration,
  readVerifierKey,
  type VerifierConfiguration,
  type VerifierOptions,
} from "./configuration.ts";
export { Derivation, type DerivationOptions } from "./derivation/derivation.ts";
export type { EventOrigin, L1Event, PostedBatch } from "./derivation/events.ts";
export { hashHeader, hashSummary } from "./derivation/hashing.ts";
export { createL1Reader, type L1Block, type L1Reader } from "./derivation/reader.ts";
export { type BatchNode, type ChainStep, IncompleteLogsError, StandingChain } from "./derivation/standingChain.ts";
export { deriveFinalState, type FinalState, type FinalStateOptions } from "./finalState.ts";
export { type ProofGas, proofGas } from "./gas.ts";
export { type FraudEvidence, judgeBatch, type UnknownReason, type Verdict } from "./judge.ts";
export { checkProof, type Fraud, FraudProver, type ProofCheck, type ProofProgress } from "./prover.ts";
export { type RunningVerifier, type StartDependencies, startVerifier } from "./start.ts";
export { type StreamEntry, type StreamPlace, streamEntries } from "./stream.ts";
export { type TickOutcome, Verifier, type VerifierDependencies } from "./verifier.ts";
