import {
  explainMargin,
  type Holdings,
  type HypotheticalOrder,
  type MarginBreakdown,
  readHoldings,
  readUnderlying,
  scenarios,
  simulate,
  type UnderlyingBreakdown,
} from "@recourse/engine";
import {
  accountNumber,
  cashDecimals,
  formatDecimal,
  MAX_POSITIONS,
  priceRank,
  RecourseError,
  Side,
  seconds,
} from "@recourse/protocol";
import type {
  AccountMarginResponse,
  GreeksResponse,
  MarginResponse,
  SimulationResponse,
  UnderlyingMarginResponse,
} from "@recourse/sdk";
import { type Decimal, type Greeks, noGreeks, toSignificant } from "@recourse/sdk/greeks";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { LiveState } from "../execution/liveState.ts";
import { positionGreeks } from "../execution/positionGreeks.ts";
import type { ApiContext } from "./context.ts";
import { refusal } from "./errors.ts";
import { unknownInstrument } from "./orders.ts";
import { decimal, instrumentReference, notFound, oneOf, parse, pathNumber } from "./schemas.ts";
import { formatCash, formatLots, formatNanoUsd, formatPrice, formatRank, lotsOfSize, rankOfPrice } from "./units.ts";

/** As many as an account may have positions. */
const MAX_ORDERS = MAX_POSITIONS;

const accountSchema = z.strictObject({ number: pathNumber(2 ** 32 - 1) });
const orderSchema = z.strictObject({
  instrument: instrumentReference,
  side: oneOf(["buy", "sell"]),
  price: decimal,
  size: decimal,
});
type OrderBody = z.output<typeof orderSchema>;
const LIST = `a list of 1 to ${MAX_ORDERS} orders`;
const simulationSchema = z.strictObject({
  orders: z.array(orderSchema, { error: LIST }).min(1, { error: LIST }).max(MAX_ORDERS, { error: LIST }),
});

/** GET /v1/accounts/:number/margin, and POST /v1/accounts/:number/simulate: before and after orders nobody has sent. */
export function marginRoutes(server: FastifyInstance, { context }: { readonly context: ApiContext }): void {
  server.get("/v1/accounts/:number/margin", async ({ params }): Promise<AccountMarginResponse> => {
    const account = accountNumber(parse(accountSchema, params).number);
    const state = context.state();
    const holdings = readHoldings(state.store, account);
    if (holdings === undefined) throw notFound(`account ${account}`);
    const margin = describeMargin(state, explainMargin(state.store, holdings, seconds(state.time)), holdings);
    return { account, position: state.position, engineTime: state.time, ...margin };
  });

  server.post("/v1/accounts/:number/simulate", async ({ params, body }): Promise<SimulationResponse> => {
    const account = accountNumber(parse(accountSchema, params).number);
    const { orders } = parse(simulationSchema, body);
    const state = context.state();
    const hypothetical = orders.map((order, place) => readOrder(state, order, place));
    const simulation = simulate(state.store, account, hypothetical, seconds(state.time));
    if (simulation === undefined) throw notFound(`account ${account}`);
    if ("reason" in simulation) {
      const { code, message } = refusal(simulation.reason);
      const expected = "an order that a market could fill";
      throw new RecourseError(code, message, [{ field: `orders.${simulation.order}`, expected }]);
    }
    const present = readHoldings(state.store, account)!;
    return {
      account,
      position: state.position,
      engineTime: state.time,
      orders: simulation.orders.map((simulated, place) => {
        const { name, record } = state.instruments.find(simulated.instrument)!;
        return {
          name,
          side: orders[place]!.side,
          price: formatRank(hypothetical[place]!.priceRank, record),
          size: formatLots(hypothetical[place]!.lots, record),
          value: formatCash(simulated.value),
          fee: formatCash(simulated.fee),
          isWithinBand: simulated.isWithinBand,
        };
      }),
      fees: formatCash(simulation.fees),
      funding: formatCash(simulation.funding),
      before: describeMargin(state, simulation.before, present),
      after: describeMargin(state, simulation.after, simulation.holdings),
    };
  });
}

function readOrder({ instruments }: LiveState, order: OrderBody, place: number): HypotheticalOrder {
  const path = `orders.${place}.`;
  const listed = instruments.find(order.instrument);
  if (listed === undefined) throw unknownInstrument(`${path}instrument`);
  return {
    instrument: listed.instrument,
    side: order.side === "buy" ? Side.buy : Side.sell,
    priceRank: priceRank(rankOfPrice(order.price, `${path}price`, listed)),
    lots: lotsOfSize(order.size, `${path}size`, listed),
  };
}

function describeMargin(
  { store, instruments }: LiveState,
  margin: MarginBreakdown,
  holdings: Holdings,
): MarginResponse {
  const { positions } = holdings;
  const greeks = positionGreeks(store, positions);
  return {
    cash: formatCash(margin.cash),
    equity: formatNanoUsd(margin.equity),
    initialMargin: formatNanoUsd(margin.initialMargin),
    maintenanceMargin: formatNanoUsd(margin.maintenanceMargin),
    notional: formatDecimal(margin.notional, cashDecimals),
    meetsInitialMargin: margin.equity >= margin.initialMargin,
    isStale: margin.isStale,
    positions: positions.map(({ instrument, lots }) => {
      const { name, record } = instruments.find(instrument)!;
      return { instrument, name, size: formatLots(lots, record) };
    }),
    underlyings: margin.underlyings.map((part) => {
      const { symbol } = readUnderlying(store, part.underlying)!;
      return describeUnderlying(symbol, part, greeks.get(part.underlying) ?? noGreeks);
    }),
  };
}

/** From delta times lots, in 1e-12 of the underlying. */
const DELTA_DECIMALS = 12;

function describeUnderlying(symbol: string, part: UnderlyingBreakdown, greeks: Greeks): UnderlyingMarginResponse {
  const { spotShock, volatilityShock, weight } = scenarios[part.worstScenario]!;
  const base = part.scan > part.minimumDelta ? part.scan : part.minimumDelta;
  return {
    underlying: symbol,
    index: formatPrice(part.index),
    delta: formatDecimal(part.netDelta, DELTA_DECIMALS),
    scan: formatNanoUsd(part.scan),
    ...(part.scan > 0n && {
      worstScenario: {
        spotMovePercent: spotShock,
        volatilityMovePercent: volatilityShock,
        weight: formatDecimal(weight, 3),
      },
    }),
    minimumDelta: formatNanoUsd(part.minimumDelta),
    age: {
      seconds: part.ageSeconds,
      growth: formatDecimal(part.growth, 6),
      margin: formatNanoUsd(part.aged - base),
    },
    betweenNodes: formatNanoUsd(part.longGap),
    mixedAge: formatNanoUsd(part.mixedAge),
    initialMargin: formatNanoUsd(part.initialMargin),
    maintenanceMargin: formatNanoUsd(part.maintenanceMargin),
    losses: part.losses.map(formatNanoUsd),
    greeks: describeGreeks(greeks),
  };
}

/** Significant digits of a sum of greeks. */
const GREEK_DIGITS = 12;

function describeGreeks({ delta, gamma, vega, theta }: Greeks): GreeksResponse {
  const text = ({ count, decimals }: Decimal): string => {
    const rounded = toSignificant(count, 10n ** BigInt(decimals), GREEK_DIGITS);
    return formatDecimal(rounded.count, rounded.decimals);
  };
  return { delta: text(delta), gamma: text(gamma), vega: text(vega), theta: text(theta) };
}
