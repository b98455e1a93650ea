import { accountNumber } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { expect } from "vitest";
import type { WorldExecutor } from "../../../test/support/houseWorld.ts";
import { imbalances, stateProblems } from "../../../test/support/invariants.ts";
import { executeChunk, readMarket, readPositions, readUnderlying } from "../src/index.ts";
import { fraction, type ModelPosition } from "./liquidationModel.ts";

/** Executes a chunk, and holds the state after it to everything that is always true. */
export const executeAndAudit: WorldExecutor = async (store, { context, kind, chunk }, name) => {
  const { reasons, outcomes } = executeChunk(store, context, kind, chunk);
  expect(imbalances(store), name).toEqual({});
  expect(stateProblems(store), name).toEqual([]);
  return { reasons: [...reasons], events: outcomes.flatMap(({ events }) => events) };
};

/** An account's positions as the model sees them. */
export function modelPositions(store: OrderedStore, account: number): ModelPosition[] {
  return readPositions(store, accountNumber(account)).map(({ instrument, lots, fundingIndex }) => {
    const market = readMarket(store, instrument)!;
    const { index } = readUnderlying(store, market.underlying)!;
    return {
      underlying: market.underlying,
      lots: BigInt(lots),
      mark: fraction(market.mark, 10n ** 9n),
      funding: fraction(market.fundingIndex - fundingIndex, 10n ** 9n),
      losses: market.losses.map((loss) => fraction(loss, 10n ** 9n)),
      delta: fraction(market.delta, 10n ** 12n),
      gap: fraction(market.gap, 10n ** 9n),
      index: fraction(index, 10n ** 8n),
    };
  });
}
