/** Lists BTC and its perpetual, reports an index of 60,000 USD, and marks: as the lister and the only oracle. */
import { listInstrument, listUnderlying, markBytes, oracleReport, SequencerClient } from "@recourse/sdk";
import { owner, url } from "./environment.ts";

const sequencer = new SequencerClient({ url });
const { domain, engineTime } = await sequencer.status();
const venue = { chainId: domain.chainId, rollup: domain.verifyingContract };
const deadline = engineTime + 300;
const perpetual = {
  name: "BTC-PERPETUAL",
  underlying: 1,
  tick: "0.5",
  lot: "0.001",
  minimumNotional: "10",
  takerFeeRate: "0.0005",
  makerFeeRate: "0.0002",
  deadline,
};
const report = { underlying: 1, time: engineTime, index: "60000", surfaces: [] };

const { results } = await sequencer.submitTransactions([
  await listUnderlying(owner, venue, { underlying: 1, symbol: "BTC", deadline }),
  await listInstrument(owner, venue, perpetual),
  await oracleReport(venue, report, [{ place: 0, account: owner }]),
  markBytes(1),
]);
for (const result of results) {
  if ("error" in result) throw new Error(`${result.error.code}: ${result.error.message}`);
}
const { name, index, mark } = await sequencer.instrument("BTC-PERPETUAL");
console.log(`${name} is open: index ${index}, mark ${mark?.price}.`);
