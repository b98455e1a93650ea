export type { SigningDomain } from "./domain.ts";
export type * from "./historyWire.ts";
export { type InstrumentListing, listInstrument, listUnderlying, type UnderlyingListing } from "./listing.ts";
export { type OracleSigner, oracleReport, type ReportTerms, type SurfaceTerms } from "./oracleReport.ts";
export { type OrderTerms, RecourseClient, type RecourseClientOptions } from "./recourseClient.ts";
export { SequencerClient, type SequencerClientOptions } from "./sequencerClient.ts";
export { signCancel } from "./signCancel.ts";
export { hashOrder, signOrder, type UnsignedOrder } from "./signOrder.ts";
export { signWithdrawal } from "./signWithdrawal.ts";
export { markBytes, tickBytes } from "./unsigned.ts";
export {
  type AcknowledgedResponse,
  type AcknowledgementContext,
  verifyAcknowledgement,
} from "./verifyAcknowledgement.ts";
export type * from "./wire.ts";
