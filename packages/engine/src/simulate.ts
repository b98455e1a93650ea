import {
  type AccountNumber,
  type Cash,
  type InstrumentNumber,
  MAX_CASH,
  MAX_ORDER_VALUE,
  MAX_POSITION_LOTS,
  MAX_POSITIONS,
  MAX_PRICE,
  nanoUsdPerCash,
  type PriceRank,
  Reason,
  type ReasonCode,
  type Seconds,
  Side,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { explainMargin, type Holdings, type MarginBreakdown, readHoldings, storedTime } from "./accountMargin.ts";
import { ceilDiv } from "./arithmetic.ts";
import { isWithinBand, priceBand } from "./band.ts";
import { fundingDue } from "./fund.ts";
import { instrumentKey, marketKey, underlyingKey } from "./keys.ts";
import type { HeldPosition } from "./margin.ts";
import { feeCeil } from "./matching.ts";
import { tickValueOf } from "./order.ts";
import { decodeInstrument, decodeMarket, decodeUnderlying } from "./records.ts";

/** An order that nobody has sent. */
export interface HypotheticalOrder {
  readonly instrument: InstrumentNumber;
  readonly side: Side;
  readonly priceRank: PriceRank;
  readonly lots: number;
}

/** What an order would come to if all of it were filled at its price, as taker. */
export interface SimulatedOrder {
  readonly instrument: InstrumentNumber;
  readonly value: Cash;
  readonly fee: Cash;
  /** Whether its price is one at which may be traded at present. */
  readonly isWithinBand: boolean;
}

export interface Simulation {
  readonly before: MarginBreakdown;
  readonly after: MarginBreakdown;
  readonly orders: readonly SimulatedOrder[];
  /** Σ of the orders' fees. */
  readonly fees: Cash;
  /** The funding that the positions that change would pay before they do; negative where it is paid to them. */
  readonly funding: Cash;
  /** What the account would hold. */
  readonly holdings: Holdings;
}

/** The order, by its place, that could not be filled in any market, and why. */
export interface SimulationRefusal {
  readonly order: number;
  readonly reason: ReasonCode;
}

/**
 * Says what an account would be worth and what margin it would need if orders were filled: at their prices, wholly, as
 * taker, one after the other, and nothing else changed. The state stays as it is.
 * @param time the engine's clock
 * @returns undefined where there is no such account
 */
export function simulate(
  store: OrderedStore,
  account: AccountNumber,
  orders: readonly HypotheticalOrder[],
  time: Seconds = storedTime(store),
): Simulation | SimulationRefusal | undefined {
  const holdings = readHoldings(store, account);
  if (holdings === undefined) return undefined;
  const positions = new Map(holdings.positions.map((position) => [position.instrument, position]));
  const simulated: SimulatedOrder[] = [];
  let cash = BigInt(holdings.cash);
  let fees = 0;
  let funding = 0n;
  for (const [place, order] of orders.entries()) {
    const filled = fill(store, positions, order, time);
    if (typeof filled === "number") return { order: place, reason: filled };
    const { value, fee } = filled.order;
    cash -= BigInt((order.side === Side.buy ? value : -value) + fee) + filled.funding;
    if (cash > BigInt(MAX_CASH) || cash < -BigInt(MAX_CASH)) return { order: place, reason: Reason.ValueOutOfRange };
    fees += fee;
    funding += filled.funding;
    simulated.push(filled.order);
  }
  const after: Holdings = {
    cash: Number(cash) as Cash,
    positions: [...positions.values()].sort((left, right) => left.instrument - right.instrument),
  };
  return {
    before: explainMargin(store, holdings, time),
    after: explainMargin(store, after, time),
    orders: simulated,
    fees: fees as Cash,
    funding: Number(funding) as Cash,
    holdings: after,
  };
}

/** Fills an order whole, changing the position in its instrument, or says why no market could. */
function fill(
  store: OrderedStore,
  positions: Map<InstrumentNumber, HeldPosition>,
  { instrument: number, side, priceRank, lots }: HypotheticalOrder,
  time: Seconds,
): { readonly order: SimulatedOrder; readonly funding: bigint } | ReasonCode {
  const instrumentValue = store.peek(instrumentKey(number));
  if (instrumentValue === undefined) return Reason.UnknownInstrument;
  const instrument = decodeInstrument(instrumentValue);
  if (instrument.expiry !== 0 && time >= instrument.expiry) return Reason.InstrumentExpired;
  const marketValue = store.peek(marketKey(number));
  if (marketValue === undefined) return Reason.InstrumentNotMarked;
  const market = decodeMarket(marketValue);
  const tickValue = tickValueOf(instrument);
  const value = priceRank * tickValue * lots;
  if (priceRank * instrument.tick >= MAX_PRICE || value > MAX_ORDER_VALUE) return Reason.ValueOutOfRange;

  const held = positions.get(number) ?? { instrument: number, lots: 0, fundingIndex: market.fundingIndex, market };
  const after = held.lots + (side === Side.buy ? lots : -lots);
  if (Math.abs(after) > MAX_POSITION_LOTS) return Reason.ValueOutOfRange;
  if (after === 0) positions.delete(number);
  else positions.set(number, { ...held, lots: after, fundingIndex: market.fundingIndex });
  if (positions.size > MAX_POSITIONS) return Reason.TooManyPositions;

  const { index } = decodeUnderlying(store.peek(underlyingKey(instrument.underlying))!);
  return {
    order: {
      instrument: number,
      value: value as Cash,
      fee: feeCeil(value, instrument.takerFeeRate) as Cash,
      isWithinBand: isWithinBand(priceRank, priceBand(market, index, tickValue)),
    },
    funding: ceilDiv(fundingDue(held.lots, market.fundingIndex, held.fundingIndex), nanoUsdPerCash),
  };
}
