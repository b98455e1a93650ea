import { createRequire } from "node:module";
import { defineConfig } from "hardhat/config";

const require = createRequire(import.meta.url);

export default defineConfig({
  solidity: {
    version: "0.8.37",
    // npm carries the compiler, so that nothing is downloaded beside the packages.
    path: require.resolve("solc/soljson.js"),
    settings: {
      evmVersion: "cancun",
      optimizer: { enabled: true, runs: 1000 },
      viaIR: true,
    },
  },
  paths: {
    sources: "./src",
    tests: "./test",
    artifacts: process.env.RECOURSE_ARTIFACTS ?? "./artifacts",
    cache: process.env.RECOURSE_CACHE ?? "./cache",
  },
  networks: {
    // The chain of the demo and of tests: mined on wall time, with the gas rules of the real chain in force. Whoever
    // starts it may choose an interval below a second.
    interval: {
      type: "edr-simulated",
      chainType: "l1",
      chainId: 31337,
      hardfork: "osaka",
      mining: { auto: false, interval: 2000 },
      allowBlocksWithSameTimestamp: true,
    },
    automine: { type: "edr-simulated", chainType: "l1", chainId: 31337, hardfork: "osaka" },
  },
});
