import type { AccountNumber, Cash, InstrumentNumber } from "@recourse/protocol";

/** What liquidations, the house, settlement and pruning cause; a part of `EngineEvent`. */
export type HouseEvent =
  | {
      readonly type: "liquidated";
      readonly account: AccountNumber;
      /** Who took over what was moved; 0 is the house. */
      readonly provider: AccountNumber;
      /** The share of every position that was moved. */
      readonly percent: number;
      /** Taken from the account, and the provider's part of it. */
      readonly penalty: Cash;
      readonly reward: Cash;
      /** The account's before, in nano-USD. */
      readonly equity: bigint;
      readonly maintenance: bigint;
      /** What the account could not pay, and the insurance fund did. */
      readonly loss: Cash;
      readonly legs: readonly LiquidatedLeg[];
    }
  | {
      readonly type: "houseTrade";
      readonly account: AccountNumber;
      readonly instrument: InstrumentNumber;
      /** The account's. */
      readonly side: number;
      readonly lots: number;
      /** Per lot, in nano-USD. */
      readonly price: bigint;
      readonly value: Cash;
    }
  | {
      readonly type: "settled";
      readonly account: AccountNumber;
      readonly instrument: InstrumentNumber;
      readonly lots: number;
      /** Paid to the account; negative where it paid. */
      readonly value: Cash;
    }
  | { readonly type: "pruned"; readonly instrument: InstrumentNumber }
  | { readonly type: "providerChanged"; readonly account: AccountNumber; readonly isProvider: boolean };

/** What was moved of one position. */
export interface LiquidatedLeg {
  readonly instrument: InstrumentNumber;
  /** Positive where the account held them long. */
  readonly lots: number;
  /** Per lot, in nano-USD. */
  readonly mark: bigint;
  /** Paid to the account; negative where it paid. */
  readonly value: Cash;
}
