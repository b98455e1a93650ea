import { admissionCases } from "./admission.ts";
import { bandCases } from "./bands.ts";
import { blockCases } from "./blocks.ts";
import { bridgeCases } from "./bridge.ts";
import { cancelCases } from "./cancels.ts";
import { chunkCases } from "./chunks.ts";
import { conditionalCases } from "./conditionals.ts";
import { expiryCases } from "./expiries.ts";
import { fundingCases } from "./funding.ts";
import { houseOrderCases } from "./houseOrders.ts";
import { liquidationCases } from "./liquidations.ts";
import { listingCases } from "./listings.ts";
import { makerCases } from "./makers.ts";
import { marginCases } from "./margins.ts";
import { markCases } from "./marks.ts";
import { orderOptionCases } from "./orderOptions.ts";
import { orderCases } from "./orders.ts";
import { premiumCases } from "./premiums.ts";
import { quoteCases } from "./quotes.ts";
import { reductionCases } from "./reductions.ts";
import { refusedOrderCases } from "./refusedOrders.ts";
import { replaceCases } from "./replaces.ts";
import { reportCases } from "./reports.ts";
import { roomCases } from "./room.ts";
import { sessionCases } from "./sessions.ts";
import { settlementCases } from "./settlements.ts";
import type { VectorCase } from "./terms.ts";
import { withdrawalCases } from "./withdrawals.ts";

/** Every operation, every way in which it ends, every rule that needs two parties. */
export const vectorCases: readonly VectorCase[] = [
  ...bridgeCases,
  ...chunkCases,
  ...roomCases,
  ...admissionCases,
  ...sessionCases,
  ...reportCases,
  ...listingCases,
  ...markCases,
  ...orderCases,
  ...makerCases,
  ...orderOptionCases,
  ...refusedOrderCases,
  ...replaceCases,
  ...cancelCases,
  ...withdrawalCases,
  ...marginCases,
  ...bandCases,
  ...reductionCases,
  ...conditionalCases,
  ...blockCases,
  ...quoteCases,
  ...premiumCases,
  ...fundingCases,
  ...settlementCases,
  ...liquidationCases,
  ...houseOrderCases,
  ...expiryCases,
];
