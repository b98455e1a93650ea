import { concatHex, type Hex, hexToBytes, keccak256, numberToHex } from "viem";

/** A record of the state. */
export interface Leaf {
  /** 16 bytes. */
  readonly key: Hex;
  readonly value: Hex;
}

const bitOf = (key: Hex, bit: number) => (hexToBytes(key)[bit >> 3]! >> (7 - (bit & 7))) & 1;

/** The state tree over some leaves, written down from its definition: the root, and the proof of each leaf. */
export function buildTree(leaves: readonly Leaf[]): { root: Hex; proofs: Map<Hex, Hex> } {
  if (leaves.length === 1) {
    const { key, value } = leaves[0]!;
    return { root: keccak256(concatHex(["0x00", key, value])), proofs: new Map([[key, "0x"]]) };
  }
  let bit = 0;
  while (leaves.every(({ key }) => bitOf(key, bit) === bitOf(leaves[0]!.key, bit))) bit++;
  const [left, right] = [0, 1].map((side) => buildTree(leaves.filter(({ key }) => bitOf(key, bit) === side)));
  const bitIndex = numberToHex(bit, { size: 1 });
  const proofs = new Map<Hex, Hex>();
  for (const [key, proof] of left!.proofs) proofs.set(key, concatHex([proof, bitIndex, right!.root]));
  for (const [key, proof] of right!.proofs) proofs.set(key, concatHex([proof, bitIndex, left!.root]));
  return { root: keccak256(concatHex(["0x01", bitIndex, left!.root, right!.root])), proofs };
}
