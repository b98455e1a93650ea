import { HASH_BYTES, KEY_BYTES } from "./bits.ts";
import { enlarged, LEAF, NONE, type NodeTable } from "./nodeTable.ts";
import {
  BARE_HASH_ITEM,
  BARE_HASH_ITEM_BYTES,
  BRANCH_ITEM,
  BRANCH_ITEM_BYTES,
  LEAF_ITEM,
  LEAF_ITEM_BYTES,
} from "./witness.ts";

/** An image holds a branch's two child hashes, or a leaf's key. */
const IMAGE_BYTES = 2 * HASH_BYTES;

const INITIAL_CAPACITY = 64;

/** What writing a witness does with an image; a pending step is its image's number times {@link STEPS} plus one of these. */
const OPEN = 0;
const CLOSE = 1;
const BARE_LEFT = 2;
const BARE_RIGHT = 3;
const STEPS = 4;

/**
 * What a chunk has touched, as it was before the chunk: enough to write the chunk's witness whatever has been changed
 * since. A node is saved when it is first touched. At that moment everything below it is as the chunk found it, since
 * changes are made below touched nodes only.
 */
export class ChunkRecord {
  readonly #root: number;
  readonly #rootHash: Uint8Array;
  #count = 0;
  #nodes = new Int32Array(INITIAL_CAPACITY);
  #kinds = new Uint8Array(INITIAL_CAPACITY);
  #lefts = new Int32Array(INITIAL_CAPACITY);
  #rights = new Int32Array(INITIAL_CAPACITY);
  #images = new Uint8Array(INITIAL_CAPACITY * IMAGE_BYTES);
  #values: (Uint8Array | undefined)[] = [];

  /**
   * @param root the root node at the chunk's start; {@link NONE} for the empty tree
   * @param rootHash its hash
   */
  constructor(root: number, rootHash: Uint8Array) {
    this.#root = root;
    this.#rootHash = rootHash;
  }

  /** Saves a leaf or branch that the chunk is about to touch for the first time. */
  save(nodes: NodeTable, node: number): void {
    const image = this.#count++;
    if (image === this.#nodes.length) this.#grow();
    const start = image * IMAGE_BYTES;
    this.#nodes[image] = node;
    this.#kinds[image] = nodes.kindOf(node);
    this.#values.push(nodes.values[node]);
    if (nodes.kindOf(node) === LEAF) {
      const from = node * KEY_BYTES;
      for (let index = 0; index < KEY_BYTES; index++) this.#images[start + index] = nodes.keys[from + index]!;
      return;
    }
    const left = nodes.childOf(node, 0);
    const right = nodes.childOf(node, 1);
    this.#lefts[image] = left;
    this.#rights[image] = right;
    const fromLeft = left * HASH_BYTES;
    const fromRight = right * HASH_BYTES;
    for (let index = 0; index < HASH_BYTES; index++) {
      this.#images[start + index] = nodes.hashes[fromLeft + index]!;
      this.#images[start + HASH_BYTES + index] = nodes.hashes[fromRight + index]!;
    }
  }

  /** How many leaves and branches are saved. */
  get count(): number {
    return this.#count;
  }

  /**
   * Forgets what was saved last.
   * @param count how many are kept
   * @returns the nodes that were forgotten
   */
  truncate(count: number): Int32Array {
    const forgotten = this.#nodes.slice(count, this.#count);
    this.#count = count;
    this.#values.length = count;
    return forgotten;
  }

  /** Writes the witness of the tree before the chunk: what is saved is opened, all else is a bare hash. */
  witness(): Uint8Array {
    if (this.#root === NONE) return new Uint8Array(0);
    const imageOf = new Map<number, number>();
    for (let image = 0; image < this.#count; image++) imageOf.set(this.#nodes[image]!, image);
    const rootImage = imageOf.get(this.#root);
    if (rootImage === undefined) return new Uint8Array([BARE_HASH_ITEM, ...this.#rootHash]);

    const witness = new Uint8Array(this.#witnessBytes());
    let length = 0;
    const pending = [rootImage * STEPS + OPEN];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const step = next % STEPS;
      const image = (next - step) / STEPS;
      const start = image * IMAGE_BYTES;
      const value = this.#values[image];
      if (step === OPEN && value !== undefined) {
        witness[length] = LEAF_ITEM;
        witness[length + 1] = value.length >> 8;
        witness[length + 2] = value.length & 0xff;
        witness.set(this.#images.subarray(start, start + KEY_BYTES), length + 3);
        witness.set(value, length + LEAF_ITEM_BYTES);
        length += LEAF_ITEM_BYTES + value.length;
      } else if (step === OPEN) {
        const left = imageOf.get(this.#lefts[image]!);
        const right = imageOf.get(this.#rights[image]!);
        // The last one pushed is the first one written: left, right, then the branch itself.
        pending.push(image * STEPS + CLOSE);
        pending.push(right === undefined ? image * STEPS + BARE_RIGHT : right * STEPS + OPEN);
        pending.push(left === undefined ? image * STEPS + BARE_LEFT : left * STEPS + OPEN);
      } else if (step === CLOSE) {
        witness[length] = BRANCH_ITEM;
        witness[length + 1] = this.#kinds[image]!;
        length += BRANCH_ITEM_BYTES;
      } else {
        const hashStart = step === BARE_LEFT ? start : start + HASH_BYTES;
        witness[length] = BARE_HASH_ITEM;
        witness.set(this.#images.subarray(hashStart, hashStart + HASH_BYTES), length + 1);
        length += BARE_HASH_ITEM_BYTES;
      }
    }
    return witness;
  }

  clone(): ChunkRecord {
    const copy = new ChunkRecord(this.#root, this.#rootHash);
    copy.#count = this.#count;
    copy.#nodes = this.#nodes.slice();
    copy.#kinds = this.#kinds.slice();
    copy.#lefts = this.#lefts.slice();
    copy.#rights = this.#rights.slice();
    copy.#images = this.#images.slice();
    copy.#values = this.#values.slice();
    return copy;
  }

  /** The length of a witness that opens everything saved: a tree has one branch fewer than leaves and bare hashes. */
  #witnessBytes(): number {
    let branches = 0;
    let leafBytes = 0;
    for (const value of this.#values) {
      if (value === undefined) branches++;
      else leafBytes += LEAF_ITEM_BYTES + value.length;
    }
    const leaves = this.#count - branches;
    return branches * BRANCH_ITEM_BYTES + leafBytes + (branches + 1 - leaves) * BARE_HASH_ITEM_BYTES;
  }

  #grow(): void {
    const capacity = this.#nodes.length * 2;
    this.#nodes = enlarged(this.#nodes, new Int32Array(capacity));
    this.#kinds = enlarged(this.#kinds, new Uint8Array(capacity));
    this.#lefts = enlarged(this.#lefts, new Int32Array(capacity));
    this.#rights = enlarged(this.#rights, new Int32Array(capacity));
    this.#images = enlarged(this.#images, new Uint8Array(capacity * IMAGE_BYTES));
  }
}
