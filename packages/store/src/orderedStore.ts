import { bitOf, firstDifferentBit, HASH_BYTES, KEY_BITS, KEY_BYTES } from "./bits.ts";
import { ChunkRecord } from "./chunkRecord.ts";
import { MissingNodeError } from "./errors.ts";
import { hashDirtyNodes, MAX_VALUE_BYTES } from "./hashing.ts";
import {
  BRANCH_TOUCH,
  LEAF_BYTE,
  LEAF_TOUCH,
  NODE_CREATE,
  READ,
  RETOUCH,
  SCAN_ENTRY,
  SEARCH,
  VISIT,
  WRITE,
} from "./meter.ts";
import { BARE_HASH, LEAF, NONE, NodeTable } from "./nodeTable.ts";
import { decodeWitness } from "./witness.ts";

/** What the store holds at one key. */
export interface Entry {
  /** 16 bytes. */
  readonly key: Uint8Array;
  /** 1 to 65,535 bytes; the store's own array, not to be written to. */
  readonly value: Uint8Array;
}

const LEAST_KEY = new Uint8Array(KEY_BYTES);

/** The greatest stamp that a node can hold. */
const LAST_STAMP = 0x7fff_ffff;

/**
 * A map from 16-byte keys to short byte values, in key order, committed by a Merkle crit-bit tree. Its Solidity twin is
 * `contracts/src/step/OrderedStore.sol`; `docs/store.md` specifies both.
 *
 * - **Hashing.** The empty tree is 32 zero bytes, a leaf `keccak256(0x00 ‖ key ‖ value)`, a branch
 *   `keccak256(0x01 ‖ bit ‖ left ‖ right)`. A branch tests one bit of the key, which all bits before it do not decide;
 *   0 goes left. So the shape depends on the contents alone.
 * - **Descent.** Every operation begins with one: from the root by the key's bits to a leaf, whatever key that leaf has.
 *   An empty tree is not walked at all. `get` and `delete` visit nothing else; a lifted sibling is not visited.
 * - **Climb.** Where the leaf has another key, that differs first in bit d, `put` and `next` go up again past the branches
 *   that test a bit after d. What they stop below, the last one passed or else the leaf, is the subtree at d: `put` puts
 *   its branch above it.
 * - **next.** If the key has 0 in bit d, the answer is the least leaf of the subtree at d: the walk goes on from the
 *   subtree's left child (or is over, where it is the leaf). If it has 1, the climb goes on past the branches at which
 *   the way went right, and the answer is the least leaf right of the one it stops at: the walk goes on from that one's
 *   right child (or is over without an answer, where no branch is left). It goes on by going left at every branch.
 * - **scan.** It begins with a descent by the key's first bits, those that count, and zeros after them. If the leaf
 *   begins otherwise than the key, the scan is over; else it is the first entry. For each further one the walk goes on
 *   from the right child of the lowest branch at which it last went left, by going left at every branch; where that
 *   branch tests a bit that counts, or there is none, the scan is over.
 * - **Meters.** A get costs READ, a put or delete WRITE, a next or a scan SEARCH, on an empty tree too, and each entry of
 *   a scan SCAN_ENTRY. Each node visited costs VISIT, every time, and its touch where it is the first; each branch passed
 *   in a climb costs VISIT. The chunk meter counts a first touch once in a chunk, and RETOUCH where a later transaction
 *   comes to the node again; the transaction meter counts it once in a transaction, as if nothing had been touched before. Both count what is created: see {@link put}.
 * - **Witness.** What a chunk touches is recorded as it was before the chunk, so that the chunk can be proved.
 *
 * A store made from a witness is a partial tree: what it leaves out is a bare hash, and a walk that comes upon one
 * throws {@link MissingNodeError} and changes nothing but the meters.
 */
export class OrderedStore {
  #nodes = new NodeTable();
  #root = NONE;
  #size = 0;
  /** The running transaction's number: the stamp of the nodes that it touches. Above 0, the stamp of nodes untouched. */
  #transaction = 1;
  /** The number of the chunk's first transaction: a node with a lower stamp is untouched in this chunk. */
  #chunkStart = 1;
  #chunkMeter = 0;
  #transactionMeter = 0;
  /** Of the chunk, when the running transaction began: its meter, and how much was recorded. */
  #chunkMeterBefore = 0;
  #recordedBefore = 0;
  /** Whether the running transaction has changed the store. */
  #hasWritten = false;
  #record = new ChunkRecord(NONE, new Uint8Array(HASH_BYTES));
  /** The branches of the last descent, from the root downward. */
  readonly #path = new Int32Array(KEY_BITS);
  #pathLength = 0;

  /**
   * Makes the partial tree that a witness shows, at the start of a chunk.
   * @param root the hash that the tree must have
   * @throws WitnessError where the bytes are not a witness, or are one of another tree
   */
  static fromWitness(root: Uint8Array, witness: Uint8Array): OrderedStore {
    const decoded = decodeWitness(root, witness);
    const store = new OrderedStore();
    store.#nodes = decoded.nodes;
    store.#root = decoded.root;
    store.#size = decoded.leaves;
    store.beginChunk();
    return store;
  }

  /** Makes a store of some keys and values, in any order, at the start of a chunk. A later value replaces an earlier. */
  static fromEntries(entries: Iterable<readonly [key: Uint8Array, value: Uint8Array]>): OrderedStore {
    const store = new OrderedStore();
    for (const [key, value] of entries) store.put(key, value);
    store.beginChunk();
    return store;
  }

  /** How many leaves there are; in a partial tree, how many are opened. */
  get size(): number {
    return this.#size;
  }

  /** What the chunk has cost so far. */
  get chunkMeter(): number {
    return this.#chunkMeter;
  }

  /** What the running transaction has cost so far, as if it were the chunk's first. */
  get transactionMeter(): number {
    return this.#transactionMeter;
  }

  /** Branches above the leaf that the last get or next came to: what walking to it again visits, but for the leaf. */
  get depth(): number {
    return this.#pathLength;
  }

  /** Starts a chunk and its first transaction: both meters are 0, nothing is touched, and recording starts anew. */
  beginChunk(): void {
    const rootHash = this.root();
    this.beginTransaction();
    this.#chunkStart = this.#transaction;
    this.#chunkMeter = 0;
    this.#record = new ChunkRecord(this.#root, rootHash);
    this.#noteBeginning();
  }

  /** Starts a transaction: its meter is 0, and as far as that goes nothing is touched. */
  beginTransaction(): void {
    if (this.#transaction === LAST_STAMP) {
      this.#nodes.renumberStamps(this.#chunkStart);
      this.#chunkStart = 1;
      this.#transaction = 1;
    }
    this.#transaction++;
    this.#transactionMeter = 0;
    this.#noteBeginning();
  }

  /**
   * Takes the running transaction out of the chunk, as if it had never begun: the chunk's meter, and what it was the
   * first to touch, so that the witness shows nothing of it. Its own meter says nothing until the next one begins.
   * @throws Error where it has changed the store
   */
  forgetTransaction(): void {
    if (this.#hasWritten) throw new Error("A transaction that has changed the store cannot be forgotten.");
    this.#chunkMeter = this.#chunkMeterBefore;
    for (const node of this.#record.truncate(this.#recordedBefore)) this.#nodes.setStamp(node, 0);
  }

  #noteBeginning(): void {
    this.#chunkMeterBefore = this.#chunkMeter;
    this.#recordedBefore = this.#record.count;
    this.#hasWritten = false;
  }

  /** Adds what a rule costs to both meters. */
  charge(units: number): void {
    this.#chunkMeter += units;
    this.#transactionMeter += units;
  }

  /** The value at a key: the store's own array, not to be written to. */
  get(key: Uint8Array): Uint8Array | undefined {
    checkKey(key);
    this.charge(READ);
    if (this.#root === NONE) return undefined;
    const leaf = this.#descend(this.#root, key);
    return firstDifferentBit(key, this.#nodes.keys, leaf * KEY_BYTES) === -1 ? this.#nodes.values[leaf] : undefined;
  }

  /**
   * Sets the value at a key. A value that gets longer costs LEAF_BYTE for each byte more. A new entry costs LEAF_BYTE
   * for each byte and NODE_CREATE for its leaf, and NODE_CREATE again for its branch unless the tree was empty.
   * @param value 1 to 65,535 bytes; from now on the store's own, not to be written to. The key is copied.
   */
  put(key: Uint8Array, value: Uint8Array): void {
    checkKey(key);
    if (value.length === 0 || value.length > MAX_VALUE_BYTES) throw new RangeError("A value has 1 to 65,535 bytes.");
    this.#hasWritten = true;
    this.charge(WRITE);
    const nodes = this.#nodes;
    if (this.#root === NONE) {
      this.#root = this.#addLeaf(key, value);
      return;
    }
    const leaf = this.#descend(this.#root, key);
    const bit = firstDifferentBit(key, nodes.keys, leaf * KEY_BYTES);
    if (bit === -1) {
      const growth = value.length - nodes.values[leaf]!.length;
      if (growth > 0) this.charge(growth * LEAF_BYTE);
      nodes.values[leaf] = value;
      nodes.dirty[leaf] = 1;
      this.#markDirty(this.#pathLength);
      return;
    }
    const depth = this.#climb(bit);
    const sibling = depth === this.#pathLength ? leaf : this.#path[depth]!;
    const created = this.#addLeaf(key, value);
    this.charge(NODE_CREATE);
    const branch =
      bitOf(key, bit) === 1
        ? nodes.addBranch(bit, sibling, created, this.#transaction)
        : nodes.addBranch(bit, created, sibling, this.#transaction);
    this.#replaceChild(depth, key, branch);
    this.#markDirty(depth);
  }

  /**
   * Removes the entry at a key; its sibling takes the place of the branch above the two, unvisited.
   * @returns whether there was one
   */
  delete(key: Uint8Array): boolean {
    checkKey(key);
    this.charge(WRITE);
    if (this.#root === NONE) return false;
    const nodes = this.#nodes;
    const leaf = this.#descend(this.#root, key);
    if (firstDifferentBit(key, nodes.keys, leaf * KEY_BYTES) !== -1) return false;
    this.#hasWritten = true;
    if (this.#pathLength === 0) {
      this.#root = NONE;
    } else {
      const depth = this.#pathLength - 1;
      const branch = this.#path[depth]!;
      const sibling = nodes.childOf(branch, bitOf(key, nodes.kindOf(branch)) ^ 1);
      this.#replaceChild(depth, key, sibling);
      this.#markDirty(depth);
      nodes.release(branch);
    }
    nodes.release(leaf);
    this.#size--;
    return true;
  }

  /** The entry with the least key that is not less than the given one; the key is a copy. */
  next(key: Uint8Array): Entry | undefined {
    checkKey(key);
    this.charge(SEARCH);
    if (this.#root === NONE) return undefined;
    const nodes = this.#nodes;
    const leaf = this.#descend(this.#root, key);
    const bit = firstDifferentBit(key, nodes.keys, leaf * KEY_BYTES);
    if (bit === -1) return this.#entry(leaf);
    const depth = this.#climb(bit);
    if (bitOf(key, bit) === 0) {
      if (depth === this.#pathLength) return this.#entry(leaf);
      return this.#entry(this.#descend(nodes.childOf(this.#path[depth]!, 0), LEAST_KEY, depth + 1));
    }
    let above = depth;
    while (above > 0 && bitOf(key, nodes.kindOf(this.#path[above - 1]!)) === 1) above--;
    this.charge((depth - above) * VISIT);
    if (above === 0) return undefined;
    return this.#entry(this.#descend(nodes.childOf(this.#path[above - 1]!, 1), LEAST_KEY, above));
  }

  /**
   * The entries whose keys begin as a key does, in key order; the store must not change meanwhile. The first entry's leaf
   * is visited at once, each further one when it is asked for; each costs SCAN_ENTRY when it is given.
   * @param bits how many of the key's first bits count, 0 to 128
   */
  scan(key: Uint8Array, bits: number): Generator<Entry, void> {
    checkKey(key);
    this.charge(SEARCH);
    return this.#meteredEntries(this.#scan(key, bits, (node) => this.#visit(node)));
  }

  /** {@link get}, neither metered nor recorded. */
  peek(key: Uint8Array): Uint8Array | undefined {
    checkKey(key);
    if (this.#root === NONE) return undefined;
    const { keys, values } = this.#nodes;
    const leaf = this.#walkDown(this.#root, key, [], (node) => this.#refuseBareHash(node));
    return firstDifferentBit(key, keys, leaf * KEY_BYTES) === -1 ? values[leaf] : undefined;
  }

  /** {@link scan}, neither metered nor recorded. */
  peekScan(key: Uint8Array, bits: number): Generator<Entry, void> {
    checkKey(key);
    return this.#scan(key, bits, (node) => this.#refuseBareHash(node));
  }

  /** The root hash, a copy. Only what has changed is hashed again. */
  root(): Uint8Array {
    if (this.#root === NONE) return new Uint8Array(HASH_BYTES);
    hashDirtyNodes(this.#nodes, this.#root);
    return this.#nodes.hashes.slice(this.#root * HASH_BYTES, (this.#root + 1) * HASH_BYTES);
  }

  /** The witness of what the chunk has touched so far, of the tree as it was at the chunk's start. */
  witness(): Uint8Array {
    return this.#record.witness();
  }

  /**
   * Proves that the root holds an entry: from the leaf upward, for each branch the bit it tests (1 byte) and the hash of
   * the child that is not on the way (32 bytes). Neither metered nor recorded.
   * @throws RangeError where the key is absent
   * @throws MissingNodeError where a partial tree does not show it
   */
  prove(key: Uint8Array): Uint8Array {
    checkKey(key);
    if (this.#root === NONE) throw new RangeError("The key to be proved is absent.");
    this.root();
    const nodes = this.#nodes;
    const { keys, hashes } = nodes;
    const siblings: { readonly bit: number; readonly node: number }[] = [];
    let node = this.#root;
    while (nodes.kindOf(node) < LEAF) {
      const bit = nodes.kindOf(node);
      const side = bitOf(key, bit);
      siblings.push({ bit, node: nodes.childOf(node, side ^ 1) });
      node = nodes.childOf(node, side);
    }
    if (nodes.kindOf(node) === BARE_HASH) throw new MissingNodeError();
    if (firstDifferentBit(key, keys, node * KEY_BYTES) !== -1) throw new RangeError("The key to be proved is absent.");
    const proof = new Uint8Array(siblings.length * (1 + HASH_BYTES));
    let offset = 0;
    for (const sibling of siblings.reverse()) {
      proof[offset] = sibling.bit;
      proof.set(hashes.subarray(sibling.node * HASH_BYTES, (sibling.node + 1) * HASH_BYTES), offset + 1);
      offset += 1 + HASH_BYTES;
    }
    return proof;
  }

  /** A copy with meters and record that shares nothing with this store but values, which nobody writes to. */
  clone(): OrderedStore {
    const copy = new OrderedStore();
    copy.#nodes = this.#nodes.clone();
    copy.#root = this.#root;
    copy.#size = this.#size;
    copy.#transaction = this.#transaction;
    copy.#chunkStart = this.#chunkStart;
    copy.#chunkMeter = this.#chunkMeter;
    copy.#transactionMeter = this.#transactionMeter;
    copy.#chunkMeterBefore = this.#chunkMeterBefore;
    copy.#recordedBefore = this.#recordedBefore;
    copy.#hasWritten = this.#hasWritten;
    copy.#record = this.#record.clone();
    return copy;
  }

  /**
   * All entries in key order, neither metered nor recorded; the store must not change meanwhile.
   * @throws MissingNodeError where a partial tree does not show one
   */
  entries(): Generator<Entry, void> {
    return this.peekScan(LEAST_KEY, 0);
  }

  *#meteredEntries(entries: Iterable<Entry>): Generator<Entry, void> {
    for (const entry of entries) {
      this.charge(SCAN_ENTRY);
      yield entry;
    }
  }

  /** Begins a scan: goes to the first leaf at once, and to the others as they are asked for. */
  #scan(key: Uint8Array, bits: number, visit: (node: number) => void): Generator<Entry, void> {
    if (this.#root === NONE) return this.#scanFrom(undefined, bits, [], visit);
    const prefix = firstBits(key, bits);
    const branches: number[] = [];
    const leaf = this.#walkDown(this.#root, prefix, branches, visit);
    const different = firstDifferentBit(prefix, this.#nodes.keys, leaf * KEY_BYTES);
    const begins = different === -1 || different >= bits;
    return this.#scanFrom(begins ? leaf : undefined, bits, branches, visit);
  }

  /**
   * Goes through a scan's entries.
   * @param first the first leaf, if there is one
   * @param branches those at which the way to it went left, and those above that test a bit which counts
   */
  *#scanFrom(
    first: number | undefined,
    bits: number,
    branches: number[],
    visit: (node: number) => void,
  ): Generator<Entry, void> {
    const nodes = this.#nodes;
    for (let leaf = first; leaf !== undefined; ) {
      yield this.#entry(leaf);
      const branch = branches.pop();
      if (branch === undefined || nodes.kindOf(branch) < bits) return;
      leaf = this.#walkDown(nodes.childOf(branch, 1), LEAST_KEY, branches, visit);
    }
  }

  /** Goes from a node downward by a key's bits, appends the branches on the way to a list, and returns the leaf. */
  #walkDown(from: number, key: Uint8Array, branches: number[], visit: (node: number) => void): number {
    const nodes = this.#nodes;
    let node = from;
    visit(node);
    while (nodes.kindOf(node) !== LEAF) {
      branches.push(node);
      node = nodes.childOf(node, bitOf(key, nodes.kindOf(node)));
      visit(node);
    }
    return node;
  }

  /** Visits one node of a scan. */
  #visit(node: number): void {
    if (this.#nodes.stampOf(node) !== this.#transaction) this.#touch(node);
    this.charge(VISIT);
  }

  #refuseBareHash(node: number): void {
    if (this.#nodes.kindOf(node) === BARE_HASH) throw new MissingNodeError();
  }

  /**
   * Goes from a node downward by a key's bits, visits each node, notes the branches as the path, returns the leaf.
   * @param above how many branches of the path so far are above the node
   */
  #descend(from: number, key: Uint8Array, above = 0): number {
    const nodes = this.#nodes;
    const transaction = this.#transaction;
    const path = this.#path;
    let node = from;
    let depth = above;
    for (;;) {
      // A bare hash is never stamped, so it is always found out here.
      if (nodes.stampOf(node) !== transaction) this.#touch(node);
      const bit = nodes.kindOf(node);
      if (bit === LEAF) break;
      path[depth++] = node;
      node = nodes.childOf(node, bitOf(key, bit));
    }
    this.#pathLength = depth;
    this.charge((depth - above + 1) * VISIT);
    return node;
  }

  /** Charges a node's first touch in the transaction, and in the chunk, if it is that too, or that it was touched. */
  #touch(node: number): void {
    const nodes = this.#nodes;
    const kind = nodes.kindOf(node);
    if (kind === BARE_HASH) throw new MissingNodeError();
    const cost = kind === LEAF ? LEAF_TOUCH + nodes.values[node]!.length * LEAF_BYTE : BRANCH_TOUCH;
    this.#transactionMeter += cost;
    if (nodes.stampOf(node) < this.#chunkStart) {
      this.#chunkMeter += cost;
      this.#record.save(nodes, node);
    } else {
      this.#chunkMeter += RETOUCH;
    }
    nodes.setStamp(node, this.#transaction);
  }

  /** Climbs past the branches that test a bit after the given one, and returns how many of the path are left above. */
  #climb(bit: number): number {
    const nodes = this.#nodes;
    let depth = this.#pathLength;
    while (depth > 0 && nodes.kindOf(this.#path[depth - 1]!) > bit) depth--;
    this.charge((this.#pathLength - depth) * VISIT);
    return depth;
  }

  /** Adds a leaf, touched and charged for. */
  #addLeaf(key: Uint8Array, value: Uint8Array): number {
    this.charge(NODE_CREATE + value.length * LEAF_BYTE);
    this.#size++;
    return this.#nodes.addLeaf(key, value, this.#transaction);
  }

  /** Puts a node where the path towards a key stands at some depth. */
  #replaceChild(depth: number, key: Uint8Array, node: number): void {
    if (depth === 0) {
      this.#root = node;
      return;
    }
    const parent = this.#path[depth - 1]!;
    this.#nodes.setChild(parent, bitOf(key, this.#nodes.kindOf(parent)), node);
  }

  /** Notes that the hashes of the path's first branches are out of date. */
  #markDirty(depth: number): void {
    const { dirty } = this.#nodes;
    for (let index = 0; index < depth; index++) dirty[this.#path[index]!] = 1;
  }

  #entry(leaf: number): Entry {
    const { keys, values } = this.#nodes;
    return { key: keys.slice(leaf * KEY_BYTES, (leaf + 1) * KEY_BYTES), value: values[leaf]! };
  }
}

/** A key's first bits, with zeros after them. */
function firstBits(key: Uint8Array, bits: number): Uint8Array {
  return key.map((byte, index) => byte & (0xff00 >> Math.min(Math.max(bits - 8 * index, 0), 8)));
}

function checkKey(key: Uint8Array): void {
  if (key.length !== KEY_BYTES) throw new RangeError("A key has 16 bytes.");
}
