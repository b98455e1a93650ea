import { RecourseError, rollupAbi } from "@recourse/protocol";
import type { Logger } from "pino";
import { encodeFunctionData, isAddressEqual } from "viem";
import type { PrivateKeyAccount } from "viem/accounts";
import type { BatchRecord, BatchTable } from "../journal/batches.ts";
import { beginning, type Cut } from "../journal/cut.ts";
import type { TermTable } from "../journal/terms.ts";
import { type Layer1, noAddress, type Office, type PostedBatch } from "./layer1.ts";
import { NonceTakenError, type TransactionSender } from "./transactionSender.ts";

const OPEN_TERM_GAS = 300_000n;

/**
 * Makes sure that a term of our own is open: puts down the bond where none is.
 * @throws RecourseError `TermTaken` where another sequencer is in office
 */
export async function takeOffice(
  layer1: Layer1,
  sender: TransactionSender,
  account: PrivateKeyAccount,
  logger: Logger,
): Promise<Office> {
  let office = await layer1.readOffice();
  if (office.sequencer === noAddress) {
    const isOpened = await openTerm(layer1, sender);
    office = await layer1.readOffice();
    if (isOpened) logger.info({ term: office.term, bond: layer1.deployment.bondAmount }, "opened a term");
  }
  if (!isAddressEqual(office.sequencer, account.address)) {
    throw new RecourseError("TermTaken", `Another sequencer is in office: ${office.sequencer}.`);
  }
  return office;
}

/** @returns whether this call opened the term; the office says what came of it otherwise */
async function openTerm(layer1: Layer1, sender: TransactionSender): Promise<boolean> {
  try {
    const { status } = await sender.send({
      to: layer1.deployment.rollup,
      data: encodeFunctionData({ abi: rollupAbi, functionName: "openTerm" }),
      value: layer1.deployment.bondAmount,
      gas: OPEN_TERM_GAS,
    });
    return status === "success";
  } catch (error) {
    // What was sent before the last stop got into a block meanwhile: perhaps this very opening.
    if (error instanceof NonceTakenError) return false;
    throw error;
  }
}

/**
 * Brings the journal's tables up to what L1 says: which batches stand, and which term runs from where.
 * @throws RecourseError `UnknownHistory` where a batch stands on L1 that the journal does not hold
 */
export async function reconcile(layer1: Layer1, office: Office, batches: BatchTable, terms: TermTable): Promise<void> {
  for (const batch of await batches.listStanding()) {
    if (batch.index > office.head || batch.summary !== undefined) continue;
    // Sent before the sequencer stopped, and got into a block without its knowing.
    const posted = await layer1.readBatch(batch.index);
    if (posted && isSame(batch, posted)) {
      await batches.markPosted(batch.term, batch.index, posted, posted.summary);
    }
  }
  const newest = (await terms.list()).at(-1);
  if (newest?.term === office.term && newest.era === office.era) {
    await findHead(office, batches);
    return;
  }
  await batches.markReverted(office.head, await layer1.readLastRevert());
  const from = await findHead(office, batches);
  await terms.add({ term: office.term, era: office.era, eraStart: office.eraStart, from });
}

/** Where the newest standing batch ends in the journal. */
async function findHead({ head }: Office, batches: BatchTable): Promise<Cut> {
  if (head === 0) return beginning;
  const batch = (await batches.listStanding()).find(({ index }) => index === head);
  if (batch?.summary === undefined) {
    throw new RecourseError("UnknownHistory", `Batch ${head} stands on L1, but not in this sequencer's journal.`);
  }
  return batch.to;
}

function isSame(batch: BatchRecord, { summary, dataHashes }: PostedBatch): boolean {
  return (
    summary.term === batch.term &&
    Number(summary.inboxTo) === batch.to.inboxCursor &&
    dataHashes.length === batch.chunks.length
  );
}
