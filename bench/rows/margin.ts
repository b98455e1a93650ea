import { accountMargin, readAccount, readMarket, readPositions, readUnderlying } from "@recourse/engine";
import { accountNumber, underlyingNumber } from "@recourse/protocol";
import { type DoublePosition, doubleMargin } from "../doubles/margin.ts";
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
    how: `Equity and initial margin of accounts with ${positions} position${positions === 1 ? "" : "s"}, read from a state of more than ${LEAVES} leaves, exact integers; the peer computes the same (checked) in doubles from arrays that it already has.`,
  })),

  async measure(report) {
    for (const positions of POSITIONS) {
      const market = new Market({ accounts: ACCOUNTS, positions, restingOrders: LEAVES / ACCOUNTS / 2, seed: 3 });
      const numbers = market.accounts.map(({ number }) => accountNumber(number));
      const inDoubles = numbers.map((number) => readDoubles(market, number));
      const indexes = [1, 2].map((number) => readUnderlying(market.store, underlyingNumber(number))!.index / 1e8);
      const sums = indexes.map(() => new Float64Array(SCENARIOS));
      for (const [place, number] of numbers.entries()) {
        const exact = Number(accountMargin(market.store, number)!.initialMargin) / 1e9;
        const { cash, positions: held } = inDoubles[place]!;
        const { initialMargin } = doubleMargin(cash, held, indexes, sums);
        if (Math.abs(initialMargin - exact) > TOLERANCE * exact)
          throw new Error(`Margins differ: ${initialMargin}, ${exact}.`);
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
            for (const { cash, positions: held } of inDoubles) keep(doubleMargin(cash, held, indexes, sums));
            return ACCOUNTS;
          },
        },
      });
      report(`margin/${positions}`, figures);
    }
  },
};

function readDoubles({ store }: Market, number: ReturnType<typeof accountNumber>) {
  const positions = readPositions(store, number).map(({ instrument, lots }): DoublePosition => {
    const { underlying, mark, delta, losses } = readMarket(store, instrument)!;
    return {
      underlying: underlying - 1,
      lots,
      mark: Number(mark) / 1e9,
      delta: Number(delta) / 1e12,
      losses: Float64Array.from(losses, (loss) => Number(loss) / 1e9),
    };
  });
  return { cash: readAccount(store, number)!.cash / 1e6, positions };
}
