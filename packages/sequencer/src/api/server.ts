import Fastify, { type FastifyInstance, LogController } from "fastify";
import { accountRoutes } from "./accounts.ts";
import { batchRoutes } from "./batches.ts";
import { cancelRoutes } from "./cancels.ts";
import type { ApiContext } from "./context.ts";
import { answerUnreadable, installErrorHandling, sendError } from "./errors.ts";
import { historyRoutes } from "./history.ts";
import { instrumentRoutes } from "./instruments.ts";
import { orderRoutes } from "./orders.ts";
import { statusRoutes } from "./status.ts";
import { streamRoutes } from "./stream.ts";
import { transactionRoutes } from "./transactions.ts";
import { withdrawalRoutes } from "./withdrawals.ts";

/** Room for the largest list of transactions. */
const BODY_LIMIT_BYTES = 8 * 1024 * 1024;

/** The HTTP API: one plugin a concern. */
export async function createServer(context: ApiContext): Promise<FastifyInstance> {
  const server = Fastify({
    loggerInstance: context.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: 100 },
    frameworkErrors: (error, _, reply) => void sendError(reply, error),
    clientErrorHandler: answerUnreadable,
  });
  installErrorHandling(server);
  for (const routes of [
    statusRoutes,
    orderRoutes,
    cancelRoutes,
    withdrawalRoutes,
    transactionRoutes,
    instrumentRoutes,
    accountRoutes,
    historyRoutes,
    batchRoutes,
    streamRoutes,
  ]) {
    await server.register(async (scope) => routes(scope, { context }));
  }
  return server;
}
