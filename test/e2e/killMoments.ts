import { once } from "node:events";
import { watch } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { rollupAbi } from "@recourse/protocol";
import { isAddressEqual } from "viem";
import type { LocalRollup } from "../support/localRollup.ts";
import type { Random } from "../support/random.ts";
import type { Load } from "./load.ts";

/** At which moments the sequencer is killed, and how often at each. */
const occasions = {
  /** A while after a first answer. */
  underLoad: 3,
  /** When many requests have come at once, and the journal has begun to write some of them. */
  duringGroupCommit: 5,
  /** When one of many requests that have come at once is answered: what it acknowledges must be durable already. */
  whileAnswering: 3,
  /** When a post waits for its block. */
  postPending: 3,
  /** When a post is in a block, and the sequencer is going to look for it only in a moment. */
  postMined: 3,
  /** While it replays its journal after another kill. */
  duringStart: 3,
} as const;

export type Occasion = keyof typeof occasions;

export interface KillMoment {
  readonly occasion: Occasion;
  /** 0 to 1: how late in what the occasion allows. */
  readonly lateness: number;
}

/** All moments in a random order; the first is one of a sequencer that has started. */
export function planKills(random: Random): KillMoment[] {
  const remaining = Object.entries(occasions).flatMap(([occasion, times]) =>
    Array.from({ length: times }, () => occasion as Occasion),
  );
  const planned: Occasion[] = remaining.splice(0, 1);
  while (remaining.length > 0) planned.push(...remaining.splice(random.below(remaining.length), 1));
  return planned.map((occasion) => ({ occasion, lateness: random.below(1_000) / 1_000 }));
}

export interface KillContext {
  readonly rollup: LocalRollup;
  readonly blockIntervalMs: number;
  /** The sequencer's. */
  readonly dataFolder: string;
  readonly load: Load;
  /** How long the sequencer's last complete start took. */
  readonly startDurationMs: number;
  readonly signal: AbortSignal;
}

const LONGEST_LOAD_MS = 900;
/** Writes to the journal's files after a burst, of which the kill follows one. */
const JOURNAL_WRITES = 12;
const LONGEST_RECORDING_MS = 40;
/** Requests that come at once before a kill in a group commit. */
const BURST_REQUESTS = 24;
const POLL_MS = 10;

/** Resolves when the sequencer is to be killed. */
export async function untilKill({ occasion, lateness }: KillMoment, context: KillContext): Promise<void> {
  const { load, signal } = context;
  switch (occasion) {
    case "underLoad":
      await load.untilAnswered();
      return pause(LONGEST_LOAD_MS * lateness, signal);
    case "duringGroupCommit": {
      await load.untilAnswered();
      const sendBurst = await load.prepareBurst(BURST_REQUESTS);
      const written = untilJournalWrites(context.dataFolder, 1 + Math.floor(JOURNAL_WRITES * lateness), signal);
      sendBurst();
      return written;
    }
    case "whileAnswering": {
      await load.untilAnswered();
      const sendBurst = await load.prepareBurst(BURST_REQUESTS);
      return sendBurst(1 + Math.floor(BURST_REQUESTS * lateness));
    }
    case "postPending":
      await poll(() => isPostPending(context.rollup), signal);
      return pause(context.blockIntervalMs * lateness, signal);
    case "postMined": {
      const before = await readHead(context.rollup);
      await poll(async () => (await readHead(context.rollup)) > before, signal);
      return pause(LONGEST_RECORDING_MS * lateness, signal);
    }
    case "duringStart":
      return pause(context.startDurationMs * lateness, signal);
  }
}

/** Waits for writes to the write-ahead log of the journal's database, to which a commit writes before anything else. */
async function untilJournalWrites(dataFolder: string, writes: number, signal: AbortSignal): Promise<void> {
  const log = watch(join(dataFolder, "journal", "pg_wal"));
  try {
    for (let seen = 0; seen < writes; seen++) await once(log, "change", { signal });
  } finally {
    log.close();
  }
}

async function isPostPending({ publicClient, sequencer }: LocalRollup): Promise<boolean> {
  const { transactions } = await publicClient.getBlock({ blockTag: "pending", includeTransactions: true });
  return transactions.some(({ from }) => isAddressEqual(from, sequencer.address));
}

function readHead({ publicClient, deployment }: LocalRollup): Promise<bigint> {
  return publicClient.readContract({ address: deployment.rollup, abi: rollupAbi, functionName: "head" });
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal });
}

async function poll(look: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!(await look())) await pause(POLL_MS, signal);
}
