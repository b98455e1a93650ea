import { describe, expect, it } from "vitest";
import { Random } from "../../../test/support/random.ts";
import { readInt, writeInt } from "../src/bytes.ts";

/** Two's complement as it is defined: the value modulo 2^(8 × length), most significant byte first. */
function twosComplement(value: bigint, length: number): string {
  return BigInt.asUintN(8 * length, value)
    .toString(16)
    .padStart(2 * length, "0");
}

describe("signed integers", () => {
  it("are two's complement in any number of bytes, and touch no others", () =>
    Random.run(51, (random) => {
      for (let length = 1; length <= 32; length++) {
        const limit = 1n << BigInt(8 * length - 1);
        const values = [0n, 1n, -1n, limit - 1n, -limit, limit >> 1n, -(limit >> 1n) - 1n];
        for (let i = 0; i < 50; i++) {
          values.push(
            BigInt.asIntN(
              1 + random.below(8 * length),
              BigInt(`0x${Buffer.from(random.bytes(length)).toString("hex")}`),
            ),
          );
        }
        for (const value of values) {
          const offset = random.below(5);
          const bytes = new Uint8Array(40).fill(0xa5);
          writeInt(bytes, offset, length, value);
          expect(readInt(bytes, offset, length)).toBe(value);
          const around = (count: number) => "a5".repeat(count);
          const expected = around(offset) + twosComplement(value, length) + around(40 - offset - length);
          expect(Buffer.from(bytes).toString("hex")).toBe(expected);
        }
      }
    }));
});
