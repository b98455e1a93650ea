export type { SigningDomain } from "./domain.ts";
export type * from "./historyWire.ts";
export type { LegTerms } from "./legMessage.ts";
export { type InstrumentListing, listInstrument, listUnderlying, type UnderlyingListing } from "./listing.ts";
export {
  type OracleSigner,
  oracleReport,
  type ReportTerms,
  type SettlementTerms,
  type SurfaceTerms,
  settlementReport,
} from "./oracleReport.ts";
export type { UnsignedOrder } from "./orderMessage.ts";
export {
  type ConditionalTerms,
  type NamedBlock,
  type NamedLeg,
  type NamedQuote,
  type OrderTerms,
  RecourseClient,
  type RecourseClientOptions,
  type SessionTerms,
} from "./recourseClient.ts";
export { SequencerClient, type SequencerClientOptions } from "./sequencerClient.ts";
export { type BlockTradeTerms, blockTradeBytes, signBlockTrade } from "./signBlockTrade.ts";
export { signCancel, signCancelAll } from "./signCancel.ts";
export { signConditional, type UnsignedConditional } from "./signConditional.ts";
export { signHouseOrder } from "./signHouseOrder.ts";
export { hashOrder, signOrder } from "./signOrder.ts";
export { signProvider } from "./signProvider.ts";
export { type QuotedSide, type QuoteTerms, signQuotes, type UnsignedQuotes } from "./signQuotes.ts";
export { signReplace } from "./signReplace.ts";
export { signRevoke, type UnsignedRevoke } from "./signRevoke.ts";
export { signRevocation, signSession } from "./signSession.ts";
export { signWithdrawal } from "./signWithdrawal.ts";
export {
  type AccountReport,
  type GlobalReport,
  type InstrumentReport,
  type SystemicReport,
  systemicReport,
} from "./systemicReport.ts";
export type * from "./tradingWire.ts";
export { liquidateBytes, markBytes, pruneBytes, settleBytes, tickBytes } from "./unsigned.ts";
export type * from "./upkeepWire.ts";
export {
  type AcknowledgedResponse,
  type AcknowledgementContext,
  verifyAcknowledgement,
} from "./verifyAcknowledgement.ts";
export type * from "./wire.ts";
