import { accountMargin, readAccount, readGlobal, readMarket, readPositions, readUnderlying } from "@recourse/engine";
import { accountNumber, underlyingNumber } from "@recourse/protocol";
import { type DoublePosition, type DoubleUnderlying, doubleMargin } from "../doubles/margin.ts";
import { compare, keep, type RowGroup } from "../harness.ts";
import { Market } from "../market/market.ts";

const POSITIONS = [1, 8, 32, 64] as const;
const ACCOUNTS = 64;
/** Leaves are as many as in a large state, whatever the number of positions. */
const LEAVES = 100_000;
const SCENARIOS = 24;
/** Margins in doubles differ from the exact ones by no more than this, relatively. */
const TOLERANCE = 1e-6;

/** Margin of an account: reading its positions and their risk arrays, and summing over 24 scenarios. */
export const margin: RowGroup = {
  rows: POSITIONS.map((positions) => ({
    name: `margin/${positions}`,
    unit: "checks/s",
    better: "more",
    peer: "plain doubles in plain memory",
    how: `Equity, margins and notional value of accounts with ${positions} position${positions === 1 ? "" : "s"}, read from a state of more than ${LEAVES} leaves, exact integers; the peer computes the same (checked) in doubles from arrays that it already has.`,
  })),

  async measure(report) {
    for (const positions of POSITIONS) {
      const market = new Market({ accounts: ACCOUNTS, positions, restingOrders: LEAVES / ACCOUNTS / 2, seed: 3 });
      const numbers = market.accounts.map(({ number }) => accountNumber(number));
      const inDoubles = numbers.map((number) => readDoubles(market, number));
      const { time } = readGlobal(market.store);
      const underlyings = [1, 2].map((number): DoubleUnderlying => {
        const { index, indexTime } = readUnderlying(market.store, underlyingNumber(number))!;
        return { index: index / 1e8, indexTime, sums: new Float64Array(SCENARIOS) };
      });
      for (const [place, number] of numbers.entries()) {
        const exact = accountMargin(market.store, number)!;
        const { cash, positions: held } = inDoubles[place]!;
        const margin = doubleMargin(cash, held, underlyings, time);
        for (const name of ["initialMargin", "maintenanceMargin"] as const) {
          const expected = Number(exact[name]) / 1e9;
          if (Math.abs(margin[name] - expected) > TOLERANCE * expected)
            throw new Error(`${name} differs: ${margin[name]}, ${expected}.`);
        }
      }
      const figures = await compare({
        ours: {
          run() {
            for (const number of numbers) keep(accountMargin(market.store, number));
            return ACCOUNTS;
          },
        },
        peer: {
          run() {
            for (const { cash, positions: held } of inDoubles) keep(doubleMargin(cash, held, underlyings, time));
            return ACCOUNTS;
          },
        },
      });
      report(`margin/${positions}`, figures);
    }
  },
};

function readDoubles({ store }: Market, number: ReturnType<typeof accountNumber>) {
  const positions = readPositions(store, number).map(({ instrument, lots, fundingIndex }): DoublePosition => {
    const market = readMarket(store, instrument)!;
    const { underlying, mark, delta, gap, lot, index, reportTime, losses } = market;
    return {
      underlying: underlying - 1,
      lots,
      funding: Number(market.fundingIndex - fundingIndex) / 1e9,
      mark: Number(mark) / 1e9,
      delta: Number(delta) / 1e12,
      gap: Number(gap) / 1e9,
      lot: lot / 1e8,
      index: index / 1e8,
      reportTime,
      losses: Float64Array.from(losses, (loss) => Number(loss) / 1e9),
    };
  });
  return { cash: readAccount(store, number)!.cash / 1e6, positions };
}
