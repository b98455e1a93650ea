import {
  accountNumber,
  type BlockTrade,
  encodeTransaction,
  type Leg,
  MAX_LEGS,
  RecourseError,
  seconds,
  TransactionKind,
} from "@recourse/protocol";
import type { AcceptedBlockTrade } from "@recourse/sdk";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { InstrumentDirectory } from "../execution/instrumentDirectory.ts";
import type { ApiContext } from "./context.ts";
import { legOf, legSchema, sideName } from "./legs.ts";
import { admission, parse, signature, unsigned } from "./schemas.ts";
import { type Accepted, type Candidate, describeAccepted, submitOne } from "./submit.ts";
import { formatCash, formatLots, formatRank } from "./units.ts";

const expectedLegs = `a list of 1 to ${MAX_LEGS} legs`;

const blockTradeSchema = z.strictObject({
  ...admission,
  makerAccount: unsigned(32),
  makerSigner: unsigned(8).default(0),
  makerNonce: unsigned(16),
  makerSignature: signature,
  legs: z
    .array(legSchema, { error: expectedLegs })
    .min(1, { error: expectedLegs })
    .max(MAX_LEGS, { error: expectedLegs }),
});

/** POST /v1/block-trades: what two accounts have agreed on, all legs or none. */
export function blockTradeRoutes(server: FastifyInstance, { context }: { readonly context: ApiContext }): void {
  server.post("/v1/block-trades", async ({ body }) =>
    submitOne(context, prepareBlockTrade(parse(blockTradeSchema, body), context.instruments()), (accepted) =>
      describeBlockTrade(accepted, context.instruments()),
    ),
  );
}

function prepareBlockTrade(block: z.output<typeof blockTradeSchema>, instruments: InstrumentDirectory): Candidate {
  const legs: Leg[] = [];
  for (const [place, given] of block.legs.entries()) {
    const leg = legOf(given, `legs.${place}.`, instruments);
    if (leg instanceof RecourseError) return leg;
    legs.push(leg);
  }
  const transaction: BlockTrade = {
    kind: TransactionKind.blockTrade,
    ...block,
    account: accountNumber(block.account),
    deadline: seconds(block.deadline),
    makerAccount: accountNumber(block.makerAccount),
    legs: legs.toSorted((left, right) => left.instrument - right.instrument),
  };
  return { bytes: encodeTransaction(transaction), transaction };
}

/** What became of an accepted block trade. */
export function describeBlockTrade(accepted: Accepted, instruments: InstrumentDirectory): AcceptedBlockTrade {
  // INVARIANT: a block trade is accepted only where it has traded, and says so.
  const { taker, maker, legs } = accepted.events.find((event) => event.type === "blockTrade")!;
  return {
    ...describeAccepted(accepted),
    taker,
    maker,
    legs: legs.map((leg) => {
      const { name, record } = instruments.recall(leg.instrument)!;
      return {
        name,
        side: sideName(leg.side),
        price: formatRank(leg.priceRank, record),
        size: formatLots(leg.lots, record),
        value: formatCash(leg.value),
        takerFee: formatCash(leg.takerFee),
        makerFee: formatCash(leg.makerFee),
      };
    }),
  };
}
