import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { developmentAccount } from "@recourse/contracts/local";
import { toHex } from "@recourse/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTraders, type Traders } from "../../sequencer/test/trading.ts";
import {
  createWorld,
  openMarket,
  perpetual,
  type SequencerProcess,
  startSequencerProcess,
  startTime,
  type World,
} from "../../sequencer/test/world.ts";

const binary = fileURLToPath(new URL("../bin/recourse.js", import.meta.url));

let world: World;
let sequencer: SequencerProcess;
let traders: Traders;
let folder: string;

beforeAll(async () => {
  world = await createWorld();
  folder = await world.temporaryFolder();
  sequencer = await startSequencerProcess(world, join(folder, "data"));
  await openMarket(world, sequencer.client);
  traders = await createTraders(world, sequencer);
});

afterAll(async () => {
  await sequencer?.stop();
  await world?.close();
});

/** Runs a command in the name of a trader, 0 or 1. */
function run(trader: number, ...args: readonly string[]): Promise<{ status: number; result: Record<string, unknown> }> {
  const key = toHex(developmentAccount(5 + trader).getHdKey().privateKey!);
  const env = { ...process.env, RECOURSE_PRIVATE_KEY: key, RECOURSE_SEQUENCER: sequencer.url };
  return new Promise((resolve) => {
    execFile(process.execPath, [binary, "orders", ...args, "--json"], { env, cwd: folder }, (error, stdout) => {
      resolve({ status: error === null ? 0 : 1, result: JSON.parse(stdout) });
    });
  });
}

const account = (trader: 0 | 1) => String(traders.accounts[trader].account);

describe("recourse orders", () => {
  test("quote, of one instrument and from a file, and trade with them", async () => {
    const one = ["--account", account(0), "--instrument", perpetual, "--bid", "49900:0.1", "--ask", "50100:0.2"];
    const first = await run(0, "quote", ...one);
    expect(first).toMatchObject({
      status: 0,
      result: { quotes: [{ name: perpetual, bid: { price: "49900", size: "0.1" }, ask: { price: "50100" } }] },
    });
    const quotes = [{ instrument: perpetual, ask: { price: "50200", size: "0.3" } }];
    writeFileSync(join(folder, "quotes.json"), JSON.stringify(quotes));
    expect(await run(0, "quote", "--account", account(0), "--file", "quotes.json")).toMatchObject({ status: 0 });
    expect(await sequencer.client.book(perpetual)).toMatchObject({ bids: [], asks: [{ price: "50200", size: "0.3" }] });
  });

  test("sign a block for both parties and submit it", async () => {
    const block = {
      account: traders.accounts[0].account,
      deadline: startTime + 60,
      nonce: 1,
      makerAccount: traders.accounts[1].account,
      makerNonce: 2,
      legs: [{ instrument: perpetual, side: "buy", price: "50050", size: "1" }],
    };
    writeFileSync(join(folder, "block.json"), JSON.stringify(block));
    const [taker, maker] = await Promise.all(
      ([0, 1] as const).map((trader) =>
        run(trader, "block", "sign", "--account", account(trader), "--file", "block.json"),
      ),
    );
    expect([taker!.result.role, maker!.result.role]).toEqual(["taker", "maker"]);
    const signatures = [
      ["--taker-signature", taker!.result.signature],
      ["--maker-signature", maker!.result.signature],
    ].flat() as string[];
    const { status, result } = await run(0, "block", "submit", "--file", "block.json", ...signatures);
    expect([status, result.legs]).toMatchObject([0, [{ name: perpetual, side: "buy", price: "50050", size: "1" }]]);
    expect(await traders.alice.positions()).toMatchObject([{ size: "1" }]);
    const again = await run(0, "block", "submit", "--file", "block.json", ...signatures);
    expect(again).toMatchObject({ status: 0, result: { isRepeated: true } });
  });

  test("leave a stop order, list it, and take it back", async () => {
    const order = [
      "--account",
      account(0),
      "--instrument",
      perpetual,
      "--side",
      "sell",
      "--price",
      "45000",
      "--size",
      "1",
    ];
    const stop = ["--client-order-id", "7", "--immediate", "--reduce-only", "--at-or-below", "46000", "--days", "2"];
    const held = await run(0, "conditional", ...order, ...stop);
    expect(held).toMatchObject({ status: 0, result: { status: "held", clientOrderId: 7 } });
    expect((await run(0, "held", "--account", account(0))).result.orders).toMatchObject([{ clientOrderId: 7 }]);
    const { deadline, nonce } = held.result;
    const named = ["--deadline", String(deadline), "--nonce", String(nonce)];
    expect(await run(0, "revoke", "--account", account(0), ...named)).toMatchObject({ status: 0 });
    expect((await run(0, "held", "--account", account(0))).result.orders).toEqual([]);
  });

  test("say what is wrong", async () => {
    writeFileSync(join(folder, "broken.json"), JSON.stringify({ account: 1, legs: [] }));
    const order = ["--account", account(0), "--instrument", perpetual, "--side", "sell", "--price", "1", "--size", "1"];
    const wrong = await Promise.all([
      run(0, "quote", "--account", account(0), "--instrument", perpetual, "--bid", "49900"),
      run(0, "quote", "--account", account(0)),
      run(0, "block", "sign", "--account", account(0), "--file", "broken.json"),
      run(0, "conditional", ...order, "--client-order-id", "8"),
    ]);
    expect(wrong.map(({ status }) => status)).toEqual(wrong.map(() => 1));
    const errors = wrong.map(({ result }) => result.error as { code: string; fields: { field: string }[] });
    expect(errors.map(({ code, fields }) => [code, fields[0]!.field])).toEqual([
      ["InvalidOption", "bid"],
      ["InvalidCommand", "instrument"],
      ["InvalidFile", "deadline"],
      ["InvalidCommand", "at-or-above"],
    ]);
  });
});
