/** Fields of an exported trade that an import reads, by the exchange's names. */
export const requiredFields = ["timestamp", "instrument_name", "price", "amount", "direction", "index_price"] as const;
export const optionalFields = [
  "iv",
  "trade_id",
  "trade_seq",
  "underlying_price",
  "block_trade_id",
  "block_rfq_id",
  "combo_id",
  "combo_trade_id",
] as const;
export type TradeField = (typeof requiredFields)[number] | (typeof optionalFields)[number];

/** Why a trade is not in the tape; with a field where one is to blame. */
export type SkipReason =
  | "duplicate"
  | "blockTrade"
  | "comboLeg"
  | "notTraded.future"
  | "notTraded.spot"
  | "notTraded.combo"
  | "notTraded.instrument"
  | "expired"
  | "noForward"
  | "zeroSize"
  | "notATrade"
  | "errorResponse"
  | `${"missing" | "malformed" | "outOfRange"}.${TradeField}`;

const sentences: Readonly<Record<Exclude<SkipReason, `${string}.${TradeField}`>, string>> = {
  duplicate: "the same trade once more",
  blockTrade: "a block trade, agreed away from the book (--with-block-trades takes them)",
  comboLeg: "a leg of a combo, priced with the other legs (--with-combo-legs takes them)",
  "notTraded.future": "a future with an expiry, which Recourse does not trade",
  "notTraded.spot": "a spot trade, which Recourse does not trade",
  "notTraded.combo": "a combo, which Recourse does not trade",
  "notTraded.instrument": "a name that is neither a perpetual's nor an option's, in dollars",
  expired: "an option traded at its expiry or after it",
  noForward: "an option whose price no forward between half the index and twice it explains",
  zeroSize: "a size that is zero when rounded to 8 decimals",
  notATrade: "JSON that is no trade",
  errorResponse: "an error in the place of trades",
};

const expectations: Readonly<Partial<Record<TradeField, string>>> = {
  timestamp: "milliseconds since 1970",
  direction: "buy or sell",
  iv: "a volatility in percent, above 0 and up to 10,000",
};

/** What a reason means, for a person. */
export function describeSkip(reason: SkipReason): string {
  if (reason in sentences) return sentences[reason as keyof typeof sentences];
  const [kind, field] = reason.split(".") as [string, TradeField];
  if (kind === "missing") return `no ${field}`;
  const expected = expectations[field] ?? (kind === "malformed" ? "a number" : "above 0 and below 90 million");
  return `${field} is not ${expected}`;
}
