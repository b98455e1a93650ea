import { type AccountPage, accountsAtRisk, liquidityProviders, openPositions, type Walk } from "@recourse/engine";
import { seconds } from "@recourse/protocol";
import type { AccountsAtRiskResponse, OpenPositionsResponse, ProvidersResponse } from "@recourse/sdk";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { LiveState } from "../execution/liveState.ts";
import type { ApiContext } from "./context.ts";
import { findListed } from "./instruments.ts";
import { parse, pathNumber } from "./schemas.ts";
import { formatLots, formatNanoUsd } from "./units.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 500;

/** Accounts and positions that one page looks at: some milliseconds in which nothing else is executed. */
const LOOKS = 2_048;

const walkSchema = z
  .strictObject({
    after: pathNumber(2 ** 32 - 2).default(0),
    limit: pathNumber(MAX_LIMIT)
      .refine((limit) => limit > 0, { error: `a whole number from 1 to ${MAX_LIMIT}` })
      .default(DEFAULT_LIMIT),
  })
  .transform((query): Walk => ({ ...query, looks: LOOKS }));

/**
 * GET /v1/accounts/at-risk, /v1/providers and /v1/instruments/:name/positions: for keepers, who are anybody. Pages of
 * walks through all accounts, of the state as it is at the moment.
 */
export function upkeepRoutes(server: FastifyInstance, { context }: { readonly context: ApiContext }): void {
  server.get("/v1/accounts/at-risk", async ({ query }): Promise<AccountsAtRiskResponse> => {
    const walk = parse(walkSchema, query);
    const state = context.state();
    const page = accountsAtRisk(state.store, walk, seconds(state.time));
    return {
      ...describePage(state, page),
      accounts: page.found.map(({ account, equity, maintenance, stale }) => ({
        account,
        equity: formatNanoUsd(equity),
        maintenanceMargin: formatNanoUsd(maintenance),
        // INVARIANT: an instrument is listed as long as anybody has a position in it.
        staleInstruments: stale.map((instrument) => ({ instrument, name: state.instruments.find(instrument)!.name })),
      })),
    };
  });

  server.get("/v1/providers", async ({ query }): Promise<ProvidersResponse> => {
    const walk = parse(walkSchema, query);
    const state = context.state();
    const page = liquidityProviders(state.store, walk);
    return { ...describePage(state, page), accounts: page.found };
  });

  server.get("/v1/instruments/:name/positions", async ({ params, query }): Promise<OpenPositionsResponse> => {
    const walk = parse(walkSchema, query);
    const state = context.state();
    const { instrument, name, record } = findListed(state.instruments, (params as { readonly name: string }).name);
    const page = openPositions(state.store, instrument, walk);
    return {
      ...describePage(state, page),
      instrument,
      name,
      positions: page.found.map(({ account, lots }) => ({ account, size: formatLots(lots, record) })),
    };
  });
}

function describePage({ position, time }: LiveState, { next }: AccountPage<unknown>) {
  return { position, engineTime: time, ...(next === undefined ? {} : { next }) };
}
