import {
  accountNumber,
  encodeTransaction,
  type HouseOrder,
  type Liquidate,
  type Provider,
  type Prune,
  RecourseError,
  type Settle,
  seconds,
  TransactionKind,
} from "@recourse/protocol";
import type {
  AcceptedHouseOrder,
  AcceptedLiquidation,
  AcceptedProvider,
  AcceptedPruning,
  AcceptedSettlement,
} from "@recourse/sdk";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { InstrumentDirectory } from "../execution/instrumentDirectory.ts";
import type { ApiContext } from "./context.ts";
import { legFields, legOf, sideName } from "./legs.ts";
import { unknownInstrument } from "./orders.ts";
import { admission, instrumentReference, parse, unsigned } from "./schemas.ts";
import { type Accepted, type Candidate, describeAccepted, submitOne } from "./submit.ts";
import { formatCash, formatLots, formatMarkPrice, formatNanoUsd } from "./units.ts";

const houseOrderSchema = z.strictObject({ ...admission, ...legFields });
const providerSchema = z.strictObject({ ...admission, isActive: z.boolean({ error: "true or false" }) });
const liquidationSchema = z.strictObject({ account: unsigned(32), provider: unsigned(32).default(0) });
const settlementSchema = z.strictObject({ account: unsigned(32), instrument: instrumentReference });
const pruningSchema = z.strictObject({ instrument: instrumentReference });

/**
 * What has to do with the house. POST /v1/house-orders and /v1/providers are signed; /v1/liquidations, /v1/settlements and
 * /v1/prunings may be asked for by anybody, as the rules alone decide on them.
 */
export function houseRoutes(server: FastifyInstance, { context }: { readonly context: ApiContext }): void {
  const { instruments } = context;

  server.post("/v1/house-orders", async ({ body }) =>
    submitOne(context, prepareHouseOrder(parse(houseOrderSchema, body), instruments()), (accepted) =>
      describeHouseOrder(accepted, instruments()),
    ),
  );

  server.post("/v1/providers", async ({ body }) => {
    const { isActive, ...provider } = parse(providerSchema, body);
    const transaction: Provider = {
      kind: TransactionKind.provider,
      ...provider,
      account: accountNumber(provider.account),
      deadline: seconds(provider.deadline),
      active: isActive ? 1 : 0,
    };
    return submitOne(context, { bytes: encodeTransaction(transaction), transaction }, describeProvider);
  });

  server.post("/v1/liquidations", async ({ body }) => {
    const { account, provider } = parse(liquidationSchema, body);
    const transaction: Liquidate = {
      kind: TransactionKind.liquidate,
      account: accountNumber(account),
      provider: accountNumber(provider),
    };
    return submitOne(context, { bytes: encodeTransaction(transaction), transaction }, (accepted) =>
      describeLiquidation(accepted, instruments()),
    );
  });

  server.post("/v1/settlements", async ({ body }) =>
    submitOne(context, prepareSettle(parse(settlementSchema, body), instruments()), (accepted) =>
      describeSettlement(accepted, instruments()),
    ),
  );

  server.post("/v1/prunings", async ({ body }) =>
    submitOne(context, preparePrune(parse(pruningSchema, body), instruments()), (accepted, transaction) =>
      describePruning(accepted, transaction as Prune, instruments()),
    ),
  );
}

function prepareHouseOrder(order: z.output<typeof houseOrderSchema>, instruments: InstrumentDirectory): Candidate {
  const leg = legOf(order, "", instruments);
  if (leg instanceof RecourseError) return leg;
  const { account, signer, deadline, nonce, signature } = order;
  const by = { account: accountNumber(account), signer, deadline: seconds(deadline), nonce, signature };
  const transaction: HouseOrder = { kind: TransactionKind.houseOrder, ...by, ...leg };
  return { bytes: encodeTransaction(transaction), transaction };
}

function prepareSettle(
  { account, instrument }: z.output<typeof settlementSchema>,
  instruments: InstrumentDirectory,
): Candidate {
  const listed = instruments.find(instrument);
  if (listed === undefined) return unknownInstrument("instrument");
  const transaction: Settle = {
    kind: TransactionKind.settle,
    account: accountNumber(account),
    instrument: listed.instrument,
  };
  return { bytes: encodeTransaction(transaction), transaction };
}

function preparePrune({ instrument }: z.output<typeof pruningSchema>, instruments: InstrumentDirectory): Candidate {
  const listed = instruments.find(instrument);
  if (listed === undefined) return unknownInstrument("instrument");
  const transaction: Prune = { kind: TransactionKind.prune, instrument: listed.instrument };
  return { bytes: encodeTransaction(transaction), transaction };
}

// INVARIANT of what follows: each of these is accepted only where it did what its event says.

export function describeHouseOrder(accepted: Accepted, instruments: InstrumentDirectory): AcceptedHouseOrder {
  const { instrument, side, lots, price, value } = accepted.events.find((event) => event.type === "houseTrade")!;
  const { name, record } = instruments.recall(instrument)!;
  return {
    ...describeAccepted(accepted),
    name,
    side: sideName(side),
    price: formatMarkPrice(price, record),
    size: formatLots(lots, record),
    value: formatCash(value),
  };
}

export function describeProvider(accepted: Accepted): AcceptedProvider {
  const { account, isProvider } = accepted.events.find((event) => event.type === "providerChanged")!;
  return { ...describeAccepted(accepted), account, isProvider };
}

export function describeLiquidation(accepted: Accepted, instruments: InstrumentDirectory): AcceptedLiquidation {
  const event = accepted.events.find((event) => event.type === "liquidated")!;
  return {
    ...describeAccepted(accepted),
    account: event.account,
    provider: event.provider,
    percent: event.percent,
    penalty: formatCash(event.penalty),
    reward: formatCash(event.reward),
    equity: formatNanoUsd(event.equity),
    maintenanceMargin: formatNanoUsd(event.maintenance),
    loss: formatCash(event.loss),
    legs: event.legs.map(({ instrument, lots, mark, value }) => {
      const { name, record } = instruments.recall(instrument)!;
      return { name, size: formatLots(lots, record), price: formatMarkPrice(mark, record), value: formatCash(value) };
    }),
  };
}

export function describeSettlement(accepted: Accepted, instruments: InstrumentDirectory): AcceptedSettlement {
  const { account, instrument, lots, value } = accepted.events.find((event) => event.type === "settled")!;
  const { name, record } = instruments.recall(instrument)!;
  return { ...describeAccepted(accepted), account, name, size: formatLots(lots, record), value: formatCash(value) };
}

export function describePruning(
  accepted: Accepted,
  { instrument }: Prune,
  instruments: InstrumentDirectory,
): AcceptedPruning {
  const { events } = accepted;
  return {
    ...describeAccepted(accepted),
    name: instruments.recall(instrument)!.name,
    isRemoved: events.some(({ type }) => type === "pruned"),
    cancelledOrders: events.filter(({ type }) => type === "cancelled").length,
  };
}
