import {
  accountNumber,
  cash,
  instrumentNumber,
  lots,
  price,
  priceRank,
  quantity,
  type SignedTransaction,
  seconds,
  TransactionKind,
  type typedDataTypes,
  underlyingNumber,
} from "@recourse/protocol";
import type { Random } from "../../test/support/random.ts";
import { noSignature } from "../../test/support/world.ts";

/** A transaction of every kind that is signed, with the name of its type, every field whatever its width allows. */
export function anyTransactions(
  random: Random,
): readonly (readonly [keyof typeof typedDataTypes, SignedTransaction])[] {
  const admission = {
    account: accountNumber(random.uint32()),
    signer: random.below(256),
    deadline: seconds(random.uint32()),
    nonce: random.below(65_536),
    signature: noSignature,
  };
  const int64 = () => BigInt.asIntN(64, (BigInt(random.uint32()) << 32n) | BigInt(random.uint32()));
  const surface = () => ({
    expiry: seconds(random.uint32()),
    forward: price(random.uint32() * 2 ** 20),
    a: int64(),
    b: int64(),
    rho: int64(),
    m: int64(),
    sigma: int64(),
  });
  const terms = {
    instrument: instrumentNumber(random.below(2 ** 24)),
    side: random.below(2),
    timeInForce: random.below(4),
    options: random.below(32),
    priceRank: priceRank(random.uint32() * 256),
    lots: lots(random.uint32()),
    restMinutes: random.below(65_536),
    clientOrderId: random.uint32(),
  };
  const leg = () => ({
    instrument: instrumentNumber(random.below(2 ** 24)),
    side: random.below(256),
    priceRank: priceRank(random.uint32() * 256),
    lots: lots(random.uint32()),
  });
  const quote = () => ({
    instrument: instrumentNumber(random.below(2 ** 24)),
    bidPriceRank: priceRank(random.uint32() * 256),
    bidLots: lots(random.uint32()),
    askPriceRank: priceRank(random.uint32() * 256),
    askLots: lots(random.uint32()),
  });
  return [
    ["Order", { kind: TransactionKind.order, ...admission, ...terms }],
    ["Replace", { kind: TransactionKind.replace, ...admission, ...terms, replacedClientOrderId: random.uint32() }],
    ["CancelAll", { kind: TransactionKind.cancelAll, ...admission, instrument: terms.instrument }],
    [
      "Session",
      {
        kind: TransactionKind.session,
        ...admission,
        number: random.below(256),
        key: random.bytes(20),
        scope: random.below(256),
        expiry: seconds(random.uint32()),
      },
    ],
    [
      "ConditionalOrder",
      {
        kind: TransactionKind.conditional,
        ...admission,
        ...terms,
        era: random.uint32(),
        triggerPrice: price(random.uint32() * 2 ** 20),
        triggerDirection: random.below(256),
      },
    ],
    [
      "Revoke",
      {
        kind: TransactionKind.revoke,
        ...admission,
        revokedDeadline: seconds(random.uint32()),
        revokedNonce: random.below(65_536),
      },
    ],
    [
      "BlockTrade",
      {
        kind: TransactionKind.blockTrade,
        ...admission,
        makerAccount: accountNumber(random.uint32()),
        makerSigner: random.below(256),
        makerNonce: random.below(65_536),
        legs: Array.from({ length: random.below(9) }, leg),
        makerSignature: noSignature,
      },
    ],
    [
      "Quotes",
      {
        kind: TransactionKind.quotes,
        ...admission,
        restMinutes: random.below(65_536),
        quotes: Array.from({ length: random.below(33) }, quote),
      },
    ],
    ["HouseOrder", { kind: TransactionKind.houseOrder, ...admission, ...leg() }],
    ["Provider", { kind: TransactionKind.provider, ...admission, active: random.below(256) }],
    [
      "Settlement",
      {
        kind: TransactionKind.settlement,
        underlying: underlyingNumber(random.below(65_536)),
        expiry: seconds(random.uint32()),
        price: price(random.uint32() * 2 ** 20),
        signers: 0,
        signatures: [],
      },
    ],
    ["Cancel", { kind: TransactionKind.cancel, ...admission, clientOrderId: random.uint32() }],
    [
      "Withdraw",
      {
        kind: TransactionKind.withdraw,
        ...admission,
        amount: cash(random.uint32() * 2 ** 20),
        recipient: random.bytes(20),
      },
    ],
    [
      "Report",
      {
        kind: TransactionKind.report,
        underlying: underlyingNumber(random.below(65_536)),
        time: seconds(random.uint32()),
        index: price(random.uint32() * 2 ** 20),
        surfaces: Array.from({ length: random.below(9) }, surface),
        signers: 0,
        signatures: [],
      },
    ],
    [
      "ListUnderlying",
      {
        kind: TransactionKind.listUnderlying,
        underlying: underlyingNumber(random.below(65_536)),
        symbol: random.bytes(8),
        grid: random.below(256),
        deadline: seconds(random.uint32()),
        signature: noSignature,
      },
    ],
    [
      "ListInstrument",
      {
        kind: TransactionKind.listInstrument,
        instrumentKind: random.below(256),
        underlying: underlyingNumber(random.below(65_536)),
        expiry: seconds(random.uint32()),
        strike: price(random.uint32() * 2 ** 20),
        tick: price(random.uint32()),
        lot: quantity(random.uint32()),
        minimumNotional: cash(random.uint32()),
        takerFeeRate: random.below(65_536),
        makerFeeRate: random.below(65_536),
        deadline: seconds(random.uint32()),
        signature: noSignature,
      },
    ],
  ];
}
