import {
  type AcceptedOrder,
  type BulkResponse,
  type HistoryPage,
  type OrderTerms,
  RecourseClient,
} from "@recourse/sdk";
import { type FundedAccount, perpetual, type SequencerProcess, until, type World } from "./world.ts";

export interface Traders {
  readonly accounts: readonly [FundedAccount, FundedAccount];
  readonly alice: RecourseClient;
  readonly bob: RecourseClient;
}

/** Two funded accounts, known to the sequencer. */
export async function createTraders(world: World, { url, client }: SequencerProcess): Promise<Traders> {
  const known = (await client.status()).inboxCursor;
  const accounts = [await world.fund(0, 1_000_000), await world.fund(1, 1_000_000)] as const;
  await until("both deposits executed", async () => (await client.status()).inboxCursor >= known + 2);
  return connectTraders(accounts, url);
}

/** The traders' clients, at a sequencer that may have been started anew. */
export function connectTraders(accounts: Traders["accounts"], url: string): Traders {
  const [alice, bob] = accounts;
  return { accounts, alice: new RecourseClient({ url, ...alice }), bob: new RecourseClient({ url, ...bob }) };
}

/** What a trader states of an order, with something plain for what does not matter. */
export function order(clientOrderId: number, terms: Partial<OrderTerms> = {}): OrderTerms {
  return { instrument: perpetual, side: "buy", price: "49000", size: "0.01", clientOrderId, ...terms };
}

export function acceptedOf(response: BulkResponse<AcceptedOrder>): AcceptedOrder[] {
  return response.results.flatMap((result) => ("error" in result ? [] : [result]));
}

/** All pages of a history. */
export async function readPages<Entry>(
  read: (query: { before?: string }) => Promise<HistoryPage<Entry>>,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (let before: string | undefined; ; ) {
    const page = await read(before === undefined ? {} : { before });
    entries.push(...page.entries);
    if (page.next === undefined) return entries;
    before = page.next;
  }
}
