import { EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { type Hash, RecourseError } from "@recourse/protocol";
import type { Announcement } from "@recourse/verifier";
import type { Cleanup } from "../demo/cleanup.ts";
import { Service } from "../demo/service.ts";
import { account, privateKeyOf } from "./layer1.ts";

type Of<Event extends Announcement["event"]> = Extract<Announcement, { event: Event }>;

/** How long a verifier may take for a verdict, or for a proof once it has found a fraud. */
const PATIENCE_MS = 60_000;

/** What a verifier has said of a batch. */
export type Verdict =
  | { readonly verdict: "valid"; readonly root: Hash }
  | { readonly verdict: "fraud"; readonly chunk: number; readonly correctRoot: Hash }
  | { readonly verdict: "unknown"; readonly detail: string };

/** The verifier under test, as the drill hears it: it sees L1, and announces what it makes of it. */
export class Verdicts {
  readonly #announcements: Announcement[] = [];
  readonly #changes = new EventEmitter();
  /** Announcements before this have been dealt with. */
  #mark = 0;

  take(announcement: Announcement): void {
    this.#announcements.push(announcement);
    this.#changes.emit("change");
  }

  /** Takes notice that what was said so far is about batches of the past. */
  turnPage(): void {
    this.#mark = this.#announcements.length;
  }

  /** Waits until the verifier has synced. @throws RecourseError where it does not in time */
  async ready(): Promise<void> {
    const isReady = await this.#find(({ event }) => event === "ready" || undefined);
    if (!isReady) throw new RecourseError("VerifierNotReady", "The verifier did not say that it has read all of L1.");
  }

  /** What the verifier says of a batch since the page was turned. */
  async verdictOf(index: number): Promise<Verdict> {
    const found = await this.#find((announcement): Verdict | undefined => {
      if (announcement.event === "batch" && announcement.index === index) {
        return { verdict: "valid", root: announcement.root };
      }
      if (announcement.event === "fraud" && announcement.index === index) {
        const { chunk, correctRoot } = announcement;
        return { verdict: "fraud", chunk, correctRoot };
      }
      return undefined;
    });
    return found ?? { verdict: "unknown", detail: this.#doubtOf(index) };
  }

  /** Waits until the verifier has sent the proof of a batch. @returns undefined where it does not */
  proofSent(index: number): Promise<Hash | undefined> {
    return this.#find((said) => (said.event === "proofSent" && said.index === index ? said.transaction : undefined));
  }

  /** Waits until the verifier has seen its proof of a batch on L1. @returns undefined where it does not */
  proved(index: number): Promise<Of<"proved"> | undefined> {
    return this.#find((said) => (said.event === "proved" && said.index === index ? said : undefined));
  }

  /** Waits until the verifier has seen that a batch is gone. */
  async reverted(index: number): Promise<void> {
    await this.#find((said) => (said.event === "reverted" && said.index === index) || undefined);
  }

  async #find<Found>(look: (announcement: Announcement) => Found | undefined): Promise<Found | undefined> {
    const deadline = sleep(PATIENCE_MS, "late" as const, { ref: false });
    for (let place = this.#mark; ; ) {
      for (; place < this.#announcements.length; place++) {
        const found = look(this.#announcements[place]!);
        if (found !== undefined) return found;
      }
      const change = new Promise<"change">((resolve) => this.#changes.once("change", () => resolve("change")));
      if ((await Promise.race([change, deadline])) === "late") return undefined;
    }
  }

  #doubtOf(index: number): string {
    const doubts = this.#announcements.filter((said) => said.event === "unknown" && said.index === index);
    const last = doubts.at(-1);
    return last?.event === "unknown" ? last.detail : "The verifier said nothing of the batch in time.";
  }
}

/** A verifier at work. */
export interface RunningVerifier {
  readonly verdicts: Verdicts;
  /** Rejects when it ends by itself. */
  readonly failure: Promise<never>;
}

/** Starts the verifier under test. */
export type StartVerifier = (rpcUrl: string, rollup: Hash, cleanup: Cleanup) => RunningVerifier;

/**
 * A verifier in a process of its own, which is given an endpoint, an address and a key.
 * @param program one that takes the options of `recourse verifier` and says what it says; the project's own where it is
 * left out
 */
export const verifierProcess =
  (program?: string): StartVerifier =>
  (rpcUrl, rollup, cleanup) => {
    const verdicts = new Verdicts();
    const service = new Service({
      name: "verifier",
      program,
      args: [
        "verifier",
        ...["--rpc-url", rpcUrl, "--rollup", rollup],
        ...["--mode", "challenge", "--poll-interval", "10", "--json"],
      ],
      environment: { RECOURSE_PRIVATE_KEY: privateKeyOf(account("verifier")) },
      onLine: (line) => verdicts.take(JSON.parse(line) as Announcement),
    });
    cleanup.add(() => service.stop());
    return { verdicts, failure: service.failure() };
  };
