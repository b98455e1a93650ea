import {
  fundEquity,
  housePrice,
  type ListedInstrument,
  readGlobal,
  readMarket,
  readUnderlying,
} from "@recourse/engine";
import { formatDecimal, Side } from "@recourse/protocol";
import type { FundResponse, MarketRiskResponse, RiskResponse } from "@recourse/sdk";
import type { OrderedStore } from "@recourse/store";
import type { FastifyInstance } from "fastify";
import type { ApiContext } from "./context.ts";
import { sideName } from "./legs.ts";
import { formatCash, formatLots, formatMarkPrice, formatNanoUsd } from "./units.ts";

const FACTOR_DECIMALS = 9;
const LEVERAGE_DECIMALS = 4;
/** Lots × lot × index is in 1e-16 USD. */
const INDEX_VALUE_DECIMALS = 16;
const USD_DECIMALS = 6;

/** GET /v1/risk: what is at risk in the whole system. */
export function riskRoutes(server: FastifyInstance, { context }: { readonly context: ApiContext }): void {
  server.get("/v1/risk", async (): Promise<RiskResponse> => {
    const { store, position, instruments } = context.state();
    const global = readGlobal(store);
    const { time, insurance, deficit, deposits, withdrawals, margin, notional } = global;
    const collateral = deposits - withdrawals;
    const leverage = leverageOf(notional, collateral);
    return {
      position,
      time,
      fund: describeFund(store),
      collateral: formatCash(collateral),
      accountCash: formatDecimal(BigInt(collateral) + BigInt(deficit) - BigInt(insurance), USD_DECIMALS),
      margin: formatDecimal(margin, USD_DECIMALS),
      notional: formatDecimal(notional, USD_DECIMALS),
      ...(leverage === undefined ? {} : { leverage }),
      markets: instruments.all.flatMap((listed) => describeMarket(store, time, listed) ?? []),
    };
  });
}

/** The insurance fund as it is now. */
export function describeFund(store: OrderedStore): FundResponse {
  const global = readGlobal(store);
  const { insurance, claims, deficit, deposits, withdrawals } = global;
  return {
    insurance: formatCash(insurance),
    claims: formatNanoUsd(claims),
    equity: formatDecimal(fundEquity(global), USD_DECIMALS),
    deficit: formatCash(deficit),
    withdrawalFactor: withdrawalFactor(BigInt(deposits - withdrawals), BigInt(deficit)),
  };
}

/** Assets over assets and deficit, rounded down. */
function withdrawalFactor(assets: bigint, deficit: bigint): string {
  const one = 10n ** BigInt(FACTOR_DECIMALS);
  return formatDecimal(deficit === 0n ? one : (assets * one) / (assets + deficit), FACTOR_DECIMALS);
}

/** Notional over collateral, rounded up; undefined where there is no collateral for it. */
function leverageOf(notional: bigint, collateral: number): string | undefined {
  if (notional === 0n) return "0";
  if (collateral === 0) return undefined;
  const assets = BigInt(collateral);
  return formatDecimal((notional * 10n ** BigInt(LEVERAGE_DECIMALS) + assets - 1n) / assets, LEVERAGE_DECIMALS);
}

/** @returns undefined where the instrument has never been marked, so that nobody holds any of it */
function describeMarket(
  store: OrderedStore,
  time: number,
  { instrument, name, record }: ListedInstrument,
): MarketRiskResponse | undefined {
  const market = readMarket(store, instrument);
  if (market === undefined) return undefined;
  // INVARIANT: underlyings never go away.
  const { index } = readUnderlying(store, record.underlying)!;
  const { openInterest, houseLots, mark } = market;
  const atIndex = BigInt(openInterest) * BigInt(record.lot) * BigInt(index);
  const side = houseLots > 0 ? Side.buy : Side.sell;
  const hasExpired = record.expiry !== 0 && time >= record.expiry;
  const house = {
    size: formatLots(houseLots, record),
    value: formatNanoUsd(BigInt(houseLots) * mark),
    side: sideName(side),
    ...(hasExpired ? {} : { price: formatMarkPrice(housePrice(market, index, side), record) }),
  };
  return {
    instrument,
    name,
    openInterest: formatLots(openInterest, record),
    notional: formatDecimal(atIndex / 10n ** BigInt(INDEX_VALUE_DECIMALS - USD_DECIMALS), USD_DECIMALS),
    mark: formatMarkPrice(mark, record),
    ...(houseLots === 0 ? {} : { house }),
  };
}
