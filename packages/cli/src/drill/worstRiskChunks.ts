import { ChunkKind, InstrumentKind, MAX_POSITIONS, MAX_UNDERLYINGS, price } from "@recourse/protocol";
import { flatSurface } from "./transactions.ts";
import { allOk, type WorstChunk, type WorstMaterial } from "./worstChunks.ts";
import { actor, equip, listDeep, openDeep, worstExpiry, worstTime } from "./worstState.ts";

/** Marks, reports, listings and withdrawals. */
export function worstRiskChunks({ state, instruments }: WorstMaterial): WorstChunk[] {
  const marked = instruments(120);
  const deep = Array.from({ length: MAX_POSITIONS }, (_, place) => listDeep(state, place));
  const [withdrawer, deepWithdrawer] = [actor(7_003), actor(0x0aaa_5555)];
  equip(state, withdrawer, instruments(MAX_POSITIONS));
  openDeep(state, deepWithdrawer, deep.slice(0, MAX_POSITIONS / 2));
  const risk = (name: string, transactions: WorstChunk["transactions"]): WorstChunk => ({
    name,
    kind: ChunkKind.risk,
    transactions,
    reasons: allOk,
  });
  return [
    risk("marks", (desk) => marked.map((instrument) => desk.mark(instrument))),
    risk("deep marks", (desk) => deep.map((instrument) => desk.mark(instrument))),
    risk("reports", (desk) =>
      Array.from({ length: MAX_UNDERLYINGS }, (_, place) => {
        const now = worstTime + 1 + place;
        const surfaces = [flatSurface(worstExpiry, price(8000e8), 80, now)];
        return [desk.tick(now), desk.report(place + 1, now, 8001e8, surfaces)];
      }).flat(),
    ),
    risk("listings", (desk) =>
      Array.from({ length: 100 }, (_, place) =>
        desk.listInstrument({
          kind: InstrumentKind.call,
          underlying: 1 + (place % MAX_UNDERLYINGS),
          expiry: worstExpiry + 86_400 * (place % 3),
          strike: (50_000 + 7 * place) * 1e8,
        }),
      ),
    ),
    risk("withdrawal, 64 positions", (desk) => [desk.withdraw(withdrawer, 5)]),
    risk("withdrawal, 32 deep positions", (desk) => [desk.withdraw(deepWithdrawer, 5)]),
  ];
}
