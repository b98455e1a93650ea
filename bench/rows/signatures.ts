import { instantiateSecp256k1 } from "@bitauth/libauth";
import { keccak256, recoverSigner, toHex } from "@recourse/protocol";
import { recoverAddress } from "viem";
import { sign, signer } from "../../test/support/world.ts";
import { compare, keep, type RowGroup } from "../harness.ts";

const SIGNATURES = 1_000;
const BATCH = 50;

const how = `Recovers the signers' addresses of ${SIGNATURES} seeded signatures on one core, in turn with the peer in one process: the floor under any engine of signed orders.`;

/** Signature recovery, the dearest part of accepting an order. */
export const signatures: RowGroup = {
  rows: [
    { name: "signatures/libauth", unit: "recoveries/s", better: "more", peer: "libauth 3.0.0 (WebAssembly)", how },
    { name: "signatures/viem", unit: "recoveries/s", better: "more", peer: "viem 2.57.1 (noble, JavaScript)", how },
  ],

  async measure(report) {
    const wasm = await instantiateSecp256k1();
    const claims = Array.from({ length: SIGNATURES }, (_, place) => {
      const digest = keccak256(new TextEncoder().encode(`digest ${place}`));
      const signature = sign(signer(place % 100), digest);
      const plain = signature.slice();
      plain[32]! &= 0x7f;
      const parity = (signature[32]! >> 7) as 0 | 1;
      const full = toHex(Uint8Array.of(...plain, 27 + parity));
      return { digest, signature, plain, parity, full, hash: toHex(digest) };
    });
    let next = 0;
    const batch = () => Array.from({ length: BATCH }, () => claims[next++ % SIGNATURES]!);
    const contestants = {
      ours: {
        run() {
          for (const { digest, signature } of batch()) keep(recoverSigner(digest, signature));
          return BATCH;
        },
      },
      libauth: {
        run() {
          for (const { digest, plain, parity } of batch()) {
            const key = wasm.recoverPublicKeyUncompressed(plain, parity, digest) as Uint8Array;
            keep(keccak256(key.subarray(1)).slice(12));
          }
          return BATCH;
        },
      },
      viem: {
        async run() {
          for (const { hash, full } of batch()) keep(await recoverAddress({ hash, signature: full }));
          return BATCH;
        },
      },
    };
    const { ours, libauth, viem } = await compare(contestants);
    report("signatures/libauth", { ours, peer: libauth });
    report("signatures/viem", { ours, peer: viem });
  },
};
