import { createGenesis } from "@recourse/engine";
import {
  accountNumber,
  type Cancel,
  cash,
  compactSignature,
  domainSeparator,
  encodeDeposit,
  encodeTransaction,
  fromHex,
  type InboxMessage,
  instrumentNumber,
  lots,
  MessageKind,
  type Order,
  priceRank,
  recoverSigner,
  type SignedTransaction,
  seconds,
  TransactionKind,
  toHex,
  transactionDigest,
} from "@recourse/protocol";
import { listInstrument, listUnderlying, markBytes, oracleReport, tickBytes } from "@recourse/sdk";
import type { OrderedStore } from "@recourse/store";
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import { type ChunkProof, type ClosedChunk, LiveState, type SealedBatch } from "../src/execution/liveState.ts";
import type { Execution } from "../src/history/execution.ts";

/** The engine alone, without chain, journal or network. */

export const startTime = 1_700_000_000;
export const domain = { chainId: 31_337, rollup: "0x00000000000000000000000000000000000000aa" } as const;
export const separator = domainSeparator(domain.chainId, fromHex(domain.rollup));

const accountOf = (digit: number): PrivateKeyAccount => privateKeyToAccount(`0x${String(digit).repeat(64)}`);
export const lister = accountOf(1);
export const oracle = accountOf(2);
export const owners = [accountOf(3), accountOf(4)] as const;

export function genesis(): OrderedStore {
  return createGenesis({
    lister: fromHex(lister.address),
    oracles: [fromHex(oracle.address)],
    oracleThreshold: 1,
    maxReportAgeSeconds: 3_600,
    maxMarkAgeSeconds: 3_600,
  });
}

/** A state at the genesis, with what it hands out. */
export function createState(maxChunks = 32, onExecuted: (execution: Execution) => void = () => {}) {
  const chunks: (ClosedChunk & ChunkProof)[] = [];
  const batches: { batch: SealedBatch; after: OrderedStore }[] = [];
  const before = genesis();
  const state = new LiveState({
    store: before.clone(),
    term: { term: 1, era: 0, eraStart: 0, from: { sequence: 0, inboxCursor: 0 } },
    at: { sequence: 0, inboxCursor: 0 },
    domainSeparator: separator,
    nextBatchIndex: 1,
    maxChunks,
    onExecuted,
    onChunkClosed: (chunk, proof) => chunks.push({ ...chunk, ...proof }),
    onBatchSealed: (batch, store) => batches.push({ batch, after: store.clone() }),
  });
  return { state, chunks, batches, before };
}

export function deposit(place: 0 | 1, dollars: number): InboxMessage {
  const owner = fromHex(owners[place].address);
  return {
    kind: MessageKind.deposit,
    sender: owner,
    time: seconds(startTime),
    body: encodeDeposit({ account: accountNumber(place + 1), owner, amount: cash(dollars * 1_000_000) }),
  };
}

/** The transactions that open a market in BTC-PERPETUAL. */
export async function opening(): Promise<Uint8Array[]> {
  const deadline = startTime + 300;
  const bytes = [
    tickBytes(startTime),
    await listUnderlying(lister, domain, { underlying: 1, symbol: "BTC", deadline }),
    await listInstrument(lister, domain, {
      name: "BTC-PERPETUAL",
      underlying: 1,
      tick: "0.5",
      lot: "0.001",
      minimumNotional: "10",
      takerFeeRate: "0.0005",
      makerFeeRate: "0.0001",
      deadline,
    }),
    await oracleReport(domain, { underlying: 1, time: startTime, index: "50000", surfaces: [] }, [
      { place: 0, account: oracle },
    ]),
    markBytes(1),
  ];
  return bytes.map(fromHex);
}

async function sign<Signed extends SignedTransaction & { readonly signature: Uint8Array }>(
  place: 0 | 1,
  transaction: Signed,
): Promise<Uint8Array> {
  const hash = toHex(transactionDigest(separator, transaction));
  const signature = compactSignature(fromHex(await owners[place].sign({ hash })));
  return encodeTransaction({ ...transaction, signature } as Signed);
}

export interface OrderFields {
  readonly side: number;
  readonly rank: number;
  readonly lots: number;
  readonly id: number;
  readonly timeInForce?: number;
  /** The client order id where it is left out. */
  readonly nonce?: number;
}

export function signedOrder(
  place: 0 | 1,
  { side, rank, lots: size, id, timeInForce = 0, nonce = id }: OrderFields,
): Promise<Uint8Array> {
  return sign<Order>(place, {
    kind: TransactionKind.order,
    account: accountNumber(place + 1),
    signer: 0,
    deadline: seconds(startTime + 60),
    nonce,
    instrument: instrumentNumber(1),
    side,
    timeInForce,
    options: 0,
    priceRank: priceRank(rank),
    lots: lots(size),
    restMinutes: 0,
    clientOrderId: id,
    signature: new Uint8Array(64),
  });
}

export function signedCancel(place: 0 | 1, id: number, nonce: number): Promise<Uint8Array> {
  return sign<Cancel>(place, {
    kind: TransactionKind.cancel,
    account: accountNumber(place + 1),
    signer: 0,
    deadline: seconds(startTime + 60),
    nonce,
    clientOrderId: id,
    signature: new Uint8Array(64),
  });
}

export const recover = recoverSigner;
