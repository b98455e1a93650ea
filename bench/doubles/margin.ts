/** A position in doubles: all that a margin needs, in memory, in USD. */
export interface DoublePosition {
  readonly underlying: number;
  readonly lots: number;
  readonly mark: number;
  readonly delta: number;
  readonly losses: Float64Array;
}

export interface DoubleMargin {
  readonly equity: number;
  readonly initialMargin: number;
}

/** Equity and initial margin of an account, in plain doubles from plain memory; the same formula as the engine's. */
export function doubleMargin(
  cash: number,
  positions: readonly DoublePosition[],
  indexes: readonly number[],
  sums: readonly Float64Array[],
): DoubleMargin {
  const scenarioCount = sums[0]!.length;
  const net = new Float64Array(indexes.length);
  const gross = new Float64Array(indexes.length);
  for (const sum of sums) sum.fill(0);
  let equity = cash;
  for (const { underlying, lots, mark, delta, losses } of positions) {
    equity += lots * mark;
    const sum = sums[underlying]!;
    for (let scenario = 0; scenario < scenarioCount; scenario++) sum[scenario]! += lots * losses[scenario]!;
    net[underlying]! += lots * delta;
    gross[underlying]! += Math.abs(lots * delta);
  }
  let initialMargin = 0;
  for (let underlying = 0; underlying < indexes.length; underlying++) {
    let scan = 0;
    for (const loss of sums[underlying]!) if (loss > scan) scan = loss;
    const minimum = ((3 * Math.abs(net[underlying]!) + gross[underlying]!) * indexes[underlying]!) / 200;
    initialMargin += Math.max(scan, minimum);
  }
  return { equity, initialMargin };
}
