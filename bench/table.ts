import type { Budget, FailedRow, Row, RowDefinition } from "./harness.ts";

/** What a run was made on. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly system: string;
  readonly node: string;
}

/** What a whole run came to: the object of `--json`. */
export interface BenchReport {
  readonly machine: Machine;
  readonly rows: readonly (Row | FailedRow)[];
  readonly seconds: number;
}

/** A figure as people read it: thousands apart, and no more digits than were measured. */
export function formatFigure(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 1000) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(magnitude >= 1 ? 3 : 2)));
}

export function formatBudget({ of, figure }: Budget, better: RowDefinition["better"]): string {
  const sign = of === "ratio" || better === "more" ? "≥" : "≤";
  return `${sign} ${formatFigure(figure)}${of === "ratio" ? " ×" : ""}`;
}

function budgetCell(row: Row, better: RowDefinition["better"]): string {
  if (row.budget === null) return "";
  return `${formatBudget(row.budget, better)} ${row.met ? "met" : "**missed**"}`;
}

/** One line for a terminal. */
export function formatLine(row: Row | FailedRow, better: RowDefinition["better"]): string {
  if ("error" in row) return `${row.name.padEnd(34)} could not be measured: ${row.error}`;
  const ours = `${formatFigure(row.ours)} ${row.unit}`;
  const peer = `${formatFigure(row.peer.figure)} ${row.peer.name}`;
  const budget = budgetCell(row, better).replaceAll("*", "");
  return `${row.name.padEnd(34)} ${ours.padEnd(26)} ${peer.padEnd(44)} ${`${formatFigure(row.ratio)} ×`.padEnd(10)} ${budget}`.trimEnd();
}

/** The whole report in Markdown: the machine, the table, and how each row was obtained. */
export function formatMarkdown(
  { machine, rows, seconds }: BenchReport,
  betterOf: (name: string) => RowDefinition["better"],
): string {
  const { processor, cores, memoryGib, system, node } = machine;
  const lines = [
    `${processor}, ${cores} cores, ${memoryGib} GiB, ${system}, Node.js ${node}; the whole run took ${Math.round(seconds)} s.`,
    "",
    "| row | ours | least–greatest | peer or floor | | ratio | budget |",
    "|---|---:|---:|---|---:|---:|---|",
    ...rows.map((row) => {
      if ("error" in row) return `| ${row.name} | could not be measured: ${row.error} | | | | | |`;
      const spread = row.spread.ours.map(formatFigure).join("–");
      const cells = [
        row.name,
        `${formatFigure(row.ours)} ${row.unit}`,
        spread,
        row.peer.name,
        formatFigure(row.peer.figure),
        formatFigure(row.ratio),
        budgetCell(row, betterOf(row.name)),
      ];
      return `| ${cells.join(" | ")} |`;
    }),
    "",
    ...rows.flatMap((row) => ("error" in row ? [] : [`- **${row.name}**: ${row.how}`])),
  ];
  return lines.join("\n");
}
