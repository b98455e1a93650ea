import { decodeSession, encodeSession, nonceKey, signerKey } from "@recourse/engine";
import { accountNumber, ChunkKind, SessionScope, seconds } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import { type Bend, bent, changeGlobal, signedBy, signedByNobody } from "./bending.ts";
import { between } from "./chance.ts";
import { chunkOf } from "./draft.ts";
import type { Scene, Staged, Staging } from "./kinds.ts";
import { withSession } from "./market.ts";
import { amidBustle, distinct, offersAndTaker } from "./tradeLies.ts";

/** Lies about who sent a transaction, when it may be executed, and how often. */

/** A valid order among others, of which it is said that its signature was not good; or the other way round. */
const signature: Staging = (scene) => {
  const { world, random, turn } = scene;
  const { market } = world;
  const { offers, taker, taking, instrument } = offersAndTaker(scene);
  if (turn % 5 === 1) {
    const order = market.desk.order(taker, taking);
    return amidBustle(
      scene,
      instrument,
      [...offers, order],
      new Map([[2, { recover: signedByNobody }]]),
      "good taken for bad",
    );
  }
  if (turn % 5 > 2) return sessionKey(scene, turn % 5 === 3);
  const thief = distinct(() => market.someone("rich"), 20).find(({ signer }) => signer !== taker.signer)!;
  const order = market.desk.order(
    { number: taker.number, signer: turn % 5 === 0 ? thief.signer : taker.signer },
    taking,
  );
  if (turn % 5 === 2) order[order.length - 1 - random.below(60)]! ^= 1 << random.below(8);
  const variant = turn % 5 === 0 ? "somebody else's taken for good" : "broken taken for good";
  const bends = new Map([[2, { recover: signedBy(taker.signer.address) }]]);
  return amidBustle(scene, instrument, [...offers, order], bends, variant);
};

/** An order by a session key that may not sign it: its scope does not hold orders, or it has been revoked. */
function sessionKey(scene: Scene, isOutOfScope: boolean): Staged {
  const { desk } = scene.world.market;
  const { offers, taker, taking, instrument } = offersAndTaker(scene);
  const keyHolder = withSession(taker);
  const { session, signer } = keyHolder;
  const register = (scope: number) => desk.session(taker, session, signer.address, scope, desk.clock + 600);
  const order = desk.order(keyHolder, taking);
  const revoke = desk.session(taker, session, new Uint8Array(20), 0, 0);
  if (!isOutOfScope) {
    const transactions = [...offers, register(SessionScope.trade), revoke, order];
    return amidBustle(
      scene,
      instrument,
      transactions,
      new Map([[3, { instead: [] }]]),
      "a revoked key's taken for good",
    );
  }
  const key = signerKey(accountNumber(taker.number), session);
  let registered: Uint8Array;
  const bend: Bend = {
    before: (store) => {
      registered = store.peek(key)!;
      store.put(key, encodeSession({ ...decodeSession(registered), scope: SessionScope.trade }));
    },
    after: (store) => store.put(key, registered),
  };
  const transactions = [...offers, register(SessionScope.cancel), order];
  return amidBustle(scene, instrument, transactions, new Map([[3, bend]]), "out of its key's scope");
}

/** A transaction is executed a second time. */
const replay: Staging = (scene) => {
  const { world, random, turn } = scene;
  const { desk } = world.market;
  if (turn % 2 === 1) {
    const rich = world.market.someone("rich");
    const withdrawal = desk.withdraw(rich, between(random, 100, 5_000) * 1_000_000);
    const bend: Bend = { before: (store) => forgetNonces(store, rich.number) };
    const chunk = chunkOf(ChunkKind.risk, [withdrawal, withdrawal]);
    return { chunk, lie: bent(new Map([[1, bend]])), variant: "of a withdrawal" };
  }
  const { offers, taker, taking, instrument } = offersAndTaker(scene);
  const order = desk.order(taker, { ...taking, lots: 1 });
  const bend: Bend = { before: (store) => forgetNonces(store, taker.number) };
  return amidBustle(scene, instrument, [...offers, order, order], new Map([[3, bend]]), "of an order");
};

/** Lets an account use its nonces again. */
export function forgetNonces(store: OrderedStore, account: number): void {
  const words = [...store.peekScan(nonceKey(accountNumber(account), 0, 0), 40)];
  for (const { key } of words) store.delete(key);
}

/** A transaction is executed though it comes too late or too early, or is not though it comes in time. */
const deadline: Staging = (scene) => {
  const { world, random, turn } = scene;
  const { market } = world;
  const { offers, taker, taking, instrument } = offersAndTaker(scene);
  const { clock } = market.desk;
  if (turn % 3 === 2) {
    const order = market.desk.order(taker, taking);
    return amidBustle(
      scene,
      instrument,
      [...offers, order],
      new Map([[2, { instead: [] }]]),
      "in time, taken for late",
    );
  }
  const isLate = turn % 3 === 0;
  const distance = isLate ? -between(random, 1, 500) : 600 + between(random, 1, 500);
  const order = market.desk.order(taker, { ...taking, deadline: clock + distance });
  const bend: Bend = {
    before: (store) => changeGlobal(store, { time: seconds(clock + distance) }),
    after: (store) => changeGlobal(store, { time: seconds(clock) }),
  };
  const variant = isLate ? "late, taken for in time" : "too far ahead, taken";
  return amidBustle(scene, instrument, [...offers, order], new Map([[2, bend]]), variant);
};

export const admissionLies = {
  signature,
  "nonce replayed": replay,
  "deadline passed": deadline,
};
