import {
  type Cancel,
  encodeTransaction,
  formatDecimal,
  fromHex,
  type InstrumentNumber,
  type Order,
  parseDecimal,
  priceDecimals,
  quantityDecimals,
  Side,
  TimeInForce,
  type Transaction,
  TransactionKind,
  toHex,
} from "@recourse/protocol";
import type {
  AcceptedOrder,
  AcceptedTransaction,
  BulkResponse,
  CancelRequest,
  OrderRequest,
  Refused,
  SequencerClient,
  Acknowledgement as WireAcknowledgement,
} from "@recourse/sdk";
import type { PlannedInstrument } from "./plan.ts";
import { poll } from "./polling.ts";
import type { Acknowledgement, SubmissionResult, TransactionResult, Venue } from "./venue.ts";

const patienceMs = 120_000;

/** The sequencer, through its HTTP API: orders and cancels as any trader sends them, the rest as canonical bytes. */
export class HttpVenue implements Venue {
  readonly #client: SequencerClient;
  readonly #instruments: ReadonlyMap<InstrumentNumber, PlannedInstrument>;

  constructor(client: SequencerClient, instruments: readonly PlannedInstrument[]) {
    this.#client = client;
    this.#instruments = new Map(instruments.map((instrument) => [instrument.number, instrument]));
  }

  async submit(transactions: readonly Transaction[]): Promise<SubmissionResult> {
    const response = await poll("A submission", patienceMs, () => this.#send(transactions));
    return this.#resultOf(response, transactions);
  }

  #send(transactions: readonly Transaction[]): Promise<BulkResponse<AcceptedTransaction>> {
    if (transactions.every((transaction) => transaction.kind === TransactionKind.order)) {
      return this.#client.submitOrders(transactions.map((order) => this.#orderRequest(order)));
    }
    if (transactions.every((transaction) => transaction.kind === TransactionKind.cancel)) {
      return this.#client.cancelOrders(transactions.map(cancelRequest));
    }
    return this.#client.submitTransactions(transactions.map((transaction) => toHex(encodeTransaction(transaction))));
  }

  #orderRequest(order: Order): OrderRequest {
    const { name, tick, lot } = this.#instruments.get(order.instrument)!;
    return {
      ...admissionRequest(order),
      instrument: name,
      side: order.side === Side.buy ? "buy" : "sell",
      timeInForce: order.timeInForce === TimeInForce.immediateOrCancel ? "immediate_or_cancel" : "good_til_cancelled",
      price: formatDecimal(BigInt(order.priceRank) * BigInt(tick), priceDecimals),
      size: formatDecimal(BigInt(order.lots) * BigInt(lot), quantityDecimals),
      clientOrderId: order.clientOrderId,
    };
  }

  #resultOf(response: BulkResponse<AcceptedTransaction>, transactions: readonly Transaction[]): SubmissionResult {
    const results = response.results.map((entry, place) => this.#transactionResult(entry, transactions[place]!));
    return { results, acknowledgement: readAcknowledgement(response) };
  }

  #transactionResult(entry: AcceptedTransaction | Refused, transaction: Transaction): TransactionResult {
    if ("error" in entry) return { isAccepted: false, reason: entry.error.code };
    if (transaction.kind !== TransactionKind.order) return { isAccepted: true, position: entry.position, fills: [] };
    const { tick, lot } = this.#instruments.get(transaction.instrument)!;
    const fills = (entry as AcceptedOrder).fills.map(({ price, size }) => ({
      priceRank: Number(parseDecimal(price, priceDecimals)! / BigInt(tick)),
      lots: Number(parseDecimal(size, quantityDecimals)! / BigInt(lot)),
    }));
    return { isAccepted: true, position: entry.position, fills };
  }
}

/** Reads what a response says in the sequencer's name; nothing where it accepted nothing. */
export function readAcknowledgement(response: Partial<WireAcknowledgement>): Acknowledgement | undefined {
  const { previousRunningHash, preconfirmation, following } = response;
  if (previousRunningHash === undefined || preconfirmation === undefined || following === undefined) return undefined;
  return {
    term: preconfirmation.term,
    position: preconfirmation.position,
    runningHash: fromHex(preconfirmation.runningHash),
    signature: fromHex(preconfirmation.signature),
    previousRunningHash: fromHex(previousRunningHash),
    following: following.map(fromHex),
  };
}

function admissionRequest({ account, signer, deadline, nonce, signature }: Order | Cancel) {
  return { account, signer, deadline, nonce, signature: toHex(signature) };
}

function cancelRequest(cancel: Cancel): CancelRequest {
  return { ...admissionRequest(cancel), clientOrderId: cancel.clientOrderId };
}
