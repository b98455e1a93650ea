import { once } from "node:events";
import { createServer } from "node:net";
import { developmentAccount } from "@recourse/contracts/local";
import { vaultAbi } from "@recourse/protocol";
import { createWalletClient, http } from "viem";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectTraders, createTraders, order, type Traders } from "./trading.ts";
import { createWorld, openMarket, type SequencerProcess, startSequencerProcess, until, type World } from "./world.ts";

let world: World;
let dataDir: string;
let sequencer: SequencerProcess;
let traders: Traders;

beforeAll(async () => {
  world = await createWorld({ challengeWindowSeconds: 2 });
  dataDir = await world.temporaryFolder();
  sequencer = await startSequencerProcess(world, dataDir);
  await openMarket(world, sequencer.client);
  traders = await createTraders(world, sequencer);
});

afterAll(async () => {
  await sequencer.kill();
  await world.close();
});

describe("batches", () => {
  test("are posted with the roots that the contract comes to, and become final", async () => {
    await traders.alice.submitOrder(order(1));
    const status = await until("a final batch", async () => {
      const now = await sequencer.client.status();
      return now.batches.final >= 1 && now.batches.waiting === 0 && now;
    });
    expect(status.batches.posted).toBeGreaterThanOrEqual(status.batches.final);
    const batch = await sequencer.client.batch(1);
    expect(batch).toMatchObject({ index: 1, term: 1, status: "final", fromPosition: 0, inboxFrom: 0 });
    expect(batch.summary?.stateRoot).toBe(batch.chunks.at(-1)?.postRoot);
    const receipt = await world.publicClient.getTransactionReceipt({ hash: batch.transactionHash! });
    expect(receipt.status).toBe("success");
  });

  test("are posted while orders never cease to come", async () => {
    const { posted } = (await sequencer.client.status()).batches;
    let id = 1_000;
    let isEnough = false;
    const client = async (): Promise<void> => {
      while (!isEnough) {
        const mine = id++;
        await traders.bob.submitOrder(order(mine));
        await traders.bob.cancel(mine);
      }
    };
    const watcher = async (): Promise<void> => {
      await until("two batches more", async () => (await sequencer.client.status()).batches.posted >= posted + 2);
      isEnough = true;
    };
    await Promise.all([watcher(), client(), client(), client(), client()]);
  });

  test("that were sealed before the sequencer ended are posted by the next one, unchanged", async () => {
    await traders.alice.submitOrders(Array.from({ length: 20 }, (_, place) => order(100 + place)));
    const { position, runningHash } = await sequencer.client.status();
    expect(await sequencer.stop()).toBe(0);
    sequencer = await startSequencerProcess(world, dataDir);
    const status = await until("the rest posted", async () => {
      const now = await sequencer.client.status();
      return now.batches.waiting === 0 && now.state.position === now.position && now;
    });
    expect([status.position, status.runningHash]).toEqual([position, runningHash]);
    const [newest] = await sequencer.client.batches(1);
    expect(newest).toMatchObject({ toPosition: position, summary: { stateRoot: status.state.root } });
  });

  test("the data folder of another deployment is refused", async () => {
    const other = await createWorld();
    await sequencer.stop();
    await expect(startSequencerProcess(other, dataDir)).rejects.toThrow("WrongDeployment");
    await other.close();
    sequencer = await startSequencerProcess(world, dataDir);
  });
});

describe("a withdrawal", () => {
  test("is claimed on L1 with the proof that the sequencer gives once it is final", async () => {
    const { alice } = connectTraders(traders.accounts, sequencer.url);
    const recipient = developmentAccount(15).address;
    const accepted = await alice.withdraw("1250.5", recipient);
    expect(accepted).toMatchObject({ number: 1, amount: "1250.5" });
    expect(await alice.verify(accepted)).toBe(true);
    expect(await sequencer.client.withdrawal(accepted.number)).toMatchObject({ status: "pending", amount: "1250.5" });

    const { claim } = await until("the withdrawal to be final", async () => {
      const withdrawal = await sequencer.client.withdrawal(accepted.number);
      return withdrawal.status === "final" && withdrawal;
    });
    const { summary, number, amount, time, proof } = claim!;
    const wallet = createWalletClient({ transport: http(world.rpcUrl), account: developmentAccount(0) });
    const hash = await wallet.writeContract({
      abi: vaultAbi,
      address: world.deployment.vault,
      chain: null,
      functionName: "claim",
      args: [
        {
          ...summary,
          index: BigInt(summary.index),
          inboxTo: BigInt(summary.inboxTo),
          postedAt: BigInt(summary.postedAt),
        },
        BigInt(number),
        recipient,
        BigInt(amount),
        time,
        proof,
      ],
    });
    expect((await world.publicClient.waitForTransactionReceipt({ hash })).status).toBe("success");
  });
});

describe("a sequencer that cannot start", () => {
  test.each<[string, Record<string, string>, string]>([
    ["without a node", { "rpc-url": "http://127.0.0.1:9" }, "NoRollup"],
    ["without a rollup", { rollup: `0x${"12".repeat(20)}` }, "NoRollup"],
    ["with wrong flags", { port: "x", clock: "moon" }, "InvalidConfiguration"],
  ])("%s says why and ends", async (_, flags, code) => {
    const folder = await world.temporaryFolder();
    await expect(startSequencerProcess(world, folder, flags)).rejects.toThrow(code);
  });

  test("on a port that is taken says why and ends", async () => {
    await sequencer.stop();
    const { port } = new URL(sequencer.url);
    const squatter = createServer().listen(Number(port), "127.0.0.1");
    await once(squatter, "listening");
    await expect(startSequencerProcess(world, dataDir, { port })).rejects.toThrow("CannotListen");
    squatter.close();
    sequencer = await startSequencerProcess(world, dataDir);
  });
});
