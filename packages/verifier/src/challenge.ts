import { setTimeout as sleep } from "node:timers/promises";
import { type Hash, RecourseError } from "@recourse/protocol";
import type { Logger } from "pino";
import type { Transport } from "viem";
import type { Announcement } from "./announcements.ts";
import { parseConfiguration, type VerifierOptions } from "./configuration.ts";
import { createLog } from "./start.ts";
import { Verifier } from "./verifier.ts";

export interface ChallengeOptions {
  readonly rpcUrl: string;
  readonly rollup: Hash;
  /** The batch in question. */
  readonly batch: number;
  /** Pays for the proof. */
  readonly key: Hash;
  readonly pollIntervalMs?: number;
  readonly log?: Logger;
  /** How the endpoint is reached; by HTTP where it is left out. */
  readonly transport?: Transport;
}

type Proved = Extract<Announcement, { event: "proved" }>;
type Reverted = Extract<Announcement, { event: "reverted" }>;
type Unknown = Extract<Announcement, { event: "unknown" }>;

export type ChallengeOutcome =
  /** Every root of the batch is right. */
  | { readonly outcome: "valid"; readonly index: number; readonly root: Hash }
  /** The batch, or one before it, was wrong: now it is gone. */
  | ({ readonly outcome: "proved" } & Omit<Proved, "event">)
  /** Somebody else proved it. */
  | ({ readonly outcome: "reverted" } & Omit<Reverted, "event">)
  /** No batch of this index stands. */
  | { readonly outcome: "absent"; readonly head: number }
  /** It could not be judged. */
  | { readonly outcome: "unknown"; readonly detail: string };

/** How long a verdict may stay unknown before that is the answer. */
const PATIENCE_MS = 30_000;

/**
 * Executes all batches up to one, and proves the first wrong one among them.
 * @throws RecourseError `InvalidConfiguration` that names every wrong field
 */
export async function challengeBatch(options: ChallengeOptions): Promise<ChallengeOutcome> {
  const { rpcUrl, rollup, batch, key, pollIntervalMs, log = createLog(), transport } = options;
  if (!Number.isInteger(batch) || batch < 1) {
    throw new RecourseError("InvalidConfiguration", "The batch's number is wrong.", [
      { field: "batch", expected: "the number of a batch, from 1" },
    ]);
  }
  const verifierOptions: VerifierOptions = { rpcUrls: [rpcUrl], rollup, mode: "challenge", key };
  const configuration = parseConfiguration({ ...verifierOptions, ...(pollIntervalMs && { pollIntervalMs }) });
  let answer: ChallengeOutcome | undefined;
  let wrong: number | undefined;
  let doubt: Unknown | undefined;
  let verifiedRoot: Hash | undefined;
  const announce = (announcement: Announcement): void => {
    log.info(announcement);
    switch (announcement.event) {
      case "batch":
        if (announcement.index === batch) verifiedRoot = announcement.root;
        break;
      case "fraud":
        if (announcement.index <= batch) wrong = announcement.index;
        break;
      case "proved": {
        const { event: _, ...proof } = announcement;
        answer = { outcome: "proved", ...proof };
        break;
      }
      case "reverted": {
        if (announcement.index <= batch) verifiedRoot = undefined;
        const { event: _, ...revert } = announcement;
        if (announcement.index !== wrong) break;
        wrong = undefined;
        // One that was reverted before this began has been answered for; what stands now is what counts.
        if (verifier.isReady) answer = { outcome: "reverted", ...revert };
        break;
      }
      case "unknown":
        doubt = announcement;
    }
  };
  const verifier = new Verifier(configuration, { announce, log, ...(transport && { transports: [transport] }) });
  const deadlineMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const outcome = await verifier.tick();
    if (outcome === "idle" && answer !== undefined) return answer;
    if (outcome === "idle" && verifiedRoot !== undefined) return { outcome: "valid", index: batch, root: verifiedRoot };
    if (outcome === "idle" && verifier.isReady && wrong === undefined) {
      return { outcome: "absent", head: verifier.summary().head };
    }
    if (outcome === "unknown" && performance.now() > deadlineMs) {
      return { outcome: "unknown", detail: doubt?.detail ?? "Nothing is known of the batch." };
    }
    if (outcome !== "busy") await sleep(configuration.pollIntervalMs);
  }
}
