import { cashDecimals, formatDecimal, priceDecimals } from "@recourse/protocol";
import { type StressReport, stressLines, summary } from "./stressReport.ts";

const width = 960;
const panelHeight = 150;
const gap = 42;
const left = 90;
const right = 20;

type Point = readonly [x: number, y: number];

/** Some lines over time under one scale. */
interface Panel {
  readonly title: string;
  readonly lines: readonly { readonly name: string; readonly colour: string; readonly values: readonly number[] }[];
  /** Drawn as dots on the first line. */
  readonly dots?: readonly { readonly time: number; readonly size: number; readonly colour: string }[];
}

/** A stress run as a page that stands by itself: prices, liquidations, fund and deficit over time, and each liquidation. */
export function stressPage(report: StressReport): string {
  const { moments, liquidations } = report;
  const times = moments.map(({ time }) => time);
  const usd = (amount: number) => amount / 10 ** cashDecimals;
  const panels: Panel[] = [
    {
      title: "Index and perpetual's mark, USD; a dot is a liquidation (red: to the house, blue: to a provider)",
      lines: [
        { name: "index", colour: "#222", values: moments.map(({ index }) => index / 10 ** priceDecimals) },
        { name: "mark", colour: "#c80", values: moments.map(({ mark }) => mark / 10 ** priceDecimals) },
      ],
      dots: liquidations.map(({ time, provider, percent }) => ({
        time,
        size: 1.5 + percent / 40,
        colour: provider === 0 ? "#c22" : "#26c",
      })),
    },
    {
      title: "Insurance fund, USD",
      lines: [{ name: "equity", colour: "#272", values: moments.map(({ fundEquity }) => usd(fundEquity)) }],
    },
    {
      title: "Deficit, and what accounts below zero owe before they are liquidated, USD",
      lines: [
        { name: "deficit", colour: "#c22", values: moments.map(({ deficit }) => usd(deficit)) },
        { name: "owed", colour: "#888", values: moments.map(({ owed }) => usd(owed)) },
      ],
    },
    {
      title: "Liquidations so far",
      lines: [{ name: "liquidations", colour: "#26c", values: moments.map(({ liquidations }) => liquidations) }],
    },
  ];
  const height = panels.length * (panelHeight + gap) + gap;
  const drawn = panels.map((panel, place) => drawPanel(panel, times, gap + place * (panelHeight + gap))).join("\n");
  const rows = liquidations.map(
    ({ time, index, account, provider, percent, penalty, loss, equity, maintenance, legs }) =>
      `<tr><td>${clock(time)}</td><td>${formatDecimal(index, priceDecimals)}</td><td>${account}</td><td>${
        provider === 0 ? "house" : provider
      }</td><td>${percent}</td><td>${nano(equity)}</td><td>${nano(maintenance)}</td><td>${formatDecimal(
        penalty,
        cashDecimals,
      )}</td><td>${formatDecimal(loss, cashDecimals)}</td><td>${legs
        .map(({ instrument, lots }) => `${instrument} ${lots}`)
        .join(", ")}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Stress of ${report.tape.file}</title>
<style>body{font:14px sans-serif;margin:2em;max-width:${width}px}td,th{padding:2px 8px;text-align:right;font-size:12px}
td:last-child,th:last-child{text-align:left}table{border-collapse:collapse}tr:nth-child(even){background:#f4f4f4}</style></head><body>
<h1>Stress of ${report.tape.file}</h1>
<pre>${stressLines(summary(report)).join("\n")}</pre>
<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="11">
${drawn}
</svg>
<h2>Every liquidation</h2>
<table><tr><th>time, UTC</th><th>index</th><th>account</th><th>taken by</th><th>%</th><th>equity</th><th>maintenance</th><th>penalty</th><th>loss</th><th>positions moved, lots</th></tr>
${rows.join("\n")}
</table></body></html>
`;
}

const clock = (time: number): string => new Date(time * 1000).toISOString().slice(0, 19).replace("T", " ");
const nano = (amount: string): string => formatDecimal(BigInt(amount) / 1000n, cashDecimals);

function drawPanel({ title, lines, dots = [] }: Panel, times: readonly number[], top: number): string {
  const all = lines.flatMap(({ values }) => values);
  const low = Math.min(...all);
  const high = Math.max(...all);
  const span = high > low ? high - low : 1;
  const [first, last] = [times[0]!, times.at(-1)!];
  const x = (time: number) => left + ((time - first) / Math.max(last - first, 1)) * (width - left - right);
  const y = (value: number) => top + panelHeight - ((value - low) / span) * panelHeight;
  const point = ([px, py]: Point) => `${px.toFixed(1)},${py.toFixed(1)}`;
  const drawn = lines.map(({ colour, values }) => {
    const points = values.map((value, place) => point([x(times[place]!), y(value)])).join(" ");
    return `<polyline fill="none" stroke="${colour}" stroke-width="1.2" points="${points}"/>`;
  });
  const base = lines[0]!.values;
  const spots = dots.map(({ time, size, colour }) => {
    const place = times.findIndex((other) => other >= time);
    const [px, py] = [x(time), y(base[place] ?? base.at(-1)!)];
    return `<circle cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="${size}" fill="${colour}" fill-opacity="0.6"/>`;
  });
  const names = lines.map(
    ({ name, colour }, place) =>
      `<text x="${width - right - 90 * (lines.length - place)}" y="${top - 8}" fill="${colour}">${name}</text>`,
  );
  const scale = [low, (low + high) / 2, high].map(
    (value) =>
      `<line x1="${left}" x2="${width - right}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/><text x="${left - 6}" y="${y(value) + 4}" text-anchor="end">${Math.round(value).toLocaleString("en")}</text>`,
  );
  const hours = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const time = first + part * (last - first);
    return `<text x="${x(time)}" y="${top + panelHeight + 14}" text-anchor="middle">${clock(time).slice(5, 16)}</text>`;
  });
  const head = `<text x="${left}" y="${top - 8}" font-weight="bold">${title}</text>`;
  return [head, ...names, ...scale, ...hours, ...drawn, ...spots].join("\n");
}
