import { keccak256 } from "@recourse/protocol/keccak";
import { HASH_BYTES, KEY_BITS, KEY_BYTES } from "./bits.ts";
import { LEAF, type NodeTable } from "./nodeTable.ts";

/** The first byte of what is hashed: it keeps leaves and branches apart. */
const LEAF_DOMAIN = 0x00;
const BRANCH_DOMAIN = 0x01;

/** The longest value that a witness can hold: its length has two bytes there. */
export const MAX_VALUE_BYTES = 0xffff;

const LEAF_PREFIX_BYTES = 1 + KEY_BYTES;
const BRANCH_PREFIX_BYTES = 2;

// What is to be hashed is put together in these two, used again and again.
const leafPreimage = new Uint8Array(LEAF_PREFIX_BYTES + MAX_VALUE_BYTES);
leafPreimage[0] = LEAF_DOMAIN;
const branchPreimage = new Uint8Array(BRANCH_PREFIX_BYTES + 2 * HASH_BYTES);
branchPreimage[0] = BRANCH_DOMAIN;

/** Nodes on the way from the root to the one being hashed. */
const pending = new Int32Array(KEY_BITS + 1);

/** Computes the hash of a leaf. */
function hashLeaf(nodes: NodeTable, node: number): void {
  const value = nodes.values[node]!;
  const keyStart = node * KEY_BYTES;
  for (let index = 0; index < KEY_BYTES; index++) leafPreimage[1 + index] = nodes.keys[keyStart + index]!;
  leafPreimage.set(value, LEAF_PREFIX_BYTES);
  nodes.hashes.set(keccak256(leafPreimage.subarray(0, LEAF_PREFIX_BYTES + value.length)), node * HASH_BYTES);
}

/** Computes the hash of a branch from its children's. */
function hashBranch(nodes: NodeTable, node: number): void {
  const { hashes } = nodes;
  const leftStart = nodes.childOf(node, 0) * HASH_BYTES;
  const rightStart = nodes.childOf(node, 1) * HASH_BYTES;
  branchPreimage[1] = nodes.kindOf(node);
  for (let index = 0; index < HASH_BYTES; index++) {
    branchPreimage[BRANCH_PREFIX_BYTES + index] = hashes[leftStart + index]!;
    branchPreimage[BRANCH_PREFIX_BYTES + HASH_BYTES + index] = hashes[rightStart + index]!;
  }
  hashes.set(keccak256(branchPreimage), node * HASH_BYTES);
}

/** Brings the hashes up to date from a node downward; only dirty nodes are looked at. */
export function hashDirtyNodes(nodes: NodeTable, top: number): void {
  const { dirty } = nodes;
  if (dirty[top] === 0) return;
  let depth = 0;
  pending[depth] = top;
  while (depth >= 0) {
    const node = pending[depth]!;
    if (nodes.kindOf(node) === LEAF) {
      hashLeaf(nodes, node);
    } else if (dirty[nodes.childOf(node, 0)] !== 0) {
      pending[++depth] = nodes.childOf(node, 0);
      continue;
    } else if (dirty[nodes.childOf(node, 1)] !== 0) {
      pending[++depth] = nodes.childOf(node, 1);
      continue;
    } else {
      hashBranch(nodes, node);
    }
    dirty[node] = 0;
    depth--;
  }
}
