import { formatIdentity, type ImportedTrade } from "./deribit/tradeRow.ts";
import { tapeHeader } from "./tape.ts";

/** Where a kept row was: its file among those imported, from 0, and its line there. */
export interface Origin {
  readonly file: number;
  readonly line: number;
}

/** Above any number of lines. */
const lineLimit = 2 ** 32;
const textBytes = 1 << 20;

/**
 * The rows of a tape to be, in memory until all are known, because they come in any order and from several files: for
 * each its text and 40 bytes, in buffers, where they take no more than that.
 */
export class KeptRows {
  readonly instruments = new Set<string>();
  /** Rows that came after one with a later time. */
  reordered = 0;
  readonly #times = new Column();
  readonly #series = new Column();
  readonly #numbers = new Column();
  readonly #origins = new Column();
  /** Where a row's text begins: buffer × textBytes + place; a line break ends it. */
  readonly #starts = new Column();
  readonly #texts: Buffer[] = [];
  #textEnd = textBytes;
  readonly #seriesNumbers = new Map<string, number>();

  get length(): number {
    return this.#times.length;
  }

  add({ timeMs, identity, instrument, row }: ImportedTrade, { file, line }: Origin): void {
    if (this.length > 0 && timeMs < this.#times.at(this.length - 1)) this.reordered++;
    let series = this.#seriesNumbers.get(identity.series);
    if (series === undefined) {
      series = this.#seriesNumbers.size;
      this.#seriesNumbers.set(identity.series, series);
    }
    this.instruments.add(instrument);
    this.#times.push(timeMs);
    this.#series.push(series);
    this.#numbers.push(identity.number);
    this.#origins.push(file * lineLimit + line);
    this.#starts.push(this.#addText(`${row}\n`));
  }

  #addText(text: string): number {
    if (this.#textEnd + text.length > textBytes) {
      this.#texts.push(Buffer.allocUnsafeSlow(textBytes));
      this.#textEnd = 0;
    }
    const start = this.#textEnd;
    this.#textEnd += this.#texts.at(-1)!.write(text, start, "latin1");
    return (this.#texts.length - 1) * textBytes + start;
  }

  /**
   * Puts rows in order: by time, and within a millisecond by the exchange's numbers.
   * @param onDuplicate is told of each row that is of the same trade as one before it, and left out
   * @returns places of rows in the order of their coming
   */
  order(onDuplicate: (id: string, origin: Origin) => void): Uint32Array {
    const names = [...this.#seriesNumbers.keys()];
    const ranks = new Map([...names].sort().map((name, rank) => [name, rank]));
    const rankOf = names.map((name) => ranks.get(name)!);
    const compare = (left: number, right: number): number =>
      this.#times.at(left) - this.#times.at(right) ||
      rankOf[this.#series.at(left)]! - rankOf[this.#series.at(right)]! ||
      this.#numbers.at(left) - this.#numbers.at(right);
    const order = new Uint32Array(this.length);
    for (let place = 0; place < order.length; place++) order[place] = place;
    order.sort((left, right) => compare(left, right) || left - right);
    let count = 0;
    for (const place of order) {
      if (count === 0 || compare(order[count - 1]!, place) !== 0) {
        order[count++] = place;
        continue;
      }
      const origin = this.#origins.at(place);
      const id = formatIdentity({ series: names[this.#series.at(place)]!, number: this.#numbers.at(place) });
      onDuplicate(id, { file: Math.floor(origin / lineLimit), line: origin % lineLimit });
    }
    return order.subarray(0, count);
  }

  timeMs(place: number): number {
    return this.#times.at(place);
  }

  /** The lines of a tape with the rows in an order. */
  *lines(order: Uint32Array): Generator<string> {
    yield tapeHeader;
    for (const place of order) {
      const start = this.#starts.at(place);
      const text = this.#texts[Math.floor(start / textBytes)]!;
      const from = start % textBytes;
      yield text.toString("latin1", from, text.indexOf("\n", from));
    }
  }
}

/** Numbers in blocks, so that a long column is never copied to grow. */
class Column {
  static readonly #blockLength = 1 << 16;
  readonly #blocks: Float64Array[] = [];
  length = 0;

  push(value: number): void {
    const place = this.length++ % Column.#blockLength;
    if (place === 0) this.#blocks.push(new Float64Array(Column.#blockLength));
    this.#blocks.at(-1)![place] = value;
  }

  at(place: number): number {
    return this.#blocks[Math.floor(place / Column.#blockLength)]![place % Column.#blockLength]!;
  }
}
