import { ChunkKind, MAX_RESTING_ORDERS, Reason } from "@recourse/protocol";
import type { Trader } from "./transactions.ts";
import { allOk, type WorstChunk, type WorstMaterial } from "./worstChunks.ts";
import { actor, equip, keyHolder, openDeep, rest, restDeep, worstTime } from "./worstState.ts";

/** Client order ids of which each differs from the others in a bit of its own: the deepest paths. */
const deepIds = [0, ...Array.from({ length: 32 }, (_, bit) => 2 ** bit)];
const deepAccount = 0x5555_5555;

type KeyTerms = readonly [number: number, key: Uint8Array, scope: number, expiry: number];

/** Cancels, and session keys. */
export function worstAccountChunks({ state, instruments }: WorstMaterial): WorstChunk[] {
  const holder = actor(deepAccount);
  openDeep(state, holder, []);
  for (const [place, id] of deepIds.entries()) restDeep(state, holder, id, place);
  const others = Array.from({ length: 16 }, (_, place) => actor(deepAccount ^ ((place + 1) << 16) ^ (place << 4)));
  for (const other of others) openDeep(state, other, []);

  const canceller = actor(7_778);
  equip(state, canceller, [], 40);
  for (let bit = 0; bit < 40; bit++) rest(state, canceller, 1, 2 ** bit, 2 ** bit, 2 ** Math.min(bit, 31));

  const full = actor(7_780);
  equip(state, full, [], MAX_RESTING_ORDERS);
  const spread = instruments(4);
  for (let id = 0; id < MAX_RESTING_ORDERS; id++) rest(state, full, spread[id % 4]!, 1_000 + 37 * id, id, id);
  const idle = actor(7_781);
  equip(state, idle, []);

  const register = (owner: Trader, number: number): KeyTerms => {
    const { signer } = keyHolder(owner);
    return [number, signer.address, 3, worstTime + 1];
  };
  const revoke = (number: number): KeyTerms => [number, new Uint8Array(20), 0, 0];
  const session = keyHolder(holder);
  const trade = (name: string, transactions: WorstChunk["transactions"], reasons = allOk): WorstChunk => ({
    name,
    kind: ChunkKind.trade,
    transactions,
    reasons,
  });
  return [
    trade("deep cancels", (desk) => deepIds.slice(1).map((id) => desk.cancel(canceller, id))),
    trade("deeper cancels, by session key", (desk) => deepIds.map((id) => desk.cancel(session, id))),
    trade("deep cancel of all, after session keys", (desk) => [
      ...others.slice(0, 6).map((other) => desk.session(other, ...revoke(keyHolder(other).session))),
      desk.cancelAll(session, 0),
    ]),
    trade("cancels of all 200 orders", (desk) => [desk.cancelAll(full, spread[3]!), desk.cancelAll(full, 0)]),
    trade("cancels of all where there is none", (desk) => Array.from({ length: 150 }, () => desk.cancelAll(idle, 0)), [
      Reason.NothingToCancel,
    ]),
    trade("deep session keys", (desk) =>
      others.map((other, place) =>
        desk.session(other, ...(place % 2 === 0 ? register(other, 0x55) : revoke(keyHolder(other).session))),
      ),
    ),
    trade("session keys of one account", (desk) =>
      Array.from({ length: 117 }, (_, place) => {
        const number = 1 + (place >> 1);
        return desk.session(idle, ...(place % 2 === 0 ? register(idle, number) : revoke(number)));
      }),
    ),
  ];
}
