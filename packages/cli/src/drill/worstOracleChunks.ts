import { decodeExpiry, encodeExpiry, expiryKey } from "@recourse/engine";
import { ChunkKind, MAX_SURFACES, MAX_UNDERLYINGS, price, seconds, underlyingNumber } from "@recourse/protocol";
import { flatSurface } from "./transactions.ts";
import { allOk, type WorstChunk, type WorstMaterial } from "./worstChunks.ts";
import { bytesFrom, deepen, worstExpiry, worstTime } from "./worstState.ts";

const day = 86_400;
/** Where keys name an underlying and an expiry. */
const expiryBytes = bytesFrom(1, 6);

/** What as many oracles sign as may be: reports of as many surfaces, and settlement prices. */
export function worstOracleChunks({ state }: WorstMaterial): WorstChunk[] {
  const model = decodeExpiry(state.peek(expiryKey(underlyingNumber(1), seconds(worstExpiry)))!);
  const reported = Array.from({ length: MAX_SURFACES }, (_, place) => worstExpiry + place * day);
  const settled = worstTime - (worstTime % day);
  const keys = Array.from({ length: MAX_UNDERLYINGS }, (_, place) =>
    [...reported, settled].map((expiry) => expiryKey(underlyingNumber(place + 1), seconds(expiry))),
  ).flat();
  for (const key of keys) if (state.peek(key) === undefined) state.put(key, encodeExpiry(model));
  // Beside each bit of all of them, once all are there.
  for (const key of keys) deepen(state, key, expiryBytes);
  return [
    {
      name: "reports of 8 surfaces by 16 oracles",
      kind: ChunkKind.risk,
      transactions: (desk) =>
        Array.from({ length: 8 }, (_, place) => {
          const now = worstTime + 1 + place;
          const surfaces = reported.map((expiry) => flatSurface(expiry, price(8000e8), 80, now));
          return [desk.tick(now), desk.report(place + 1, now, 8001e8, surfaces)];
        }).flat(),
      reasons: allOk,
    },
    {
      name: "settlement prices by 16 oracles",
      kind: ChunkKind.risk,
      transactions: (desk) =>
        Array.from({ length: 11 }, (_, place) => desk.settlement(place + 1, settled, 8000e8 + place)),
      reasons: allOk,
    },
  ];
}
