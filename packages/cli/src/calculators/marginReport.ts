import { type Scenario, scenarios } from "@recourse/engine";
import { formatDecimal } from "@recourse/protocol";
import { countOf, type Decimal, sum } from "@recourse/sdk/greeks";
import type { MarginResult, UnderlyingResult } from "./margin.ts";
import type { Portfolio } from "./portfolio.ts";

/** What `recourse margin --json` prints: exact decimal strings. */
export function marginJson({ equity, initialMargin, maintenanceMargin, underlyings }: MarginResult) {
  return {
    equity: exact(equity),
    initialMargin: exact(initialMargin),
    maintenanceMargin: exact(maintenanceMargin),
    underlyings: Object.fromEntries(
      [...underlyings].map(([symbol, { scan, minDelta, net, delta, losses }]) => [
        symbol,
        {
          scan: exact(scan),
          minDelta: exact(minDelta),
          net: exact(net),
          delta: exact(delta),
          losses: losses.map(exact),
        },
      ]),
    ),
  };
}

const exact = ({ count, decimals }: Decimal): string => formatDecimal(count, decimals);

/** The margin for a person: what happens in each scenario, which one counts, and what is left. */
export function marginLines(portfolio: Portfolio, result: MarginResult): string[] {
  const { equity, initialMargin, maintenanceMargin } = result;
  const free = sum([equity, negative(initialMargin)]);
  return [
    ...[...result.underlyings].flatMap(([symbol, underlying]) => [
      ...underlyingLines(symbol, portfolio, underlying),
      "",
    ]),
    `Equity              ${usd(equity)}`,
    `Initial margin      ${usd(initialMargin)}`,
    `Maintenance margin  ${usd(maintenanceMargin)}`,
    free.count >= 0n
      ? `The portfolio meets initial margin, with ${usd(free)} to spare.`
      : `The portfolio does NOT meet initial margin: ${usd(negative(free))} are missing.`,
  ];
}

function underlyingLines(symbol: string, { underlyings, positions }: Portfolio, result: UnderlyingResult): string[] {
  const { scan, worstScenario, minDelta, net, delta, losses } = result;
  const count = positions.filter(({ terms }) => terms.symbol === symbol).length;
  const worst = scan.count > 0n ? scenarioWords(scenarios[worstScenario]!) : "nothing is lost in any scenario";
  return [
    `${symbol}: index ${exact(underlyings.get(symbol)!.index)} USD, ${count} positions, delta ${rounded(delta, 8)}`,
    ...barLines(losses),
    `  Scan margin       ${usd(scan)} (${worst})`,
    `  Minimum on delta  ${usd(minDelta)}`,
    `  Net               ${usd(net)}`,
  ];
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
