import { HASH_BYTES, KEY_BYTES } from "./bits.ts";

/** The kind of a leaf; a branch's kind is the bit that it tests, 0 to 127. */
export const LEAF = 128;

/** The kind of a node of which only the hash is known. */
export const BARE_HASH = 129;

/** The kind of a place that is free for a new node. */
const FREE = 255;

/** No node: the root of an empty tree, the end of the list of free places. */
export const NONE = -1;

const INITIAL_CAPACITY = 64;

/** What a node's place in the column of links holds. */
const LINKS = 4;
const KIND = 0;
const LEFT = 1;
const STAMP = 3;

/**
 * The nodes of one tree, as columns: a node is a number, its place in each column. Arrays of numbers instead of objects
 * make a tree of a hundred thousand leaves cheap to walk and to copy, and leave nothing to the garbage collector. What a
 * walk reads of a node lies together, so that it is one access to memory.
 */
export class NodeTable {
  /** Four numbers for each node: its kind, a branch's left and right child, its stamp. */
  #links = new Int32Array(INITIAL_CAPACITY * LINKS);
  /** 1 where the hash is out of date; then it is so in every node above, too. */
  dirty = new Uint8Array(INITIAL_CAPACITY);
  /** Every node's hash, 32 bytes each. */
  hashes = new Uint8Array(INITIAL_CAPACITY * HASH_BYTES);
  /** Every leaf's key, 16 bytes each. */
  keys = new Uint8Array(INITIAL_CAPACITY * KEY_BYTES);
  /** Every leaf's value; the arrays are never written to, so copies of a tree share them. */
  values: (Uint8Array | undefined)[] = [];

  #used = 0;
  /** The first free place; the others follow as left children. */
  #free = NONE;

  /** {@link LEAF}, {@link BARE_HASH}, or the bit that a branch tests. */
  kindOf(node: number): number {
    return this.#links[node * LINKS + KIND]!;
  }

  /** A branch's child on a side: 0 is left, where the bit is 0, and 1 is right. */
  childOf(node: number, side: number): number {
    return this.#links[node * LINKS + LEFT + side]!;
  }

  setChild(node: number, side: number, child: number): void {
    this.#links[node * LINKS + LEFT + side] = child;
  }

  /** The transaction that last touched the node; 0 where none did. */
  stampOf(node: number): number {
    return this.#links[node * LINKS + STAMP]!;
  }

  setStamp(node: number, stamp: number): void {
    this.#links[node * LINKS + STAMP] = stamp;
  }

  /** Adds a leaf, its hash still to be computed. */
  addLeaf(key: Uint8Array, value: Uint8Array, stamp: number): number {
    const node = this.#take(LEAF, stamp);
    this.keys.set(key, node * KEY_BYTES);
    this.values[node] = value;
    return node;
  }

  /** Adds a branch, its hash still to be computed. */
  addBranch(bit: number, left: number, right: number, stamp: number): number {
    const node = this.#take(bit, stamp);
    this.setChild(node, 0, left);
    this.setChild(node, 1, right);
    return node;
  }

  /** Adds a node of which only the hash is known. */
  addBareHash(hash: Uint8Array): number {
    const node = this.#take(BARE_HASH, 0);
    this.hashes.set(hash, node * HASH_BYTES);
    this.dirty[node] = 0;
    return node;
  }

  /** Gives a node's place back. */
  release(node: number): void {
    this.#links[node * LINKS + KIND] = FREE;
    this.values[node] = undefined;
    this.setChild(node, 0, this.#free);
    this.#free = node;
  }

  /** Starts the stamps anew: those below `chunkStart` become 0, all others 1. */
  renumberStamps(chunkStart: number): void {
    for (let node = 0; node < this.#used; node++) this.setStamp(node, this.stampOf(node) < chunkStart ? 0 : 1);
  }

  clone(): NodeTable {
    const copy = new NodeTable();
    copy.#links = this.#links.slice();
    copy.dirty = this.dirty.slice();
    copy.hashes = this.hashes.slice();
    copy.keys = this.keys.slice();
    copy.values = this.values.slice();
    copy.#used = this.#used;
    copy.#free = this.#free;
    return copy;
  }

  #take(kind: number, stamp: number): number {
    let node = this.#free;
    if (node !== NONE) {
      this.#free = this.childOf(node, 0);
    } else {
      node = this.#used++;
      if (node === this.dirty.length) this.#grow();
      this.values.push(undefined);
    }
    this.#links[node * LINKS + KIND] = kind;
    this.setStamp(node, stamp);
    this.dirty[node] = 1;
    return node;
  }

  #grow(): void {
    const capacity = this.dirty.length * 2;
    this.#links = enlarged(this.#links, new Int32Array(capacity * LINKS));
    this.dirty = enlarged(this.dirty, new Uint8Array(capacity));
    this.hashes = enlarged(this.hashes, new Uint8Array(capacity * HASH_BYTES));
    this.keys = enlarged(this.keys, new Uint8Array(capacity * KEY_BYTES));
  }
}

/** Copies a column into a longer one, and returns that. */
export function enlarged<Column extends Uint8Array | Int32Array>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}
