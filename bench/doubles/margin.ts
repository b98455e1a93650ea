/** A position in doubles: all that a margin needs, in memory, in USD, units of the underlying and seconds. */
export interface DoublePosition {
  readonly underlying: number;
  readonly lots: number;
  /** What one lot held long has paid as funding since the position last paid. */
  readonly funding: number;
  readonly mark: number;
  readonly delta: number;
  readonly gap: number;
  readonly lot: number;
  readonly index: number;
  readonly reportTime: number;
  readonly losses: Float64Array;
}

export interface DoubleUnderlying {
  readonly index: number;
  readonly indexTime: number;
  /** Where the losses of each scenario are summed up. */
  readonly sums: Float64Array;
}

export interface DoubleMargin {
  readonly equity: number;
  readonly initialMargin: number;
  readonly maintenanceMargin: number;
  readonly notional: number;
}

/** The scenarios in which only volatility moves. */
const VOLATILITY_UP = 7;
const VOLATILITY_DOWN = 8;

/** Equity and margins of an account, in plain doubles from plain memory; the same formula as the engine's. */
export function doubleMargin(
  cash: number,
  positions: readonly DoublePosition[],
  underlyings: readonly DoubleUnderlying[],
  time: number,
): DoubleMargin {
  const count = underlyings.length;
  const net = new Float64Array(count);
  const gross = new Float64Array(count);
  const size = new Float64Array(count);
  const addOns = new Float64Array(count);
  const oldest = new Float64Array(count).fill(time);
  for (const { sums } of underlyings) sums.fill(0);
  let equity = cash;
  for (const { underlying, lots, funding, mark, delta, gap, lot, index, reportTime, losses } of positions) {
    const { sums, index: newIndex, indexTime } = underlyings[underlying]!;
    equity += lots * (mark - funding);
    for (let scenario = 0; scenario < sums.length; scenario++) sums[scenario]! += lots * losses[scenario]!;
    net[underlying]! += lots * delta;
    gross[underlying]! += Math.abs(lots * delta);
    size[underlying]! += Math.abs(lots) * lot;
    if (lots > 0) addOns[underlying]! += lots * gap;
    if (reportTime < oldest[underlying]!) oldest[underlying] = reportTime;
    if (reportTime < indexTime) {
      const volatility = Math.max(Math.abs(losses[VOLATILITY_UP]!), Math.abs(losses[VOLATILITY_DOWN]!)) / 4;
      addOns[underlying]! += Math.abs(lots) * (lot * Math.abs(newIndex - index) + volatility);
    }
  }
  let initialMargin = 0;
  let maintenanceMargin = 0;
  let notional = 0;
  for (let underlying = 0; underlying < count; underlying++) {
    const { sums, index } = underlyings[underlying]!;
    let scan = 0;
    for (const loss of sums) if (loss > scan) scan = loss;
    const minimum = ((3 * Math.abs(net[underlying]!) + gross[underlying]!) * index) / 200;
    const age = time - oldest[underlying]!;
    const aged = Math.max(scan, minimum) * (1 + Math.sqrt(age / 3600) / 10);
    initialMargin += aged + addOns[underlying]!;
    maintenanceMargin += aged / 2 + addOns[underlying]!;
    notional += size[underlying]! * index;
  }
  return { equity, initialMargin, maintenanceMargin, notional };
}
