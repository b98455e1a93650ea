import { extendInboxHash, fromHex, type InboxMessage, RecourseError, type Seconds, toHex } from "@recourse/protocol";
import type { Layer1 } from "./layer1.ts";

/** Blocks whose logs are asked for at once: providers refuse larger ranges. */
const BLOCKS_A_REQUEST = 2_000n;

export interface InboxBatch {
  readonly messages: readonly InboxMessage[];
  /** The L1 block of the last of them. */
  readonly l1Block: bigint;
}

/** Reads the inbox's messages from L1 in order, each once, and checks each against the inbox's rolling hash. */
export class InboxReader {
  readonly #layer1: Layer1;
  readonly #confirmations: number;
  #cursor: number;
  #rollingHash: Uint8Array;
  #nextBlock: bigint;

  private constructor(layer1: Layer1, confirmations: number, cursor: number, rollingHash: Uint8Array, block: bigint) {
    this.#layer1 = layer1;
    this.#confirmations = confirmations;
    this.#cursor = cursor;
    this.#rollingHash = rollingHash;
    this.#nextBlock = block;
  }

  /**
   * @param confirmations blocks, its own among them, that a message must have
   * @param cursor messages that have been read before
   * @param fromBlock no message after those is in an earlier block
   */
  static async open(layer1: Layer1, confirmations: number, cursor: number, fromBlock: bigint): Promise<InboxReader> {
    return new InboxReader(layer1, confirmations, cursor, fromHex(await layer1.readInboxHash(cursor)), fromBlock);
  }

  /**
   * Reads what has been queued and confirmed since the last call.
   * @param newestBlock the chain's newest block
   * @throws RecourseError `InboxDiffers` where the logs are not those that the inbox has hashed
   */
  async read(newestBlock: bigint): Promise<InboxBatch | undefined> {
    const confirmed = newestBlock - BigInt(Math.max(this.#confirmations, 1)) + 1n;
    while (this.#nextBlock <= confirmed) {
      const lastBlock = this.#nextBlock + BLOCKS_A_REQUEST - 1n;
      const toBlock = lastBlock < confirmed ? lastBlock : confirmed;
      const events = await this.#layer1.readMessages(this.#nextBlock, toBlock);
      this.#nextBlock = toBlock + 1n;
      const fresh = events.filter(({ index }) => Number(index) >= this.#cursor);
      if (fresh.length === 0) continue;
      const messages = fresh.map(({ index, kind, sender, time, body, rollingHash }) => {
        const message: InboxMessage = { kind, sender: fromHex(sender), time: time as Seconds, body: fromHex(body) };
        this.#rollingHash = extendInboxHash(this.#rollingHash, message);
        if (Number(index) !== this.#cursor || toHex(this.#rollingHash) !== rollingHash) {
          throw new RecourseError(
            "InboxDiffers",
            `The log of inbox message ${index} is not what the inbox has hashed.`,
          );
        }
        this.#cursor++;
        return message;
      });
      return { messages, l1Block: fresh.at(-1)!.blockNumber };
    }
    return undefined;
  }
}
