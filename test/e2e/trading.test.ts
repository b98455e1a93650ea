import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cash } from "@recourse/protocol";
import { SequencerClient } from "@recourse/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Cleanup } from "../../packages/cli/src/demo/cleanup.ts";
import { fundTraders } from "../../packages/cli/src/demo/funding.ts";
import { HttpVenue } from "../../packages/cli/src/demo/httpVenue.ts";
import { fundedAccount, fundedKey, type Network, startNetwork } from "../../packages/cli/src/demo/network.ts";
import { planReplay } from "../../packages/cli/src/demo/plan.ts";
import { poll } from "../../packages/cli/src/demo/polling.ts";
import { Service } from "../../packages/cli/src/demo/service.ts";
import { Signer } from "../../packages/cli/src/demo/signing.ts";
import { TransactionFactory } from "../../packages/cli/src/demo/transactions.ts";
import { parseTape } from "../../packages/cli/src/tape/readTape.ts";

const binary = fileURLToPath(new URL("../../packages/cli/bin/recourse.js", import.meta.url));
const patienceMs = 120_000;
const header = "time_ms,instrument,price,size,taker_side,index,forward,iv,source";
const plan = planReplay(parseTape(`${header}\n1621407600000,BTC-PERPETUAL,40000,1,buy,40000,,,test`, "test"), 1);
const operatorToken = "a token for the tests";
const [buyer, seller] = [Signer.fromText("trading test: buyer"), Signer.fromText("trading test: seller")];

const folder = mkdtempSync(join(tmpdir(), "recourse-trading-"));
const cleanup = new Cleanup();
cleanup.add(() => rmSync(folder, { recursive: true }));
let network: Network;
let url: string;
let accounts: readonly number[];

/** Runs a command and reads the object that it prints. */
async function recourse(signer: Signer | undefined, ...args: readonly string[]) {
  const env = { ...process.env, RECOURSE_SEQUENCER: url, RECOURSE_RPC_URL: network.rpcUrl };
  const key = signer && { RECOURSE_PRIVATE_KEY: signer.privateKey };
  const command = promisify(execFile)(process.execPath, [binary, ...args, "--json"], { env: { ...env, ...key } });
  const { stdout } = await command.catch((error: { stdout: string }) => error);
  return JSON.parse(stdout);
}

beforeAll(async () => {
  network = await startNetwork(1, cleanup);
  const listening = Promise.withResolvers<string>();
  const sequencer = new Service({
    name: "sequencer",
    args: [
      ...["sequencer", "--rpc-url", network.rpcUrl, "--rollup", network.deployment.rollup, "--port", "0"],
      ...["--data-dir", join(folder, "journal"), "--clock", "external", "--json"],
    ],
    environment: { RECOURSE_PRIVATE_KEY: fundedKey("sequencer"), RECOURSE_OPERATOR_TOKEN: operatorToken },
    onLine: (line) => listening.resolve((JSON.parse(line) as { url: string }).url),
  });
  cleanup.add(() => sequencer.stop());
  const traders = await fundTraders({
    rpcUrl: network.rpcUrl,
    deployment: network.deployment,
    payer: fundedAccount("payer"),
    owners: [buyer, seller],
    deposit: cash(100_000_000_000),
  });
  accounts = traders.map(({ number }) => number);
  url = await listening.promise;
  const client = new SequencerClient({ url, operatorToken });
  await poll("The deposits", patienceMs, async () => (await client.status()).inboxCursor >= 2 || undefined);
  const factory = new TransactionFactory(network.domainSeparator, network.authorities);
  const venue = new HttpVenue(client, plan.instruments);
  const news = [...plan.opening, ...plan.groups[0]!.risk].map((item) => factory.risk(item));
  const { results } = await venue.submit(news);
  expect(results.every(({ isAccepted }) => isAccepted)).toBe(true);
}, 180_000);

afterAll(() => cleanup.run());

describe("a trader's commands", () => {
  const terms = (side: string, price: string, id: string) => [
    ...["orders", "submit", "--instrument", "BTC-PERPETUAL", "--side", side, "--price", price, "--size", "0.5"],
    ...["--client-order-id", id],
  ];

  it("say how the sequencer stands", async () => {
    expect(await recourse(undefined, "status")).toMatchObject({ rollup: network.deployment.rollup, term: 1 });
  });

  it("submit, list and cancel orders", async () => {
    const [buying, selling] = accounts.map(String) as [string, string];
    const resting = await recourse(seller, ...terms("sell", "40010.5", "1"), "--account", selling);
    expect(resting).toMatchObject({ status: "resting", remainingSize: "0.5" });
    const filled = await recourse(buyer, ...terms("buy", "40010.5", "7"), "--account", buying, "--immediate");
    expect(filled).toMatchObject({ status: "filled", fills: [{ price: "40010.5", size: "0.5" }] });
    await recourse(seller, ...terms("sell", "41000", "2"), "--account", selling);
    expect(await recourse(undefined, "orders", "list", "--account", selling)).toMatchObject({
      orders: [{ clientOrderId: 2, side: "sell", price: "41000", size: "0.5" }],
    });
    const cancelled = await recourse(seller, "orders", "cancel", "--client-order-id", "2", "--account", selling);
    expect(cancelled).toMatchObject({ cancelledSize: "0.5" });
    expect(await recourse(undefined, "orders", "list", "--account", selling)).toMatchObject({ orders: [] });
  });

  it("say how an order behaves, replace it, and cancel all", async () => {
    const account = ["--account", String(accounts[1])];
    const code = async (...args: readonly string[]) => (await recourse(seller, ...args, ...account)).error.code;
    const resting = await recourse(seller, ...terms("sell", "40500", "21"), ...account, "--post-only");
    expect(resting).toMatchObject({ status: "resting" });
    const self = ["--self-trade-prevention", "cancel_incoming"];
    expect(await code(...terms("buy", "40500", "22"), ...self)).toBe("SelfTrade");
    expect(await code(...terms("buy", "40500", "22"), "--post-only")).toBe("WouldCross");
    expect(await code(...terms("buy", "40400", "22"), "--fill-or-kill")).toBe("NotFilled");
    expect(await code(...terms("sell", "40400", "22"), "--reduce-only")).toBe("WouldNotReduce");
    expect(await code(...terms("buy", "40400", "22"), "--fill-or-kill", "--immediate")).toBe("InvalidCommand");
    expect(await code(...terms("buy", "40400", "22"), "--immediate", "--post-only")).toBe("InvalidCommand");

    const [orders, , ...rest] = terms("sell", "40600", "22");
    const replaced = await recourse(seller, orders!, "replace", ...rest, "--replaced", "21", ...account);
    expect(replaced).toMatchObject({ status: "resting", replacedClientOrderId: 21, replacedSize: "0.5" });
    const cancelled = await recourse(seller, "orders", "cancel-all", ...account);
    expect(cancelled).toMatchObject({ cancelled: [{ clientOrderId: 22, size: "0.5" }], restingOrders: 0 });
    expect(await code("orders", "cancel-all")).toBe("NothingToCancel");
  });

  it("let a session key sign, within its scope and until it is revoked", async () => {
    const account = ["--account", String(accounts[0])];
    const file = join(folder, "session.key");
    const add = ["session", "add", ...account, "--number", "3", "--scope", "trade", "--hours", "2"];
    const added = await recourse(buyer, ...add, "--new-key-file", file);
    expect(added).toMatchObject({ number: 3, scope: ["trade"], key: expect.stringMatching(/^0x/) });
    expect(JSON.stringify(added)).not.toContain(readFileSync(file, "utf8").trim());
    expect(statSync(file).mode & 0o077).toBe(0);
    expect((await recourse(buyer, ...add, "--new-key-file", file)).error.code).toBe("FileNotWritable");
    expect(await recourse(undefined, "session", "list", ...account)).toMatchObject({
      sessions: [{ number: 3, key: added.key.toLowerCase(), scope: ["trade"], expiry: added.expiry }],
    });

    const session = ["--private-key-file", file, "--signer", "3", ...account];
    const order = terms("buy", "39000", "31");
    expect(await recourse(undefined, ...order, ...session)).toMatchObject({ status: "resting" });
    const cancel = ["orders", "cancel", "--client-order-id", "31"];
    expect((await recourse(undefined, ...cancel, ...session)).error.code).toBe("OutOfScope");
    expect(await recourse(buyer, "session", "revoke", "--number", "3", ...account)).toMatchObject({ number: 3 });
    expect((await recourse(undefined, ...order, ...session)).error.code).toBe("UnknownSigner");
    expect(await recourse(buyer, ...cancel, ...account)).toMatchObject({ cancelledSize: "0.5" });
  });

  it("say why an order is refused", async () => {
    const account = ["--account", String(accounts[0])];
    const code = async (...args: readonly string[]) => (await recourse(buyer, ...args, ...account)).error.code;
    expect(await code("orders", "cancel", "--client-order-id", "99")).toBe("UnknownOrder");
    expect(await code(...terms("buy", "40000.001", "8"))).toMatch(/Invalid(Price|Decimal)/);
    expect((await recourse(seller, ...terms("buy", "39000", "9"), ...account)).error.code).toBe("BadSignature");
  });

  it("withdraw, and claim on L1", async () => {
    const withdrawal = await recourse(buyer, "withdraw", "--account", String(accounts[0]), "--amount", "1250.5");
    expect(withdrawal).toMatchObject({ number: 1, amount: "1250.5" });
    expect((await recourse(buyer, "withdraw", "--claim", "1")).error.code).toBe("NotFinal");
    const client = new SequencerClient({ url });
    await poll("Finality", patienceMs, async () => (await client.withdrawal(1)).claim);
    const claimed = await recourse(buyer, "withdraw", "--claim", "1");
    expect(claimed).toMatchObject({ number: 1, amount: "1250.5", transaction: expect.stringMatching(/^0x/) });
    expect((await recourse(buyer, "withdraw", "--claim", "1")).error.code).toBe("ChainError");
  }, 180_000);
});
