import {
  type AccountNumber,
  type Admission,
  type Cancel,
  type Cash,
  type ListInstrument,
  type ListUnderlying,
  type Order,
  type Seconds,
  SIGNATURE_BYTES,
  type SignedTransaction,
  seconds,
  TimeInForce,
  type Transaction,
  TransactionKind,
  transactionDigest,
  type Withdraw,
} from "@recourse/protocol";
import type { PlannedParty, PlannedTrade, RiskItem } from "./plan.ts";
import type { Signer } from "./signing.ts";

/** An account of the replay: its number in the engine, and the key of its owner. */
export interface Trader {
  readonly number: AccountNumber;
  readonly signer: Signer;
}

/** Who signs what in a replay. */
export interface Authorities {
  readonly lister: Signer;
  /** The first of the oracle set, as many as a report needs. */
  readonly reporters: readonly Signer[];
}

const onlyGrid = 1;
/** Fees in 1e-6 of the traded value. */
const takerFeeRate = 300;
const makerFeeRate = 100;
/** A listing and a withdrawal may be late by this much of the engine's clock. */
const deadlineAheadSeconds = 300;
const symbolBytes = 8;

type SinglySigned = Extract<SignedTransaction, { readonly signature: Uint8Array }>;

/** Turns what is planned into signed transactions of one deployment. */
export class TransactionFactory {
  readonly #domainSeparator: Uint8Array;
  readonly #authorities: Authorities;

  constructor(domainSeparator: Uint8Array, authorities: Authorities) {
    this.#domainSeparator = domainSeparator;
    this.#authorities = authorities;
  }

  risk(item: RiskItem): Transaction {
    switch (item.type) {
      case "tick":
        return { kind: TransactionKind.tick, time: item.time };
      case "mark":
        return { kind: TransactionKind.mark, instrument: item.instrument };
      case "listUnderlying":
        return this.#sign<ListUnderlying>(this.#authorities.lister, {
          kind: TransactionKind.listUnderlying,
          underlying: item.underlying.number,
          symbol: symbolOf(item.underlying.symbol),
          grid: onlyGrid,
          deadline: seconds(item.time + deadlineAheadSeconds),
        });
      case "listInstrument": {
        const { terms, underlying, tick, lot, minimumNotional } = item.instrument;
        return this.#sign<ListInstrument>(this.#authorities.lister, {
          kind: TransactionKind.listInstrument,
          instrumentKind: terms.kind,
          underlying,
          expiry: terms.expiry,
          strike: terms.strike,
          tick,
          lot,
          minimumNotional,
          takerFeeRate,
          makerFeeRate,
          deadline: seconds(item.time + deadlineAheadSeconds),
        });
      }
      case "report": {
        const report = {
          kind: TransactionKind.report,
          underlying: item.underlying,
          time: item.time,
          index: item.index,
          surfaces: item.surfaces.map(({ expiry, forward, variance }) => ({
            expiry,
            forward,
            a: variance,
            b: 0n,
            rho: 0n,
            m: 0n,
            sigma: 0n,
          })),
          signers: 2 ** this.#authorities.reporters.length - 1,
        };
        const digest = transactionDigest(this.#domainSeparator, { ...report, signatures: [] });
        return { ...report, signatures: this.#authorities.reporters.map((reporter) => reporter.sign(digest)) };
      }
    }
  }

  /** The order that rests until the other one meets it. */
  makerOrder(trade: PlannedTrade, trader: Trader): Order {
    return this.#order(trade, trade.maker, trader, TimeInForce.goodTilCancelled);
  }

  /** The order that is filled at once, or not at all. */
  takerOrder(trade: PlannedTrade, trader: Trader): Order {
    return this.#order(trade, trade.taker, trader, TimeInForce.immediateOrCancel);
  }

  /** Takes back what the taker left of the maker's order. */
  cancel({ row, deadline, cancelNonce }: PlannedTrade, maker: Trader): Cancel {
    return this.#sign<Cancel>(maker.signer, {
      kind: TransactionKind.cancel,
      ...admission(maker, deadline, cancelNonce),
      clientOrderId: row,
    });
  }

  withdraw(trader: Trader, amount: Cash, recipient: Uint8Array, time: Seconds, nonce: number): Withdraw {
    return this.#sign<Withdraw>(trader.signer, {
      kind: TransactionKind.withdraw,
      ...admission(trader, seconds(time + deadlineAheadSeconds), nonce),
      amount,
      recipient,
    });
  }

  #order(trade: PlannedTrade, { side, nonce }: PlannedParty, trader: Trader, timeInForce: number): Order {
    return this.#sign<Order>(trader.signer, {
      kind: TransactionKind.order,
      ...admission(trader, trade.deadline, nonce),
      instrument: trade.instrument.number,
      side,
      timeInForce,
      options: 0,
      priceRank: trade.priceRank,
      lots: trade.lots,
      restMinutes: 0,
      clientOrderId: trade.row,
    });
  }

  #sign<Signed extends SinglySigned>(signer: Signer, unsigned: Omit<Signed, "signature">): Signed {
    const transaction = { ...unsigned, signature: new Uint8Array(SIGNATURE_BYTES) } as unknown as Signed;
    return { ...transaction, signature: signer.sign(transactionDigest(this.#domainSeparator, transaction)) };
  }
}

function admission({ number }: Trader, deadline: Seconds, nonce: number): Omit<Admission, "signature"> {
  return { account: number, signer: 0, deadline, nonce };
}

function symbolOf(text: string): Uint8Array {
  const symbol = new Uint8Array(symbolBytes);
  symbol.set(new TextEncoder().encode(text));
  return symbol;
}
