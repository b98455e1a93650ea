import type { Price } from "@recourse/protocol";
import {
  type AccountNumber,
  type HouseOrder,
  type InstrumentNumber,
  type Lots,
  type Order,
  type PriceRank,
  type Provider,
  type Quote,
  type Quotes,
  type Seconds,
  type Settlement,
  SIGNATURE_BYTES,
  type SignedTransaction,
  seconds,
  TimeInForce,
  TransactionKind,
  transactionDigest,
  type UnderlyingNumber,
} from "@recourse/protocol";
import type { Trader } from "../demo/transactions.ts";
import { authorities, separator } from "./venue.ts";

/** What the traders of a stress run and its oracles sign. */

const deadlineAheadSeconds = 60;
/** Quotes are replaced long before this. */
const quoteRestMinutes = 10;

type SinglySigned = Extract<SignedTransaction, { readonly signature: Uint8Array }>;

function sign<Signed extends SinglySigned>(trader: Trader, unsigned: Omit<Signed, "signature">): Signed {
  const transaction = { ...unsigned, signature: new Uint8Array(SIGNATURE_BYTES) } as unknown as Signed;
  return { ...transaction, signature: trader.signer.sign(transactionDigest(separator, transaction)) };
}

/** Numbers the transactions of each account: nonces of one run never meet again within their deadlines. */
export class Nonces {
  readonly #next = new Map<AccountNumber, number>();

  admission({ number }: Trader, time: Seconds) {
    const nonce = this.#next.get(number) ?? 0;
    this.#next.set(number, (nonce + 1) % 2 ** 16);
    return { account: number, signer: 0, deadline: seconds(time + deadlineAheadSeconds), nonce };
  }
}

export type Admitted = ReturnType<Nonces["admission"]>;

export function immediateOrder(
  trader: Trader,
  admission: Admitted,
  terms: { instrument: InstrumentNumber; side: number; priceRank: PriceRank; lots: Lots },
): Order {
  return sign<Order>(trader, {
    kind: TransactionKind.order,
    ...admission,
    ...terms,
    timeInForce: TimeInForce.immediateOrCancel,
    options: 0,
    restMinutes: 0,
    clientOrderId: admission.nonce,
  });
}

export function quotes(trader: Trader, admission: Admitted, sides: readonly Quote[]): Quotes {
  return sign<Quotes>(trader, {
    kind: TransactionKind.quotes,
    ...admission,
    restMinutes: quoteRestMinutes,
    quotes: sides,
  });
}

export function houseOrder(
  trader: Trader,
  admission: Admitted,
  terms: { instrument: InstrumentNumber; side: number; priceRank: PriceRank; lots: Lots },
): HouseOrder {
  return sign<HouseOrder>(trader, { kind: TransactionKind.houseOrder, ...admission, ...terms });
}

export function register(trader: Trader, admission: Admitted): Provider {
  return sign<Provider>(trader, { kind: TransactionKind.provider, ...admission, active: 1 });
}

export function settlement(underlying: UnderlyingNumber, expiry: Seconds, price: Price): Settlement {
  const unsigned = {
    kind: TransactionKind.settlement,
    underlying,
    expiry,
    price,
    signers: 2 ** authorities.reporters.length - 1,
  };
  const digest = transactionDigest(separator, { ...unsigned, signatures: [] });
  return { ...unsigned, signatures: authorities.reporters.map((reporter) => reporter.sign(digest)) };
}
