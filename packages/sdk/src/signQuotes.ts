import { instrumentNumber, lots, priceRank, type Quote, type Quotes, TransactionKind } from "@recourse/protocol";
import type { LocalAccount } from "viem";
import type { SigningDomain } from "./domain.ts";
import { type InstrumentUnits, lotsOf, rankOf } from "./orderMessage.ts";
import { admissionMessage, signedBytes, type UnsignedAdmission } from "./signedBytes.ts";
import type { Hex } from "./wire.ts";

export interface QuotedSide {
  /** A multiple of the instrument's tick. */
  readonly price: string;
  /** A multiple of the instrument's lot. */
  readonly size: string;
}

/** What an account quotes of an instrument; a side that is left out is no longer quoted. */
export interface QuoteTerms {
  readonly instrument: InstrumentUnits;
  readonly bid?: QuotedSide;
  readonly ask?: QuotedSide;
}

export interface UnsignedQuotes extends UnsignedAdmission {
  /** Minutes that the quotes rest after the deadline. */
  readonly restMinutes: number;
  /** One for each instrument, of which there may be 32; in any order. */
  readonly quotes: readonly QuoteTerms[];
}

/**
 * Signs quotes of many instruments, which take the place of the account's old ones.
 * @returns their canonical bytes, to be sent to POST /v1/transactions
 * @throws RecourseError `InvalidDecimal` where a price is no multiple of the tick, or a size none of the lot
 */
export async function signQuotes(account: LocalAccount, domain: SigningDomain, terms: UnsignedQuotes): Promise<Hex> {
  return signedBytes<Quotes>(account, domain, "Quotes", {
    kind: TransactionKind.quotes,
    ...admissionMessage(terms),
    restMinutes: terms.restMinutes,
    quotes: terms.quotes.map(quoteMessage).toSorted((left, right) => left.instrument - right.instrument),
  });
}

function quoteMessage({ instrument, bid, ask }: QuoteTerms): Quote {
  return {
    instrument: instrumentNumber(instrument.instrument),
    bidPriceRank: bid ? rankOf(instrument, bid.price) : priceRank(0),
    bidLots: bid ? lotsOf(instrument, bid.size) : lots(0),
    askPriceRank: ask ? rankOf(instrument, ask.price) : priceRank(0),
    askLots: ask ? lotsOf(instrument, ask.size) : lots(0),
  };
}
