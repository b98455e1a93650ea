import {
  accountMargin,
  accountsOfOwner,
  readAccount,
  readPositions,
  readRestingOrders,
  readSessions,
} from "@recourse/engine";
import { type AccountNumber, accountNumber, Side, seconds, sessionScopeWordsOf, toHex } from "@recourse/protocol";
import type { AccountResponse, PositionResponse, RestingOrderResponse } from "@recourse/sdk";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { ApiContext } from "./context.ts";
import { address, notFound, parse, pathNumber } from "./schemas.ts";
import { formatCash, formatLots, formatNanoUsd, formatRank } from "./units.ts";

const accountSchema = z.strictObject({ number: pathNumber(2 ** 32 - 1) });
const ownerSchema = z.strictObject({ address });

/** GET /v1/accounts/:number with its positions and orders, and /v1/owners/:address/accounts. */
export function accountRoutes(server: FastifyInstance, { context }: { readonly context: ApiContext }): void {
  const find = (params: unknown) => {
    const account: AccountNumber = accountNumber(parse(accountSchema, params).number);
    const { store, instruments, time } = context.state();
    const record = readAccount(store, account);
    if (record === undefined) throw notFound(`account ${account}`);
    return { account, record, store, instruments, time: seconds(time) };
  };

  server.get("/v1/accounts/:number", async ({ params }): Promise<AccountResponse> => {
    const { account, record, store, time } = find(params);
    const { equity, initialMargin, maintenanceMargin } = accountMargin(store, account, time)!;
    return {
      account,
      owner: toHex(record.owner),
      cash: formatCash(record.cash),
      equity: formatNanoUsd(equity),
      initialMargin: formatNanoUsd(initialMargin),
      maintenanceMargin: formatNanoUsd(maintenanceMargin),
      positions: record.positions,
      restingOrders: record.restingOrders,
      sessions: readSessions(store, account).map(({ number, key, scope, expiry }) => ({
        number,
        key: toHex(key),
        scope: sessionScopeWordsOf(scope),
        expiry,
      })),
    };
  });

  server.get("/v1/accounts/:number/positions", async ({ params }): Promise<PositionResponse[]> => {
    const { account, store, instruments } = find(params);
    return readPositions(store, account).map(({ instrument, lots }) => {
      const { name, record } = instruments.find(instrument)!;
      return { instrument, name, size: formatLots(lots, record) };
    });
  });

  server.get("/v1/accounts/:number/orders", async ({ params }): Promise<RestingOrderResponse[]> => {
    const { account, store, instruments } = find(params);
    return readRestingOrders(store, account).map(({ clientOrderId, instrument, side, ...order }) => {
      const { name, record } = instruments.find(instrument)!;
      return {
        clientOrderId,
        instrument,
        name,
        side: side === Side.buy ? "buy" : "sell",
        price: formatRank(order.priceRank, record),
        size: formatLots(order.lots, record),
        ...(order.goodTill === 0 ? {} : { goodTill: order.goodTill }),
        reduceOnly: order.isReduceOnly,
      };
    });
  });

  server.get("/v1/owners/:address/accounts", async ({ params }) => ({
    accounts: accountsOfOwner(context.state().store, parse(ownerSchema, params).address),
  }));
}
