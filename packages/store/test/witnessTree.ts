import { keccak256 } from "@recourse/protocol/keccak";
import { concat } from "./script.ts";

/** A node of a witness, taken apart without the store's own decoder. */
export interface WitnessNode {
  /** The node's own item. */
  readonly item: Uint8Array;
  readonly hash: Uint8Array;
  /** Two for a branch, else none. */
  readonly children: readonly WitnessNode[];
}

/** Takes a well-formed witness apart. */
export function parseWitness(witness: Uint8Array): WitnessNode {
  const stack: WitnessNode[] = [];
  let offset = 0;
  while (offset < witness.length) {
    const start = offset;
    const tag = witness[offset];
    if (tag === 0x01) {
      offset += 2;
      const children = stack.splice(-2);
      const hash = keccak256(concat([witness.subarray(start, offset), ...children.map((child) => child.hash)]));
      stack.push({ item: witness.subarray(start, offset), hash, children });
    } else if (tag === 0x02) {
      offset += 33;
      stack.push({ item: witness.subarray(start, offset), hash: witness.subarray(start + 1, offset), children: [] });
    } else {
      offset += 19 + witness[offset + 1]! * 256 + witness[offset + 2]!;
      const hash = keccak256(concat([Uint8Array.of(0), witness.subarray(start + 3, offset)]));
      stack.push({ item: witness.subarray(start, offset), hash, children: [] });
    }
  }
  return stack[0]!;
}

/** Every node of a witness that is more than a bare hash. */
export function openedNodes(node: WitnessNode): WitnessNode[] {
  const self = node.item[0] === 0x02 ? [] : [node];
  return [...self, ...node.children.flatMap(openedNodes)];
}

/** Writes a witness again, with one node turned into a bare hash. */
export function writeWitness(node: WitnessNode, closed?: WitnessNode): Uint8Array {
  if (node === closed) return concat([Uint8Array.of(0x02), node.hash]);
  return concat([...node.children.map((child) => writeWitness(child, closed)), node.item]);
}
