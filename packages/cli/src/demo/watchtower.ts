import { EventEmitter, once } from "node:events";
import type { Announcement } from "@recourse/verifier";
import type { Progress } from "./progress.ts";

type Of<Event extends Announcement["event"]> = Extract<Announcement, { event: Event }>;

/** What the verifier's process has announced so far. */
export class Watchtower {
  readonly frauds: Of<"fraud">[] = [];
  readonly proofs: Of<"proved">[] = [];
  isReady = false;
  /** The newest batch that was found right. */
  newestBatch: Of<"batch"> | undefined;
  final: Of<"final"> | undefined;
  chunksVerified = 0;
  readonly #progress: Progress;
  readonly #changes = new EventEmitter();

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  /** Takes a line of the verifier's standard output. */
  take(line: string): void {
    const announcement = JSON.parse(line) as Announcement;
    switch (announcement.event) {
      case "ready":
        this.isReady = true;
        break;
      case "batch":
        this.newestBatch = announcement;
        this.chunksVerified += announcement.chunks;
        break;
      case "fraud":
        this.frauds.push(announcement);
        this.#progress.say(
          `The verifier finds batch ${announcement.index} WRONG in chunk ${announcement.chunk}: the state root there is ${short(announcement.correctRoot)}, not ${short(announcement.claimedRoot)}.`,
        );
        break;
      case "proofSent":
        this.#progress.say(`It sends the proof, ${announcement.elapsedMs.toFixed(0)} ms after it first saw the batch.`);
        break;
      case "proved":
        this.proofs.push(announcement);
        this.#progress.say(
          `Batch ${announcement.index} is PROVED WRONG in block ${announcement.block} (posted in ${announcement.postedBlock}) by one transaction: ${announcement.gasUsed} gas used, ${announcement.gasAt64} at 64 a byte, ${announcement.bytes} bytes.`,
        );
        break;
      case "unknown":
        this.#progress.say(`The verifier does not know (${announcement.reason}): ${announcement.detail}`);
        break;
      case "lowBalance":
        this.#progress.say(`The verifier runs out of ether: ${announcement.balance} wei left.`);
        break;
      case "final":
        this.final = announcement;
    }
    this.#changes.emit("change");
  }

  /** Resolves when something holds of what has been announced. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await once(this.#changes, "change");
  }
}

function short(hash: string): string {
  return `${hash.slice(0, 10)}…`;
}
