/**
 * Why a transaction changed nothing. One list for everybody: the engine's outcome, the API's error code and the
 * Solidity constants (`contracts/src/step/Reason.sol`) are this list, and a test holds them equal.
 */
export const reasons = {
  Ok: { code: 0, sentence: "The transaction was executed." },
  WrongChunkKind: { code: 1, sentence: "The transaction stands in a chunk of another kind." },
  UnknownAccount: { code: 2, sentence: "The account does not exist: nothing was ever deposited to it." },
  DeadlinePassed: { code: 3, sentence: "The admission deadline has passed." },
  DeadlineTooFar: { code: 4, sentence: "The admission deadline is further ahead than it may be." },
  UnknownSigner: { code: 5, sentence: "The account has no signer of this number." },
  BadSignature: { code: 6, sentence: "The signature is not that of the named signer." },
  NonceUsed: { code: 7, sentence: "The nonce has been used with a deadline in the same bucket." },
  MalformedOrder: { code: 8, sentence: "A field of the order is outside its range." },
  UnknownInstrument: { code: 9, sentence: "The instrument is not listed." },
  InstrumentExpired: { code: 10, sentence: "The instrument has expired." },
  InstrumentNotMarked: { code: 11, sentence: "The instrument has no mark yet." },
  BelowMinimumNotional: { code: 12, sentence: "The order is smaller than the instrument's minimum notional." },
  ValueOutOfRange: { code: 13, sentence: "A value would leave the range in which it is exact." },
  DuplicateClientOrderId: { code: 14, sentence: "A resting order of the account has this client order id." },
  TooManyRestingOrders: { code: 15, sentence: "The account has as many resting orders as it may have." },
  TooManyPositions: { code: 16, sentence: "The account has as many positions as it may have." },
  InsufficientMargin: { code: 17, sentence: "The account's equity would be below its initial margin." },
  NotFilled: { code: 18, sentence: "The book did not hold what the order had to be filled with at once." },
  UnknownOrder: { code: 19, sentence: "The account has no resting order with this client order id." },
  TimeNotIncreasing: { code: 20, sentence: "The tick does not move the clock forward." },
  TimeBeyondBatch: { code: 21, sentence: "The tick is later than its batch." },
  UnknownUnderlying: { code: 22, sentence: "The underlying is not listed." },
  ReportNotNewer: { code: 23, sentence: "A report of this time or a later one has been taken already." },
  ReportFromFuture: { code: 24, sentence: "The report is from the future of the clock." },
  ReportTooOld: { code: 25, sentence: "The report is older than the oracle's maximum age." },
  UnknownExpiry: { code: 26, sentence: "No instrument with this expiry is listed, or the expiry has passed." },
  BadSurface: { code: 27, sentence: "The volatility surface is outside its range or goes negative." },
  BadQuorum: { code: 28, sentence: "The report is not signed by enough distinct oracles of the set." },
  PriceOutOfRange: { code: 29, sentence: "A price is zero or too large." },
  AlreadyListed: { code: 30, sentence: "The underlying or instrument is listed already." },
  MalformedListing: { code: 31, sentence: "A field of the listing is outside its range." },
  TooManyListed: { code: 32, sentence: "No further underlying or instrument can be listed." },
  NothingToMarkFrom: { code: 33, sentence: "No oracle report that the mark needs has been taken yet." },
  MarkOutOfRange: { code: 34, sentence: "The mark or a loss per lot would leave its range." },
  MalformedWithdrawal: { code: 35, sentence: "The amount or the recipient of the withdrawal is zero." },
  UnknownMessage: { code: 36, sentence: "The inbox message is of no kind that this version executes." },
  VaultExhausted: { code: 37, sentence: "The vault does not hold as much as is to be withdrawn." },
  ExceedsLimit: { code: 38, sentence: "The transaction would use more than one transaction may." },
  OutOfScope: { code: 39, sentence: "The session key may not sign transactions of this kind." },
  SessionExpired: { code: 40, sentence: "The session key has expired." },
  WouldCross: { code: 41, sentence: "The post-only order would trade at once." },
  WouldNotReduce: { code: 42, sentence: "The reduce-only order would not reduce a position." },
  SelfTrade: { code: 43, sentence: "The order met an order of its own account before anything was filled." },
  MalformedSession: { code: 44, sentence: "A field of the session key is outside its range." },
  NothingToCancel: { code: 45, sentence: "The account has no resting order that could be cancelled." },
  OutsidePriceBand: { code: 46, sentence: "The price is too far from the instrument's mark." },
  MarkTooOld: { code: 47, sentence: "A mark that is needed is older than the maximum age." },
  MalformedBlock: { code: 48, sentence: "A field of the block trade is outside its range." },
  CounterpartyMargin: { code: 49, sentence: "The maker's equity would be below its initial margin." },
  MalformedQuotes: { code: 50, sentence: "A field of the quotes is outside its range." },
  TriggerNotReached: { code: 51, sentence: "The mark has not reached the trigger price." },
  EraPassed: { code: 52, sentence: "The conditional order was signed for another era." },
  SettlementTooEarly: { code: 53, sentence: "The expiry has not been reached." },
  AlreadySettled: { code: 54, sentence: "The expiry or instrument is settled already." },
  NotSettled: { code: 55, sentence: "The instrument is not settled." },
  NothingToSettle: { code: 56, sentence: "The account has no position in the instrument." },
  NotLiquidatable: { code: 57, sentence: "The account's equity is not below its maintenance margin." },
  NotProvider: { code: 58, sentence: "The account is no liquidity provider." },
  StillOpen: { code: 59, sentence: "Positions in the instrument are still open." },
  NoHouseInventory: { code: 60, sentence: "The house holds nothing that the order could take." },
  MalformedRevocation: { code: 61, sentence: "The revoked deadline or nonce is outside its range." },
  MalformedProvider: { code: 62, sentence: "The flag of a liquidity provider is neither 0 nor 1." },
  ProviderUnpaid: { code: 63, sentence: "The account cannot pay the whole penalty, so only the house takes it over." },
} as const;

export type ReasonName = keyof typeof reasons;
export type ReasonCode = (typeof reasons)[ReasonName]["code"];

/** The reason codes by name, for comparisons: `Reason.Ok`. */
export const Reason = Object.fromEntries(Object.entries(reasons).map(([name, { code }]) => [name, code])) as {
  readonly [Name in ReasonName]: (typeof reasons)[Name]["code"];
};

const nameByCode = new Map<number, ReasonName>(
  Object.entries(reasons).map(([name, { code }]) => [code, name as ReasonName]),
);

/** The name of a reason code. @throws RangeError for a number that is no reason code */
export function reasonName(code: number): ReasonName {
  const name = nameByCode.get(code);
  if (name === undefined) throw new RangeError(`${code} is no reason code.`);
  return name;
}
