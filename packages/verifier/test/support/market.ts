import { createGenesis, executeChunk, type GenesisParameters } from "@recourse/engine";
import {
  ChunkKind,
  concatBytes,
  encodeMessages,
  type Hash,
  type InboxMessage,
  type StepContext,
  toHex,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import {
  depositMessage,
  genesisParameters,
  markBytes,
  separator,
  signedCancel,
  signedListing,
  signedOrder,
  signedReport,
  signedUnderlying,
  signer,
  tickBytes,
} from "../../../../test/support/world.ts";

/** A day of March 2020, so that no tick is ever ahead of a chain's clock. */
const startSeconds = 1_583_971_200;
export const traders = [signer(1), signer(2)] as const;

export interface ChunkPlan {
  readonly kind: ChunkKind;
  readonly bytes: Uint8Array;
  /** Inbox messages, in a bridge chunk. */
  readonly messages: number;
}

/** What a sequencer states of a batch when it posts it. */
export interface BatchPlan {
  readonly time: number;
  readonly chunks: { kind: ChunkKind; messages: number; postRoot: Hash }[];
  readonly data: Uint8Array[];
}

/**
 * A sequencer reduced to its engine: it executes chunks on its own state and says what to post. Its market is always the
 * same: two traders, a perpetual, an order a second from each.
 */
export class Market {
  readonly store: OrderedStore;
  context: StepContext;
  #second = 0;
  #nonce = 0;

  constructor(domainSeparator = separator, parameters: GenesisParameters = genesisParameters) {
    this.store = createGenesis(parameters);
    this.context = { era: 0, eraStart: 0, term: 1, batchTime: 0, domainSeparator };
  }

  get time(): number {
    return startSeconds + this.#second;
  }

  /** A copy that goes on by itself. */
  clone(): Market {
    const copy = new Market(this.context.domainSeparator);
    Object.assign(copy, { store: this.store.clone(), context: this.context });
    copy.#second = this.#second;
    copy.#nonce = this.#nonce;
    return copy;
  }

  deposits(): InboxMessage[] {
    return traders.map(({ address }, place) => depositMessage(place + 1, address, 1_000_000_000_000));
  }

  bridge(messages: readonly InboxMessage[]): ChunkPlan {
    return { kind: ChunkKind.bridge, bytes: encodeMessages(messages), messages: messages.length };
  }

  /** Lists the perpetual and marks it. */
  opening(): ChunkPlan {
    const { time } = this;
    const domain = this.context.domainSeparator;
    return this.#risk(
      tickBytes(time),
      signedUnderlying({ underlying: 1, symbol: "BTC", deadline: time + 60, domain }),
      signedListing({ underlying: 1, name: "BTC-PERPETUAL", deadline: time + 60, domain }),
      signedReport({ underlying: 1, time, index: 7961_00000000, domain }),
      markBytes(1),
    );
  }

  tick(): ChunkPlan {
    this.#second++;
    return this.#risk(tickBytes(this.time));
  }

  /** Orders of both traders, some of which meet; every fifth is followed by a cancel. */
  orders(count: number): ChunkPlan {
    const parts: Uint8Array[] = [];
    const domain = this.context.domainSeparator;
    const deadline = this.time + 60;
    for (let place = 0; place < count; place++) {
      const side = place % 2;
      const key = traders[side]!;
      const account = side + 1;
      const nonce = ++this.#nonce;
      const rank = 796_100 + (place % 3) - 1;
      parts.push(
        signedOrder({ account, key, instrument: 1, side, rank, lots: 2 + (place % 4), deadline, nonce, domain }),
      );
      if (place % 5 === 4) {
        parts.push(signedCancel({ account, key, deadline, nonce: ++this.#nonce, clientOrderId: nonce, domain }));
      }
    }
    return { kind: ChunkKind.trade, bytes: concatBytes(...parts), messages: 0 };
  }

  /** Executes chunks and states their roots. */
  batch(...chunks: readonly ChunkPlan[]): BatchPlan {
    const context = { ...this.context, batchTime: this.time };
    return {
      time: this.time,
      chunks: chunks.map(({ kind, bytes, messages }) => {
        executeChunk(this.store, context, kind, bytes);
        return { kind, messages, postRoot: toHex(this.store.root()) };
      }),
      data: chunks.map(({ kind, bytes }) => (kind === ChunkKind.bridge ? new Uint8Array(0) : bytes)),
    };
  }

  #risk(...transactions: Uint8Array[]): ChunkPlan {
    return { kind: ChunkKind.risk, bytes: concatBytes(...transactions), messages: 0 };
  }
}

/** The same batch with another root at one of its chunks. */
export function withRoot(plan: BatchPlan, chunkIndex: number, postRoot: Hash): BatchPlan {
  return {
    ...plan,
    chunks: plan.chunks.map((chunk, place) => (place === chunkIndex ? { ...chunk, postRoot } : chunk)),
  };
}

export const wrongRoot: Hash = `0x${"bad0".repeat(16)}`;
