import { HASH_BYTES, KEY_BITS, KEY_BYTES } from "./bits.ts";
import { WitnessError } from "./errors.ts";
import { hashDirtyNodes } from "./hashing.ts";
import { LEAF, NONE, NodeTable } from "./nodeTable.ts";

/** The first byte of each item of a witness. */
export const BRANCH_ITEM = 0x01;
export const BARE_HASH_ITEM = 0x02;
export const LEAF_ITEM = 0x03;

/** What each item takes, its first byte included and a leaf's value not. */
export const BRANCH_ITEM_BYTES = 2;
export const BARE_HASH_ITEM_BYTES = 1 + HASH_BYTES;
export const LEAF_ITEM_BYTES = 3 + KEY_BYTES;

/**
 * In post-order, a tree of the greatest depth leaves at most one finished sibling at each level and the lowest leaf
 * waiting for their branches.
 */
const STACK_ITEMS = KEY_BITS + 1;

/** A partial tree that was decoded from a witness and found to have the root it should have. */
export interface DecodedWitness {
  readonly nodes: NodeTable;
  /** The root node; {@link NONE} for the empty tree. */
  readonly root: number;
  /** How many leaves are opened. */
  readonly leaves: number;
}

/**
 * Decodes a witness into a partial tree.
 * @param root the hash that the tree must have
 * @throws WitnessError where the bytes are not a witness, or are one of another tree
 */
export function decodeWitness(root: Uint8Array, witness: Uint8Array): DecodedWitness {
  const nodes = new NodeTable();
  if (root.length !== HASH_BYTES) throw new WitnessError("A root has 32 bytes.");
  if (root.every((byte) => byte === 0)) {
    if (witness.length !== 0) throw new WitnessError("The empty tree has an empty witness.");
    return { nodes, root: NONE, leaves: 0 };
  }
  const stack: number[] = [];
  let leaves = 0;
  let offset = 0;
  /** The next so many bytes. */
  const take = (length: number): Uint8Array => {
    if (offset + length > witness.length) throw new WitnessError("The witness ends within an item.");
    offset += length;
    return witness.subarray(offset - length, offset);
  };
  while (offset < witness.length) {
    const tag = take(1)[0];
    if (tag === BRANCH_ITEM) {
      const bit = take(1)[0]!;
      const right = stack.pop();
      const left = stack.pop();
      if (left === undefined || right === undefined) throw new WitnessError("A branch comes before its children.");
      const below = Math.min(testedBit(nodes, left), testedBit(nodes, right));
      if (bit >= below) throw new WitnessError("A branch tests no earlier bit than its child.");
      stack.push(nodes.addBranch(bit, left, right, 0));
    } else if (tag === BARE_HASH_ITEM) {
      stack.push(nodes.addBareHash(take(HASH_BYTES)));
    } else if (tag === LEAF_ITEM) {
      const [high, low] = take(2);
      const length = high! * 256 + low!;
      if (length === 0) throw new WitnessError("A leaf has no value.");
      const key = take(KEY_BYTES);
      stack.push(nodes.addLeaf(key, take(length).slice(), 0));
      leaves++;
    } else {
      throw new WitnessError("The witness has an item of no known kind.");
    }
    if (stack.length > STACK_ITEMS) throw new WitnessError("The witness is of a deeper tree than there can be.");
  }
  const [top] = stack;
  if (top === undefined || stack.length !== 1) throw new WitnessError("The witness is not of one tree.");
  hashDirtyNodes(nodes, top);
  const hash = nodes.hashes.subarray(top * HASH_BYTES, (top + 1) * HASH_BYTES);
  if (!root.every((byte, index) => byte === hash[index])) throw new WitnessError("The witness is of another root.");
  return { nodes, root: top, leaves };
}

/** The bit that a node tests; past the last bit where it tests none. */
function testedBit(nodes: NodeTable, node: number): number {
  return Math.min(nodes.kindOf(node), LEAF);
}
