import { accountMargin, type GlobalRecord, readGlobal, readMarket } from "@recourse/engine";
import { accountNumber, ChunkKind, instrumentNumber } from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import {
  addCash,
  type Bend,
  changeAccount,
  changeGlobal,
  changeMarket,
  meanwhile,
  withMarkets,
  withRiches,
} from "./bending.ts";
import type { Scene, Staged, Staging } from "./kinds.ts";
import { distress, inTurn, movesOf, prelude, staged, type Victim } from "./scenes.ts";

/** Lies about liquidations and about the fund that bears what they cost. */

const DOLLAR = 1_000_000;

/** A lie about a liquidation, which stands between two that are refused. */
function about(scene: Scene, provider: number, bend: Bend, variant: string, { trader }: Victim): Staged {
  const { market } = scene.world;
  const idle = () => market.desk.liquidate(market.someone("rich").number, 0);
  const liquidation = market.desk.liquidate(trader.number, provider);
  return staged(ChunkKind.house, [idle(), liquidation, idle()], { 1: bend }, variant);
}

/** Moves cash from the fund to an account. */
function pay(store: OrderedStore, account: number, amount: number): void {
  addCash(store, account, amount);
  const insurance = (readGlobal(store).insurance - amount) as GlobalRecord["insurance"];
  changeGlobal(store, { insurance });
}

/** An account has more cash, or less, for the time of one transaction. */
const withCash = (account: number, amount: number): Bend =>
  meanwhile((store) => {
    addCash(store, account, amount);
    return (later) => addCash(later, account, -amount);
  });

function leftOut(scene: Scene): Staged {
  return about(scene, 0, { instead: [] }, "left out", distress(scene, "in part"));
}

function healthy(scene: Scene): Staged {
  const { draft, world } = scene;
  const victim = distress(scene, "in part");
  const account = victim.trader.number;
  prelude(scene, ChunkKind.house, [world.market.desk.liquidate(account, 0)]);
  const { equity, maintenanceMargin } = accountMargin(draft.state, accountNumber(account))!;
  const excess = Number((equity - maintenanceMargin / 2n) / 1000n) + DOLLAR;
  return about(scene, 0, withCash(account, -excess), "of a healthy account", victim);
}

function anotherShare(scene: Scene): Staged {
  const victim = distress(scene, "in full");
  const { equity, maintenanceMargin } = accountMargin(scene.draft.state, accountNumber(victim.trader.number))!;
  // So much that a part of it would do.
  const lent = Number((maintenanceMargin - (maintenanceMargin >> 6n) - equity) / 1000n);
  return about(scene, 0, withCash(victim.trader.number, lent), "of a part where all is due", victim);
}

function penalty(scene: Scene): Staged {
  const victim = distress(scene, "in part");
  const bend: Bend = { after: (store) => pay(store, victim.trader.number, 1) };
  return about(scene, 0, bend, "a smaller penalty", victim);
}

function inventory(scene: Scene): Staged {
  const victim = distress(scene, "in part");
  const bend: Bend = {
    after: (store) => {
      const { houseLots, openInterest } = readMarket(store, instrumentNumber(victim.perpetual))!;
      changeMarket(store, victim.perpetual, { houseLots: houseLots + 1, openInterest: openInterest + 1 });
    },
  };
  return about(scene, 0, bend, "the house has a lot more", victim);
}

function lossNotBooked(scene: Scene): Staged {
  const victim = distress(scene, "in full");
  const bend = meanwhile((store) => {
    const { insurance, deficit } = readGlobal(store);
    return (later) => changeGlobal(later, { insurance, deficit });
  });
  return about(scene, 0, bend, "the loss is not the fund's", victim);
}

function deficitForgiven(scene: Scene): Staged {
  const bend: Bend = { after: (store) => changeGlobal(store, { deficit: 0 as GlobalRecord["deficit"] }) };
  return about(scene, 0, bend, "the deficit is forgiven", distress(scene, "beyond the fund"));
}

function lossKept(scene: Scene): Staged {
  const victim = distress(scene, "in full");
  const account = victim.trader.number;
  const bend: Bend = { after: (store) => pay(store, account, -DOLLAR) };
  return about(scene, 0, bend, "the account is left a debt", victim);
}

/** The index has come back, which the marks do not say. */
function oldMarks(scene: Scene): Staged {
  const { draft } = scene;
  const victim = distress(scene, "in part");
  const index = readMarket(draft.state, instrumentNumber(victim.perpetual))!.index;
  prelude(
    scene,
    ChunkKind.risk,
    movesOf(scene, victim.underlying, draft.time, index * (victim.isLong ? 1.2 : 0.8), []),
  );
  const bend = withMarkets([victim.perpetual], () => ({ reportTime: readGlobal(draft.state).time }));
  return about(scene, 0, bend, "by marks of an older report", victim);
}

function toProvider(scene: Scene, isRich: boolean, isRegistered: boolean) {
  const { market } = scene.world;
  const victim = distress(scene, "in part", isRich ? "poor" : "middling");
  const provider = market.someone(isRich ? "rich" : "poor", victim.trader);
  if (isRegistered) prelude(scene, ChunkKind.house, [market.desk.provider(provider)]);
  return { victim, provider: provider.number };
}

function poorProvider(scene: Scene): Staged {
  const { victim, provider } = toProvider(scene, false, true);
  return about(scene, provider, withRiches(provider), "to a provider without margin", victim);
}

function noProvider(scene: Scene): Staged {
  const { victim, provider } = toProvider(scene, true, false);
  const bend = meanwhile((store) => {
    changeAccount(store, provider, { isProvider: true });
    return (later) => changeAccount(later, provider, { isProvider: false });
  });
  return about(scene, provider, bend, "to who is no provider", victim);
}

function reward(scene: Scene): Staged {
  const { victim, provider } = toProvider(scene, true, true);
  const bend: Bend = { after: (store) => pay(store, provider, DOLLAR) };
  return about(scene, provider, bend, "a provider is paid more", victim);
}

const liquidation: Staging = (scene) =>
  inTurn(scene, [healthy, anotherShare, penalty, inventory, oldMarks, noProvider, poorProvider, reward, leftOut]);

const loss: Staging = (scene) => inTurn(scene, [lossNotBooked, deficitForgiven, lossKept, withdrawalInFull]);

/** Somebody who leaves while there is a deficit bears no share of it. */
function withdrawalInFull(scene: Scene): Staged {
  const { market } = scene.world;
  const victim = distress(scene, "beyond the fund");
  prelude(scene, ChunkKind.house, [market.desk.liquidate(victim.trader.number, 0)]);
  const bend = meanwhile((store) => {
    const { deficit } = readGlobal(store);
    changeGlobal(store, { deficit: 0 as GlobalRecord["deficit"] });
    return (later) => changeGlobal(later, { deficit });
  });
  const withdrawal = market.desk.withdraw(market.someone("rich"), 1_000 * DOLLAR);
  return staged(ChunkKind.risk, [withdrawal], { 0: bend }, "a withdrawal without its share of the deficit");
}

export const liquidationLies = { liquidation, "loss and deficit": loss };
