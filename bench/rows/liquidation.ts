import { accountKey, accountMargin, encodeAccount, executeChunk, readAccount } from "@recourse/engine";
import { accountNumber, type Cash, ChunkKind, encodeTransaction, TransactionKind } from "@recourse/protocol";
import { context } from "../../test/support/world.ts";
import {
  executeCalldata,
  executeOn,
  type Machine,
  sendToNobody,
  startAnvil,
  startEdr,
  withoutOverhead,
} from "../evm/machine.ts";
import { compare, keep, prepared, type RowGroup } from "../harness.ts";
import { cutIntoChunks } from "../market/chunks.ts";
import { Market } from "../market/market.ts";

const POSITIONS = [8, 64] as const;
const LIQUIDATIONS = 24;
const ACCOUNTS = 512;
/** Leaves are as many as in a large state, whatever the number of positions. */
const LEAVES = 100_000;
/** Each is two leaves: in the book, and in its account's list. */
const RESTING_ORDERS = Math.ceil(LEAVES / ACCOUNTS / 2);
const house = accountNumber(0);

const machines = [
  ["edr", "EDR", startEdr],
  ["anvil", "anvil", startAnvil],
] as const;

/** Liquidations: an account's positions read, judged, moved to the house at their marks, and the account's end. */
export const liquidation: RowGroup = {
  rows: POSITIONS.flatMap((positions) =>
    machines.map(([name, machine]) => ({
      name: `liquidation/${positions}/${name}`,
      unit: "liquidations/s",
      better: "more" as const,
      peer: `${machine}, the Solidity twin`,
      how: `Chunks of liquidations of accounts with ${positions} positions and half their maintenance margin, executed and rooted in a state of more than ${LEAVES} leaves, in turn with the same chunks by the step contract on ${machine}: calls less empty calls with the same calldata.`,
    })),
  ),

  async measure(report) {
    for (const positions of POSITIONS) {
      const market = new Market({ accounts: ACCOUNTS, positions, restingOrders: RESTING_ORDERS, seed: 17 });
      const accounts = market.accounts.slice(0, LIQUIDATIONS).map(({ number }) => accountNumber(number));
      for (const account of accounts) impoverish(market, account);
      market.store.beginChunk();
      const transactions = accounts.map((account) =>
        encodeTransaction({ kind: TransactionKind.liquidate, account, provider: house }),
      );
      const { chunks } = cutIntoChunks(market.store.clone(), ChunkKind.house, transactions);
      const calldata = chunks.map(executeCalldata);
      for (const [name, , start] of machines) {
        const machine: Machine = await start();
        try {
          const { ours, calls, empty } = await compare({
            ours: prepared(
              () => market.store.clone(),
              (store) => {
                for (const { kind, bytes } of chunks) {
                  executeChunk(store, context(), kind, bytes);
                  keep(store.root());
                }
                return LIQUIDATIONS;
              },
            ),
            calls: { run: async () => executeOn(machine, chunks, calldata).then(() => LIQUIDATIONS) },
            empty: { run: async () => sendToNobody(machine, calldata).then(() => LIQUIDATIONS) },
          });
          report(`liquidation/${positions}/${name}`, { ours, peer: withoutOverhead(calls, empty) });
        } finally {
          await machine.close();
        }
      }
    }
  },
};

/** Takes cash from an account until it has half its maintenance margin. */
function impoverish({ store }: Market, account: ReturnType<typeof accountNumber>): void {
  const { equity, maintenanceMargin } = accountMargin(store, account)!;
  const record = readAccount(store, account)!;
  const surplus = Number((equity - maintenanceMargin / 2n) / 1000n);
  store.put(accountKey(account), encodeAccount({ ...record, cash: (record.cash - surplus) as Cash }));
}
