import { readParameters } from "@recourse/engine";
import { domainName, domainVersion, toHex } from "@recourse/protocol";
import type { StatusResponse } from "@recourse/sdk";
import type { FastifyInstance } from "fastify";
import type { ApiContext } from "./context.ts";
import { describeFund } from "./risk.ts";

/** GET /v1/status and GET /healthz. */
export function statusRoutes(server: FastifyInstance, { context }: { readonly context: ApiContext }): void {
  server.get("/healthz", async () => ({ healthy: true, isRebuilding: context.isRebuilding() }));

  server.get("/v1/status", async (): Promise<StatusResponse> => {
    const { chainId, rollup } = context.deployment;
    const state = context.state();
    const { root, at } = state.root;
    const { postingError, ...batches } = context.batchProgress();
    return {
      chainId,
      rollup,
      domain: { name: domainName, version: domainVersion, chainId, verifyingContract: rollup },
      sequencer: context.sequencer,
      clock: context.clock,
      term: state.term.term,
      era: state.term.era,
      position: state.position,
      runningHash: toHex(state.runningHash),
      engineTime: state.time,
      maxMarkAgeSeconds: readParameters(state.store).maxMarkAgeSeconds,
      inboxCursor: state.at.inboxCursor,
      state: { root, position: at.sequence - state.term.from.sequence },
      batches: { ...batches, ...(postingError === undefined ? {} : { postingError }) },
      waitingTransactions: context.queue.waitingTransactions,
      fund: describeFund(state.store),
    };
  });
}
