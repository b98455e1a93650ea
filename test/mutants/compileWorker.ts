/** Compiles Solidity in a worker thread, so that the tests' own thread stays free meanwhile. */
import { createRequire } from "node:module";
import { parentPort, workerData } from "node:worker_threads";

const require = createRequire(new URL("../../contracts/package.json", import.meta.url));
const compiler = require("solc") as { compile(input: string): string };

parentPort!.postMessage(compiler.compile(workerData as string));
