import { typedDataTypes } from "@recourse/protocol";
import type { StatusResponse } from "@recourse/sdk";
import { owner, url } from "./environment.ts";

const status = await fetch(`${url}/v1/status`);
const { domain, engineTime } = (await status.json()) as StatusResponse;
const order = {
  account: Number(process.argv[2]),
  deadline: engineTime + 300, // until when it may be executed, at most ten minutes ahead
  nonce: Math.floor(Math.random() * 65_536),
  clientOrderId: 1, // by which it is cancelled
};
const signature = await owner.signTypedData({
  domain,
  types: typedDataTypes,
  primaryType: "Order",
  // Signed are whole numbers: 120,000 ticks of 0.5 USD, and 100 lots of 0.001 BTC.
  message: {
    ...order,
    signer: 0,
    instrument: 1,
    side: 0,
    timeInForce: 0,
    options: 0,
    priceRank: 120_000,
    lots: 100,
    restMinutes: 0,
  },
});
console.log(
  JSON.stringify({ ...order, instrument: "BTC-PERPETUAL", side: "buy", price: "60000", size: "0.1", signature }),
);
