import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { join } from "node:path";

const MOST_LINES = 12;
const SAMPLING_MICROSECONDS = 500;

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
}

/** What of V8's format is needed. */
export interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  readonly samples: readonly number[];
  /** Microseconds. */
  readonly timeDeltas: readonly number[];
}

/** Where the time of one thread went, idling and the profiler itself left out. */
export interface ProfileSummary {
  readonly busySeconds: number;
  /** The largest shares first; 0 to 1. */
  readonly lines: readonly { readonly name: string; readonly share: number }[];
}

/** The folder for profiles, where they were asked for. */
function profilesFolder(): string | undefined {
  return process.env.RECOURSE_BENCH_PROFILES;
}

/** Arguments of Node.js with which a process writes down the profile of each of its threads, where that was asked for. */
export function profilingArguments(label: string): string[] {
  const folder = profilesFolder();
  if (folder === undefined) return [];
  return ["--cpu-prof", `--cpu-prof-dir=${join(folder, label)}`, `--cpu-prof-interval=${SAMPLING_MICROSECONDS}`];
}

/** Runs something once more under the profiler, by itself, where profiles were asked for. */
export async function profileAlone(label: string, act: () => void): Promise<void> {
  const folder = profilesFolder();
  if (folder === undefined) return;
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: SAMPLING_MICROSECONDS });
  await session.post("Profiler.start");
  act();
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  mkdirSync(join(folder, label), { recursive: true });
  writeFileSync(join(folder, label, `${label}.cpuprofile`), JSON.stringify(profile));
}

/** Sums up a profile by the files in which functions stand: a function's own time counts, not that of what it calls. */
export function summarise({ nodes, samples, timeDeltas }: CpuProfile): ProfileSummary {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map<string, number>();
  let total = 0;
  for (const [place, id] of samples.entries()) {
    const { functionName, url } = frames.get(id)!;
    if (functionName === "(idle)" || url === "node:inspector") continue;
    const time = timeDeltas[place]!;
    const name = url === "" ? functionName.replace(/^[^(].*$/, "(built in)") : shortPath(url);
    total += time;
    times.set(name, (times.get(name) ?? 0) + time);
  }
  const lines = [...times]
    .map(([name, time]) => ({ name, share: time / total }))
    .toSorted((left, right) => right.share - left.share);
  return { busySeconds: total / 1e6, lines };
}

/** A file's path from the project's folders on; of a package its name. */
function shortPath(url: string): string {
  const [, path = url] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  return path === url
    ? url.replace(/^.*\/(packages|bench|contracts|test)\//, "$1/").replace(/^wasm:.*/, "WebAssembly")
    : path;
}

/** Where the time went in each thread that was at work, in Markdown; by label, the busiest thread first. */
export function describeProfiles(folder: string): string {
  const sections = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: label }) => {
      const summaries = readdirSync(join(folder, label))
        .filter((file) => file.endsWith(".cpuprofile"))
        .map((file) => summarise(JSON.parse(readFileSync(join(folder, label, file), "utf8")) as CpuProfile))
        .toSorted((left, right) => right.busySeconds - left.busySeconds);
      return summaries.slice(0, 3).map((summary, place) => formatSummary(label, place, summary));
    });
  return sections.join("\n\n");
}

function formatSummary(label: string, place: number, { busySeconds, lines }: ProfileSummary): string {
  return [
    `**${label}**, thread ${place + 1} by work done, busy for ${busySeconds.toFixed(1)} s:`,
    "",
    "| own time | in |",
    "|---:|---|",
    ...lines.slice(0, MOST_LINES).map(({ name, share }) => `| ${(100 * share).toFixed(1)} % | ${name} |`),
  ].join("\n");
}
