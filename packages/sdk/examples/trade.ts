import { RecourseClient } from "@recourse/sdk";
import { owner, url } from "./environment.ts";

const client = new RecourseClient({ url, owner, account: Number(process.argv[2]) });
const { status, fills, position } = await client.submitOrder({
  instrument: "BTC-PERPETUAL",
  side: "sell",
  timeInForce: "immediate_or_cancel",
  price: "59990",
  size: "0.04",
  clientOrderId: 1,
});
console.log({ status, fills, position });
console.log(await client.account());
