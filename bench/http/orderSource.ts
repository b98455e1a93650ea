import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  domainSeparator,
  formatDecimal,
  fromHex,
  instrumentNumber,
  lots,
  MAX_DEADLINE_AHEAD_SECONDS,
  type Order,
  parseDecimal,
  priceDecimals,
  priceRank,
  quantityDecimals,
  type Seconds,
  SIGNATURE_BYTES,
  Side,
  seconds,
  TimeInForce,
  TransactionKind,
  toHex,
  transactionDigest,
} from "@recourse/protocol";
import type { Trader } from "../../packages/cli/src/demo/transactions.ts";
import { Random } from "../../test/support/random.ts";
import type { Market, Venue } from "./venue.ts";

/** Orders come at most so many ticks from the middle: most meet another, and the book stays small. */
const SPREAD = 4;
const MOST_LOTS = 20;
/** Seconds that are left of the longest deadline, for the clock that goes on while orders are signed. */
const DEADLINE_RESERVE_SECONDS = 5;

interface MadeOrder {
  /** As POST /v1/orders takes it. */
  readonly json: string;
  readonly trader: Trader;
  readonly clientOrderId: number;
}

/** Makes requests that are ready to be sent: signed beforehand, the same each time for one seed and one clock. */
export class OrderSource {
  readonly #venue: Venue;
  readonly #random: Random;
  readonly #separator: Uint8Array;
  readonly #nonces = new Map<Trader, number>();
  #made = 0;
  #files = 0;

  constructor(venue: Venue, seed: number) {
    this.#venue = venue;
    this.#random = new Random(seed);
    this.#separator = domainSeparator(venue.rollup.domain.chainId, fromHex(venue.rollup.domain.rollup));
  }

  /** Writes requests of so many orders each. @returns the file, for the load generator */
  async writeOrders(requests: number, ordersOfRequest: number): Promise<string> {
    const deadline = await this.#deadline();
    return this.#write(
      Array.from({ length: requests }, () => {
        const orders = Array.from({ length: ordersOfRequest }, () => this.#order(deadline, SPREAD).json);
        return `/v1/orders ${ordersOfRequest === 1 ? orders[0] : `{"orders":[${orders.join(",")}]}`}`;
      }),
    );
  }

  /**
   * Writes requests that leave the book as they found it: of three, two are orders that are likely to meet, and one is
   * the cancellation of an order that was made far from the market.
   */
  async writeChurn(rounds: number): Promise<string> {
    const deadline = await this.#deadline();
    const lines: string[] = [];
    const resting: MadeOrder[] = [];
    for (let round = 0; round < rounds; round++) {
      const far = this.#order(deadline, SPREAD, true);
      resting.push(far);
      lines.push(`/v1/orders ${far.json}`, `/v1/orders ${this.#order(deadline, SPREAD).json}`);
      // Cancelled a while after it was sent, so that it rests by then.
      if (resting.length > 200) lines.push(`/v1/cancels ${this.#cancel(deadline, resting.shift()!)}`);
    }
    return this.#write(lines);
  }

  async #deadline(): Promise<Seconds> {
    const { engineTime } = await this.#venue.client.status();
    return seconds(engineTime + MAX_DEADLINE_AHEAD_SECONDS - DEADLINE_RESERVE_SECONDS);
  }

  #write(lines: readonly string[]): string {
    const file = join(this.#venue.folder, `requests-${this.#files++}`);
    writeFileSync(file, lines.join("\n"));
    return file;
  }

  #nonceOf(trader: Trader): number {
    const nonce = this.#nonces.get(trader) ?? 0;
    this.#nonces.set(trader, (nonce + 1) % 2 ** 16);
    return nonce;
  }

  #order(deadline: Seconds, spread: number, isFar = false): MadeOrder {
    const random = this.#random;
    const trader = random.pick(this.#venue.traders);
    const market = random.pick(this.#venue.markets);
    const side = random.below(2) === 0 ? Side.buy : Side.sell;
    const away = isFar ? (side === Side.buy ? -100 : 100) - random.below(50) * (side === Side.buy ? 1 : -1) : 0;
    const clientOrderId = this.#made++;
    const order: Order = {
      kind: TransactionKind.order,
      account: trader.number,
      signer: 0,
      deadline,
      nonce: this.#nonceOf(trader),
      instrument: instrumentNumber(market.instrument),
      side,
      timeInForce: TimeInForce.goodTilCancelled,
      options: 0,
      priceRank: priceRank(market.middleRank + away + random.below(2 * spread + 1) - spread),
      lots: lots(1 + random.below(MOST_LOTS)),
      restMinutes: 0,
      clientOrderId,
      signature: new Uint8Array(SIGNATURE_BYTES),
    };
    const signature = trader.signer.sign(transactionDigest(this.#separator, order));
    return { json: JSON.stringify(wireOrder(order, market, signature)), trader, clientOrderId };
  }

  #cancel(deadline: Seconds, { trader, clientOrderId }: MadeOrder): string {
    const admission = { account: trader.number, deadline, nonce: this.#nonceOf(trader) };
    const cancel = { kind: TransactionKind.cancel, signer: 0, ...admission, clientOrderId } as const;
    const signature = trader.signer.sign(
      transactionDigest(this.#separator, { ...cancel, signature: new Uint8Array(SIGNATURE_BYTES) }),
    );
    return JSON.stringify({ ...admission, clientOrderId, signature: toHex(signature) });
  }
}

function wireOrder(order: Order, { tick, lot }: Market, signature: Uint8Array) {
  const { account, deadline, nonce, instrument, side, priceRank: rank, lots: size, clientOrderId } = order;
  return {
    account,
    deadline,
    nonce,
    instrument,
    side: side === Side.buy ? "buy" : "sell",
    price: formatDecimal(BigInt(rank) * parseDecimal(tick, priceDecimals)!, priceDecimals),
    size: formatDecimal(BigInt(size) * parseDecimal(lot, quantityDecimals)!, quantityDecimals),
    clientOrderId,
    signature: toHex(signature),
  };
}
