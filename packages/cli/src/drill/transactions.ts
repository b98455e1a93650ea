import {
  accountNumber,
  cash,
  encodeTransaction,
  InstrumentKind,
  instrumentNumber,
  lots,
  type Price,
  price,
  priceRank,
  quantity,
  type Report,
  type Settlement,
  type SignedTransaction,
  type Surface,
  seconds,
  type Transaction,
  TransactionKind,
  transactionDigest,
  underlyingNumber,
} from "@recourse/protocol";
import type { Signer } from "../demo/signing.ts";

/** An account and a key that signs for it. */
export interface Trader {
  readonly number: number;
  readonly signer: Signer;
  /** The number of a session key; where it is left out, the key is the owner's. */
  readonly session?: number;
}

export interface OrderTerms {
  readonly instrument: number;
  readonly side: number;
  readonly rank: number;
  readonly lots: number;
  /** Immediate or cancel. */
  readonly immediate?: boolean;
  /** Where it is left out, by `immediate`. */
  readonly timeInForce?: number;
  readonly options?: number;
  readonly restMinutes?: number;
  /** Where they are left out, the next that is free. */
  readonly clientOrderId?: number;
  readonly nonce?: number;
  /** Where it is left out, shortly after the clock. */
  readonly deadline?: number;
}

/** What a conditional order waits for, and the era for which it is signed. */
export interface TriggerTerms {
  readonly era: number;
  readonly triggerPrice: number;
  /** A `TriggerDirection`. */
  readonly triggerDirection: number;
}

/** A leg of a block trade; the side is the taker's. */
export type LegTerms = Pick<OrderTerms, "instrument" | "side" | "rank" | "lots">;

/** The quote of one instrument; a side that is left out has no lots. */
export interface QuoteTerms {
  readonly instrument: number;
  readonly bid?: { readonly rank: number; readonly lots: number };
  readonly ask?: { readonly rank: number; readonly lots: number };
}

export interface InstrumentTerms {
  readonly kind: InstrumentKind;
  readonly underlying: number;
  /** 0 for a perpetual, as is the strike. */
  readonly expiry: number;
  readonly strike: number;
}

const noSignature = new Uint8Array(64);
const yearSeconds = 31_536_000n;
const DEADLINE_AHEAD_SECONDS = 200;

/** Writes and signs the transactions of one deployment. Nonces and client order ids are given out in order. */
export class Desk {
  /** The engine's clock, as far as whoever signs knows it. */
  clock = 0;
  readonly #domainSeparator: Uint8Array;
  readonly #lister: Signer;
  readonly #oracles: readonly Signer[];
  #counter = 0;

  constructor(domainSeparator: Uint8Array, lister: Signer, oracles: readonly Signer[]) {
    this.#domainSeparator = domainSeparator;
    this.#lister = lister;
    this.#oracles = oracles;
  }

  get nextNumber(): number {
    return ++this.#counter;
  }

  order(trader: Trader, terms: OrderTerms): Uint8Array {
    const number = this.nextNumber;
    return this.#sign(trader.signer, {
      kind: TransactionKind.order,
      ...this.#admission(trader, terms.nonce ?? number, terms.deadline),
      ...this.#terms(number, terms),
    });
  }

  /** A new order in place of one that rests. */
  replace(trader: Trader, replacedClientOrderId: number, terms: OrderTerms): Uint8Array {
    const number = this.nextNumber;
    return this.#sign(trader.signer, {
      kind: TransactionKind.replace,
      ...this.#admission(trader, number, terms.deadline),
      ...this.#terms(number, terms),
      replacedClientOrderId,
    });
  }

  #terms(number: number, terms: OrderTerms) {
    return {
      instrument: instrumentNumber(terms.instrument),
      side: terms.side,
      timeInForce: terms.timeInForce ?? (terms.immediate === true ? 1 : 0),
      options: terms.options ?? 0,
      priceRank: priceRank(terms.rank),
      lots: lots(terms.lots),
      restMinutes: terms.restMinutes ?? 0,
      clientOrderId: terms.clientOrderId ?? number,
    };
  }

  /** An order that waits for a mark. */
  conditional(trader: Trader, terms: OrderTerms & TriggerTerms): Uint8Array {
    const number = this.nextNumber;
    return this.#sign(trader.signer, {
      kind: TransactionKind.conditional,
      ...this.#admission(trader, terms.nonce ?? number, terms.deadline),
      ...this.#terms(number, terms),
      era: terms.era,
      triggerPrice: price(terms.triggerPrice),
      triggerDirection: terms.triggerDirection,
    });
  }

  /** Takes back what an account has signed with a nonce and a deadline. */
  revoke(trader: Trader, revokedNonce: number, revokedDeadline: number): Uint8Array {
    return this.#sign(trader.signer, {
      kind: TransactionKind.revoke,
      ...this.#admission(trader, this.nextNumber),
      revokedDeadline: seconds(revokedDeadline),
      revokedNonce,
    });
  }

  /** A block of several legs, signed by both parties. */
  blockTrade(taker: Trader, maker: Trader, legs: readonly LegTerms[]): Uint8Array {
    const makerAdmission = this.#admission(maker, this.nextNumber);
    const unsigned = {
      kind: TransactionKind.blockTrade,
      ...this.#admission(taker, this.nextNumber),
      makerAccount: makerAdmission.account,
      makerSigner: makerAdmission.signer,
      makerNonce: makerAdmission.nonce,
      legs: legs.map(({ instrument, side, rank, lots: size }) => ({
        instrument: instrumentNumber(instrument),
        side,
        priceRank: priceRank(rank),
        lots: lots(size),
      })),
      signature: noSignature,
      makerSignature: noSignature,
    };
    const digest = transactionDigest(this.#domainSeparator, unsigned);
    return encodeTransaction({
      ...unsigned,
      signature: taker.signer.sign(digest),
      makerSignature: maker.signer.sign(digest),
    });
  }

  quotes(trader: Trader, quotes: readonly QuoteTerms[], restMinutes = 0): Uint8Array {
    const none = { rank: 0, lots: 0 };
    return this.#sign(trader.signer, {
      kind: TransactionKind.quotes,
      ...this.#admission(trader, this.nextNumber),
      restMinutes,
      quotes: quotes.map(({ instrument, bid = none, ask = none }) => ({
        instrument: instrumentNumber(instrument),
        bidPriceRank: priceRank(bid.rank),
        bidLots: lots(bid.lots),
        askPriceRank: priceRank(ask.rank),
        askLots: lots(ask.lots),
      })),
    });
  }

  /** @param instrument 0 for all */
  cancelAll(trader: Trader, instrument: number): Uint8Array {
    return this.#sign(trader.signer, {
      kind: TransactionKind.cancelAll,
      ...this.#admission(trader, this.nextNumber),
      instrument: instrumentNumber(instrument),
    });
  }

  /** Registers a session key. */
  session(owner: Trader, number: number, key: Uint8Array, scope: number, expiry: number): Uint8Array {
    return this.#sign(owner.signer, {
      kind: TransactionKind.session,
      ...this.#admission(owner, this.nextNumber),
      number,
      key,
      scope,
      expiry: seconds(expiry),
    });
  }

  cancel(trader: Trader, clientOrderId: number, deadline?: number): Uint8Array {
    return this.#sign(trader.signer, {
      kind: TransactionKind.cancel,
      ...this.#admission(trader, this.nextNumber, deadline),
      clientOrderId,
    });
  }

  withdraw(trader: Trader, amount: number): Uint8Array {
    return this.#sign(trader.signer, {
      kind: TransactionKind.withdraw,
      ...this.#admission(trader, this.nextNumber),
      amount: cash(amount),
      recipient: trader.signer.address,
    });
  }

  /** @param provider 0 is the house */
  liquidate(account: number, provider: number): Uint8Array {
    const kind = TransactionKind.liquidate;
    return encodeTransaction({ kind, account: accountNumber(account), provider: accountNumber(provider) });
  }

  /** Buys from the house, or sells to it. */
  houseOrder(trader: Trader, terms: Pick<OrderTerms, "instrument" | "side" | "rank" | "lots">): Uint8Array {
    return this.#sign(trader.signer, {
      kind: TransactionKind.houseOrder,
      ...this.#admission(trader, this.nextNumber),
      instrument: instrumentNumber(terms.instrument),
      side: terms.side,
      priceRank: priceRank(terms.rank),
      lots: lots(terms.lots),
    });
  }

  settle(account: number, instrument: number): Uint8Array {
    const kind = TransactionKind.settle;
    return encodeTransaction({ kind, account: accountNumber(account), instrument: instrumentNumber(instrument) });
  }

  prune(instrument: number): Uint8Array {
    return encodeTransaction({ kind: TransactionKind.prune, instrument: instrumentNumber(instrument) });
  }

  /** Declares an account a liquidity provider, or no longer one. */
  provider(trader: Trader, active = 1): Uint8Array {
    const kind = TransactionKind.provider;
    return this.#sign(trader.signer, { kind, ...this.#admission(trader, this.nextNumber), active });
  }

  tick(time: number): Uint8Array {
    return encodeTransaction({ kind: TransactionKind.tick, time: seconds(time) });
  }

  mark(instrument: number): Uint8Array {
    return encodeTransaction({ kind: TransactionKind.mark, instrument: instrumentNumber(instrument) });
  }

  report(underlying: number, time: number, index: number, surfaces: readonly Surface[]): Uint8Array {
    const report = {
      kind: TransactionKind.report,
      underlying: underlyingNumber(underlying),
      time: seconds(time),
      index: price(index),
      surfaces,
    };
    return this.#signByOracles(report);
  }

  /** The oracles' settlement price of an expiry. */
  settlement(underlying: number, expiry: number, settlementPrice: number): Uint8Array {
    return this.#signByOracles({
      kind: TransactionKind.settlement,
      underlying: underlyingNumber(underlying),
      expiry: seconds(expiry),
      price: price(settlementPrice),
    });
  }

  listUnderlying(underlying: number, symbol: string): Uint8Array {
    const bytes = new Uint8Array(8);
    bytes.set(new TextEncoder().encode(symbol));
    return this.#sign(this.#lister, {
      kind: TransactionKind.listUnderlying,
      underlying: underlyingNumber(underlying),
      symbol: bytes,
      grid: 1,
      deadline: seconds(this.clock + DEADLINE_AHEAD_SECONDS),
    });
  }

  listInstrument({ kind, underlying, expiry, strike }: InstrumentTerms): Uint8Array {
    const isPerpetual = kind === InstrumentKind.perpetual;
    return this.#sign(this.#lister, {
      kind: TransactionKind.listInstrument,
      instrumentKind: kind,
      underlying: underlyingNumber(underlying),
      expiry: seconds(expiry),
      strike: price(strike),
      tick: price(isPerpetual ? 1_000_000 : 500_000),
      lot: quantity(isPerpetual ? 1_000_000 : 2_000_000),
      minimumNotional: cash(1_000),
      takerFeeRate: 300,
      makerFeeRate: 100,
      deadline: seconds(this.clock + DEADLINE_AHEAD_SECONDS),
    });
  }

  #admission(trader: Trader, nonce: number, deadline = this.clock + DEADLINE_AHEAD_SECONDS) {
    const { number, session: signer = 0 } = trader;
    return { account: accountNumber(number), signer, deadline: seconds(deadline), nonce: nonce % 2 ** 16 };
  }

  #signByOracles(unsigned: object): Uint8Array {
    const signers = 2 ** this.#oracles.length - 1;
    const transaction = { ...unsigned, signers, signatures: [] } as unknown as Report | Settlement;
    const digest = transactionDigest(this.#domainSeparator, transaction);
    return encodeTransaction({ ...transaction, signatures: this.#oracles.map((oracle) => oracle.sign(digest)) });
  }

  #sign(signer: Signer, unsigned: object): Uint8Array {
    const transaction = { ...unsigned, signature: noSignature } as unknown as SignedTransaction;
    const signature = signer.sign(transactionDigest(this.#domainSeparator, transaction));
    return encodeTransaction({ ...transaction, signature } as Transaction);
  }
}

/** A surface of the same volatility at every strike: a = iv² τ in 1e-15. */
export function flatSurface(expiry: number, forward: number, volatilityPercent: number, time: number): Surface {
  const a = (BigInt(volatilityPercent) ** 2n * BigInt(expiry - time) * 10n ** 11n) / yearSeconds;
  return { expiry: seconds(expiry), forward: price(forward) as Price, a, b: 0n, rho: 0n, m: 0n, sigma: 0n };
}
