import { executeChunk, type RiskInput, readInstrument, riskArray } from "@recourse/engine";
import { ChunkKind, InstrumentKind, instrumentNumber } from "@recourse/protocol";
import { context, flatSurface, markBytes } from "../../test/support/world.ts";
import { doubleRiskArray, toDoubles } from "../doubles/riskArray.ts";
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
import { largeMarket, Market, marketTime } from "../market/market.ts";

/** Risk arrays in doubles differ from the exact ones by no more than this part of the mark's underlying. */
const TOLERANCE = 1e-9;
const BATCH = 62;

const evm = (name: string) => ({
  unit: "marks/s",
  better: "more" as const,
  peer: `${name}, the Solidity twin`,
  how: `Chunks of marks of 64 instruments executed and rooted in a state of more than 100,000 leaves, in turn with the same chunks by the step contract on ${name}: calls less empty calls with the same calldata.`,
});

/** Risk arrays: an instrument's value, delta, and its loss in 24 scenarios. */
export const marks: RowGroup = {
  rows: [
    {
      name: "marks/doubles",
      unit: "marks/s",
      better: "more",
      peer: "plain doubles",
      how: "Risk arrays of 62 options (SVI, Black-76, 24 scenarios) in exact fixed point, in turn with the same mathematics in doubles (checked to agree).",
    },
    { name: "marks/edr", ...evm("EDR") },
    { name: "marks/anvil", ...evm("anvil") },
  ],

  async measure(report) {
    const market = new Market(largeMarket);
    const inputs = riskInputs(market);
    const doubles = inputs.map(toDoubles);
    for (const [place, input] of inputs.entries()) checkAgreement(input, doubleRiskArray(doubles[place]!).losses);
    const inDoubles = await compare({
      ours: {
        run() {
          for (const input of inputs) keep(riskArray(input));
          return BATCH;
        },
      },
      peer: {
        run() {
          for (const input of doubles) keep(doubleRiskArray(input));
          return BATCH;
        },
      },
    });
    report("marks/doubles", inDoubles);

    const transactions = market.instruments.map(({ number }) => markBytes(number));
    const { chunks } = cutIntoChunks(market.store.clone(), ChunkKind.risk, transactions);
    const calldata = chunks.map(executeCalldata);
    const count = transactions.length;
    for (const [name, start] of [
      ["marks/edr", startEdr],
      ["marks/anvil", startAnvil],
    ] as const) {
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
              return count;
            },
          ),
          calls: { run: async () => executeOn(machine, chunks, calldata).then(() => count) },
          empty: { run: async () => sendToNobody(machine, calldata).then(() => count) },
        });
        report(name, { ours, peer: withoutOverhead(calls, empty) });
      } finally {
        await machine.close();
      }
    }
  },
};

/** What the market's options are valued from. */
function riskInputs({ store, instruments }: Market): RiskInput[] {
  return instruments.flatMap(({ number }): RiskInput[] => {
    const { kind, underlying, strike, lot, expiry } = readInstrument(store, instrumentNumber(number))!;
    if (kind === InstrumentKind.perpetual) return [];
    const forward = (underlying === 1 ? 8_000 : 200) * 1e8;
    const surface = flatSurface(expiry, forward as never, 80, marketTime);
    return [
      {
        kind,
        strike: BigInt(strike),
        lot: BigInt(lot),
        index: BigInt(forward),
        forward: BigInt(forward),
        surface,
        reportTime: BigInt(marketTime),
        expiry: BigInt(expiry),
        time: BigInt(marketTime),
      },
    ];
  });
}

/** @throws Error where the two are not the same mathematics */
function checkAgreement(input: RiskInput, losses: Float64Array): void {
  const exact = riskArray(input)!.losses;
  const scale = (Number(input.forward) / 1e8) * (Number(input.lot) / 1e8);
  for (const [scenario, loss] of losses.entries()) {
    const difference = Math.abs(loss - Number(exact[scenario]) / 1e9);
    if (difference > TOLERANCE * scale + 1e-9) throw new Error(`Scenario ${scenario} differs by ${difference} USD.`);
  }
}
