/**
 * The process behind `startChain`: a local chain that answers JSON-RPC on this machine until its parent goes away.
 */
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { createHardhatRuntimeEnvironment, importUserConfig } from "hardhat/hre";

/** What the process tells its parent once, when it answers or has failed to. */
export type ChainProcessReport = { readonly port: number } | { readonly error: string };

const hostname = "127.0.0.1";
const projectRoot = fileURLToPath(new URL(".", import.meta.url));

/** Finds out whether a port can be listened on, which Hardhat's server would not say. */
async function probePort(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, hostname, () => server.close(() => resolve()));
  });
}

async function serve(blockIntervalMs: number, port: number): Promise<number> {
  await probePort(port);
  const config = await importUserConfig(`${projectRoot}/hardhat.config.ts`);
  const environment = await createHardhatRuntimeEnvironment(config, {}, projectRoot);
  const server = await environment.network.createServer(
    {
      network: "interval",
      chainType: "l1",
      override: {
        mining: { auto: false, interval: blockIntervalMs },
        // Several blocks a second must share timestamps, or the chain's time would run ahead of the wall's.
        allowBlocksWithSameTimestamp: blockIntervalMs < 1000,
      },
    },
    hostname,
    port,
  );
  return (await server.listen()).port;
}

function report(message: ChainProcessReport): void {
  process.send?.(message);
}

// The channel closes when the parent ends, whatever ended it.
process.on("disconnect", () => process.exit());
// A terminal interrupts the whole group: the parent decides when its chain ends.
process.on("SIGINT", () => {});

try {
  report({ port: await serve(Number(process.argv[2]), Number(process.argv[3])) });
} catch (error) {
  report({ error: error instanceof Error ? error.message : String(error) });
}
