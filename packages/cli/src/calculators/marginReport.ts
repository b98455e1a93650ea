import { type Scenario, scenarios } from "@recourse/engine";
import { formatDecimal, formatInstrumentName } from "@recourse/protocol";
import { countOf, type Decimal, type Greeks, sum, toSignificant } from "@recourse/sdk/greeks";
import type { MarginResult, UnderlyingResult } from "./margin.ts";
import type { HypotheticalOrder, Portfolio } from "./portfolio.ts";
import type { SimulationResult } from "./simulate.ts";

/** What `recourse margin --json` prints: exact decimal strings. */
export function marginJson({ equity, initialMargin, maintenanceMargin, underlyings }: MarginResult) {
  return {
    equity: exact(equity),
    initialMargin: exact(initialMargin),
    maintenanceMargin: exact(maintenanceMargin),
    underlyings: Object.fromEntries([...underlyings].map(([symbol, result]) => [symbol, underlyingJson(result)])),
  };
}

function underlyingJson(result: UnderlyingResult) {
  const { scan, worstScenario, minDelta, net, ageSeconds, growth, ageMargin, betweenNodes, mixedAge } = result;
  const { spotShock, volatilityShock, weight } = scenarios[worstScenario]!;
  const { delta, gamma, vega, theta } = result.greeks;
  return {
    scan: exact(scan),
    ...(scan.count > 0n && {
      worstScenario: {
        spotMovePercent: spotShock,
        volatilityMovePercent: volatilityShock,
        weight: formatDecimal(weight, 3),
      },
    }),
    minDelta: exact(minDelta),
    net: exact(net),
    age: { seconds: ageSeconds, growth: exact(growth), margin: exact(ageMargin) },
    betweenNodes: exact(betweenNodes),
    mixedAge: exact(mixedAge),
    initialMargin: exact(result.initialMargin),
    maintenanceMargin: exact(result.maintenanceMargin),
    delta: exact(result.delta),
    losses: result.losses.map(exact),
    greeks: { delta: exact(delta), gamma: exact(gamma), vega: exact(vega), theta: exact(theta) },
  };
}

/** What it prints where the portfolio has orders. */
export function simulationJson({ before, after, orders, fees }: SimulationResult) {
  return {
    orders: orders.map(({ order, value, fee }) => ({
      instrument: formatInstrumentName(order.terms),
      side: sideOf(order),
      price: exact(order.price),
      size: exact(order.size),
      value: exact(value),
      fee: exact(fee),
    })),
    fees: exact(fees),
    before: marginJson(before),
    after: marginJson(after),
  };
}

const exact = ({ count, decimals }: Decimal): string => formatDecimal(count, decimals);
const sideOf = ({ isBuy }: HypotheticalOrder): "buy" | "sell" => (isBuy ? "buy" : "sell");

/** The margin for a person: what happens in each scenario, which one counts, and what is left. */
export function marginLines(portfolio: Portfolio, result: MarginResult): string[] {
  const { equity, initialMargin, maintenanceMargin } = result;
  return [
    ...underlyingsLines(portfolio, result),
    `Equity              ${usd(equity)}`,
    `Initial margin      ${usd(initialMargin)}`,
    `Maintenance margin  ${usd(maintenanceMargin)}`,
    verdict("The portfolio", result),
  ];
}

/** The orders, what is left when they are filled, and before beside after. */
export function simulationLines({ before, after, orders, fees, portfolio }: SimulationResult): string[] {
  const columns = (title: string, of: (result: MarginResult) => string): string =>
    `${title.padEnd(20)}${of(before).padStart(32)}${of(after).padStart(32)}`;
  return [
    ...orders.map(
      ({ order, value, fee }) =>
        `${sideOf(order) === "buy" ? "Buy " : "Sell"} ${exact(order.size)} ${formatInstrumentName(order.terms)} at ` +
        `${exact(order.price)}: ${usd(value)}, fee ${usd(fee)}`,
    ),
    "",
    "After these orders, all of them filled at their prices:",
    "",
    ...underlyingsLines(portfolio, after),
    `${"".padEnd(20)}${"before".padStart(32)}${"after".padStart(32)}`,
    columns("Equity", ({ equity }) => usd(equity)),
    columns("Initial margin", ({ initialMargin }) => usd(initialMargin)),
    columns("Maintenance margin", ({ maintenanceMargin }) => usd(maintenanceMargin)),
    ...[...after.underlyings.keys()].map((symbol) =>
      columns(`Worst for ${symbol}`, ({ underlyings }) => worstWords(underlyings.get(symbol)!)),
    ),
    `Fees                ${usd(fees)}`,
    verdict("With the orders, the portfolio", after),
  ];
}

function verdict(subject: string, { equity, initialMargin }: MarginResult): string {
  const free = sum([equity, negative(initialMargin)]);
  return free.count >= 0n
    ? `${subject} meets initial margin, with ${usd(free)} to spare.`
    : `${subject} does NOT meet initial margin: ${usd(negative(free))} are missing.`;
}

const worstWords = ({ scan, worstScenario }: UnderlyingResult): string =>
  scan.count > 0n ? scenarioWords(scenarios[worstScenario]!) : "nothing is lost in any scenario";

function underlyingsLines(portfolio: Portfolio, { underlyings }: MarginResult): string[] {
  return [...underlyings].flatMap(([symbol, result]) => [...underlyingLines(symbol, portfolio, result), ""]);
}

function underlyingLines(symbol: string, { underlyings, positions }: Portfolio, result: UnderlyingResult): string[] {
  const { scan, minDelta, net, delta, losses, ageSeconds, ageMargin, betweenNodes, mixedAge, greeks } = result;
  const count = positions.filter(({ terms }) => terms.symbol === symbol).length;
  const age = `${usd(ageMargin)} (the oldest report is ${ageSeconds} s old)`;
  return [
    `${symbol}: index ${exact(underlyings.get(symbol)!.index)} USD, ${count} positions, delta ${rounded(delta, 8)}`,
    ...barLines(losses),
    `  Scan margin       ${usd(scan)} (${worstWords(result)})`,
    `  Minimum on delta  ${usd(minDelta)}`,
    `  Net               ${usd(net)}`,
    ...(ageMargin.count === 0n ? [] : [`  Age of marks      ${age}`]),
    ...(betweenNodes.count === 0n ? [] : [`  Between nodes     ${usd(betweenNodes)}`]),
    ...(mixedAge.count === 0n ? [] : [`  Mixed ages        ${usd(mixedAge)}`]),
    `  Greeks            ${greekWords(greeks)}`,
  ];
}

/** Significant digits of a greek for a person. */
const GREEK_DIGITS = 6;

function greekWords({ delta, gamma, vega, theta }: Greeks): string {
  const text = ({ count, decimals }: Decimal) => exact(toSignificant(count, 10n ** BigInt(decimals), GREEK_DIGITS));
  return `delta ${text(delta)}, gamma ${text(gamma)}, vega ${text(vega)}, theta ${text(theta)} a day`;
}

/** Columns of the longest bar. */
const BAR_WIDTH = 24;

/** A bar for each scenario, losses to the left and gains to the right, the longest as long as there is room. */
function barLines(losses: readonly Decimal[]): string[] {
  const counts = losses.map(({ count }) => count);
  const longest = counts.reduce((most, count) => (absolute(count) > most ? absolute(count) : most), 1n);
  const amounts = losses.map((loss) => usd(negative(loss)));
  const amountWidth = Math.max(...amounts.map((amount) => amount.length));
  return counts.map((count, place) => {
    const bar = "█".repeat(Number((absolute(count) * BigInt(2 * BAR_WIDTH) + longest) / (2n * longest)));
    const label = scenarioWords(scenarios[place]!).padEnd(32);
    const left = (count > 0n ? bar : "").padStart(BAR_WIDTH);
    const right = (count < 0n ? bar : "").padEnd(BAR_WIDTH);
    return `  ${label}${left}│${right}  ${amounts[place]!.padStart(amountWidth)}`;
  });
}

/** A scenario in words: `spot -66 %, vol up, 18 % of it`. */
function scenarioWords({ spotShock, volatilityShock, weight }: Scenario): string {
  const spot = spotShock === 0 ? "spot unchanged" : `spot ${spotShock > 0 ? "+" : ""}${spotShock} %`;
  const extreme = weight === 1000 ? "" : `, ${weight / 10} % of it`;
  return `${spot}, vol ${volatilityShock > 0 ? "up" : "down"}${extreme}`;
}

const absolute = (count: bigint): bigint => (count < 0n ? -count : count);
const negative = ({ count, decimals }: Decimal): Decimal => ({ count: -count, decimals });

/** Dollars and cents; what is less than a dollar has nine decimals. */
function usd(amount: Decimal): string {
  const isSmall = amount.count !== 0n && absolute(amount.count) < 10n ** BigInt(amount.decimals);
  return `${rounded(amount, isSmall ? 9 : 2)} USD`;
}

/** A number with so many decimals, its thousands apart. */
function rounded(number: Decimal, decimals: number): string {
  const [whole, fraction = ""] = formatDecimal(countOf(number, decimals), decimals).split(".") as [string, string?];
  return `${whole.replace(/\d(?=(\d{3})+$)/g, "$&,")}.${fraction.padEnd(decimals, "0")}`;
}
