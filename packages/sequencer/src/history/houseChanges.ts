import type { EngineEvent } from "@recourse/engine";
import { Side } from "@recourse/protocol";
import { type Execution, placeOf } from "./execution.ts";

/** What an account has to do with the house: it is the column `kind`. */
export type HouseKind =
  | "house_trade"
  | "liquidation"
  | "takeover"
  | "penalty"
  | "reward"
  | "loss_covered"
  | "settlement";

/** A change of an account's position or cash that no order of its own has caused, or that the house has. */
export interface HouseRow {
  readonly account: number;
  readonly place: number;
  readonly number: number;
  readonly term: number;
  readonly position: number;
  readonly time: number;
  readonly kind: HouseKind;
  /** Null where cash alone changes. */
  readonly instrument: number | null;
  /** By how much the position changes, in lots; 0 where cash alone does. */
  readonly lots: number;
  /** Per lot, in nano-USD; null where there is none. */
  readonly price: string | null;
  /** Paid to the account, in cash; negative where it paid. */
  readonly amount: number;
}

type Change = Pick<HouseRow, "account" | "kind"> & Partial<Pick<HouseRow, "instrument" | "lots" | "price" | "amount">>;

/** The rows that an event of the house makes; none for other events. */
export function houseRows({ at, term, position, time }: Execution, event: EngineEvent): HouseRow[] {
  return changesOf(event).map((change, number) => ({
    place: placeOf(at),
    number,
    term,
    position,
    time,
    instrument: null,
    lots: 0,
    price: null,
    amount: 0,
    ...change,
  }));
}

function changesOf(event: EngineEvent): Change[] {
  switch (event.type) {
    case "houseTrade": {
      const { account, instrument, side, lots, price, value } = event;
      const direction = side === Side.buy ? 1 : -1;
      const traded = { lots: direction * lots, price: String(price), amount: -direction * value };
      return [{ account, kind: "house_trade", instrument, ...traded }];
    }
    case "settled": {
      const { account, instrument, lots, value: amount } = event;
      return [{ account, kind: "settlement", instrument, lots: -lots, amount }];
    }
    case "liquidated":
      return liquidationChanges(event);
    default:
      return [];
  }
}

function liquidationChanges(event: Extract<EngineEvent, { type: "liquidated" }>): Change[] {
  const { account, provider, penalty, reward, loss, legs } = event;
  const moved = legs.flatMap(({ instrument, lots, mark, value }): Change[] => {
    const leg = { instrument, price: String(mark) };
    const given: Change = { ...leg, account, kind: "liquidation", lots: -lots, amount: value };
    if (provider === 0) return [given];
    return [given, { ...leg, account: provider, kind: "takeover", lots, amount: -value }];
  });
  const paid: Change[] = [
    { account, kind: "penalty", amount: -penalty },
    { account: provider, kind: "reward", amount: reward },
    { account, kind: "loss_covered", amount: loss },
  ];
  return [...moved, ...paid.filter(({ amount }) => amount !== 0)];
}
