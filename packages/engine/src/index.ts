export {
  type AccountMargin,
  accountMargin,
  explainMargin,
  type Holdings,
  type MarginBreakdown,
  readHoldings,
  type UnderlyingBreakdown,
} from "./accountMargin.ts";
export {
  type AccountAtRisk,
  type AccountPage,
  accountsAtRisk,
  liquidityProviders,
  type OpenPosition,
  openPositions,
  type Walk,
} from "./accountScan.ts";
export { ceilDiv, floorDiv, indexValue } from "./arithmetic.ts";
export { imbalances, stateProblems } from "./audit.ts";
export { type Band, isWithinBand, priceBand } from "./band.ts";
export { optionLegs, optionPrice, SECONDS_PER_YEAR } from "./black76.ts";
export type { CancelCause, EngineEvent, Outcome, RemainderCause } from "./events.ts";
export { ChunkExecution, type ChunkResult, executeChunk } from "./execute.ts";
export { adjustTotals, fundEquity, fundingDue, isFundWithinRange, settleFund } from "./fund.ts";
export { createGenesis } from "./genesis.ts";
export { housePrice } from "./houseOrder.ts";
export * from "./keys.ts";
export { symbolText } from "./listing.ts";
export {
  addPosition,
  ageGrowth,
  type Evaluation,
  type Exposure,
  emptyExposure,
  emptyPortfolio,
  equity,
  type HeldPosition,
  isStale,
  isTooOld,
  notional,
  type Portfolio,
  type UnderlyingIndex,
  type UnderlyingMargin,
  underlyingMargin,
} from "./margin.ts";
export * from "./records.ts";
export { PRICE_LIMIT, type RiskArray, type RiskInput, riskArray, type Scenario, scenarios } from "./riskArray.ts";
export {
  type HypotheticalOrder,
  type SimulatedOrder,
  type Simulation,
  type SimulationRefusal,
  simulate,
} from "./simulate.ts";
export type { SignatureRecovery, Step } from "./step.ts";
export { impliedVolatility, isValidSurface, type Surface } from "./svi.ts";
export { isTriggered, type Trigger } from "./trigger.ts";
export * from "./views.ts";
