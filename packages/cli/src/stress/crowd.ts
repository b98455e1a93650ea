import { type MarketRecord, readMarket } from "@recourse/engine";
import {
  type Cash,
  cash,
  cashDecimals,
  InstrumentKind,
  type InstrumentNumber,
  type Lots,
  lots as lotsOf,
  type PriceRank,
  priceRank,
  type Quote,
  Side,
} from "@recourse/protocol";
import type { OrderedStore } from "@recourse/store";
import type { PlannedInstrument } from "../demo/plan.ts";
import type { Trader } from "../demo/transactions.ts";
import { SeededRandom } from "../random.ts";
import type { StressVenue } from "./venue.ts";

/** Who trades in a stress run: the leveraged, who are there to be liquidated, and those who trade with them. */

/** What a leveraged account does once, and then waits for what comes. */
export type Bet = "long" | "short" | "put-seller";

export interface Gambler {
  readonly trader: Trader;
  readonly bet: Bet;
  readonly deposit: Cash;
  /** Position over deposit, as far as the initial margin allows. */
  readonly leverage: number;
  /** The group of the tape in which it enters. */
  readonly entry: number;
}

export interface Crowd {
  readonly gamblers: readonly Gambler[];
  readonly makers: readonly Trader[];
  /** Registered liquidity providers. */
  readonly providers: readonly Trader[];
}

const makers = 3;
const makerDepositUsd = 30_000_000;
const providers = 2;
const providerDepositUsd = 3_000_000;
/** Initial margin of a perpetual is 16 % of its value; fees and the spread take a little of the rest. */
const mostLeverage = 6;
/** All have entered after this part of the tape. */
const entriesUntil = 0.6;

const inCash = (usd: number): Cash => cash(Math.round(usd) * 10 ** cashDecimals);

/** @param groups how many groups the tape has */
export function gather(venue: StressVenue, accounts: number, groups: number, seed: number): Crowd {
  const random = new SeededRandom(seed);
  const gamblers = Array.from({ length: accounts }, (_, place): Gambler => {
    const bet = random.choose<Bet>([
      { value: "long", weight: 6 },
      { value: "short", weight: 2 },
      { value: "put-seller", weight: 2 },
    ]);
    // From five thousand dollars to half a million, small ones more often.
    const deposit = inCash(5_000 * 100 ** random.uniform());
    const leverage = 2.5 + (mostLeverage - 2.5) * random.uniform();
    const entry = Math.floor(random.uniform() * entriesUntil * groups);
    return { trader: venue.deposit(`gambler ${place}`, deposit), bet, deposit, leverage, entry };
  });
  return {
    gamblers,
    makers: Array.from({ length: makers }, (_, place) => venue.deposit(`maker ${place}`, inCash(makerDepositUsd))),
    providers: Array.from({ length: providers }, (_, place) =>
      venue.deposit(`provider ${place}`, inCash(providerDepositUsd)),
    ),
  };
}

/** What an order needs beside its admission. */
export interface OrderWish {
  readonly instrument: InstrumentNumber;
  readonly side: Side;
  readonly priceRank: PriceRank;
  readonly lots: Lots;
}

/** The price of a market's mark, in ranks of its instrument and parts of one. */
function rankOfMark({ mark, lot }: MarketRecord, { tick }: PlannedInstrument): number {
  return (Number(mark) * 1e7) / lot / tick;
}

/** A gambler takes what it finds within two per cent of a perpetual's mark, ten of an option's. */
const perpetualSlippage = 0.02;
const optionSlippage = 0.1;
/** A put seller puts this share of its money at risk in the worst scenario. */
const putSellerShare = 0.85;

/**
 * What a gambler wants to trade, as the marks are.
 * @returns undefined where there is nothing that it could bet on
 */
export function betOf(
  { bet, deposit, leverage }: Gambler,
  store: OrderedStore,
  instruments: readonly PlannedInstrument[],
  time: number,
  random: SeededRandom,
): OrderWish | undefined {
  if (bet === "put-seller") {
    const puts = instruments.filter(({ number, terms }) => {
      const market = terms.kind === InstrumentKind.put ? readMarket(store, number) : undefined;
      if (market === undefined || terms.expiry < time + 3_600) return false;
      return terms.strike > 0.7 * market.index && terms.strike < 0.98 * market.index;
    });
    const put = puts[random.below(Math.max(puts.length, 1))];
    if (put === undefined) return undefined;
    const market = readMarket(store, put.number)!;
    const worst = market.losses.reduce((most, loss) => (-loss > most ? -loss : most), 1n);
    const lots = Math.floor((deposit * 1000 * putSellerShare) / Number(worst));
    const rank = Math.max(1, Math.floor(rankOfMark(market, put) * (1 - optionSlippage)));
    return lots < 1 ? undefined : wish(put, Side.sell, rank, lots);
  }
  const perpetual = instruments.find(({ terms }) => terms.kind === InstrumentKind.perpetual);
  const market = perpetual && readMarket(store, perpetual.number);
  if (perpetual === undefined || market === undefined) return undefined;
  const lots = Math.floor((deposit * 1000 * leverage) / Number(market.mark));
  const slippage = bet === "long" ? 1 + perpetualSlippage : 1 - perpetualSlippage;
  const rank = Math.round(rankOfMark(market, perpetual) * slippage);
  return lots < 1 ? undefined : wish(perpetual, bet === "long" ? Side.buy : Side.sell, rank, lots);
}

function wish({ number }: PlannedInstrument, side: Side, rank: number, lots: number): OrderWish {
  return { instrument: number, side, priceRank: priceRank(rank), lots: lotsOf(Math.min(lots, 2 ** 32 - 1)) };
}

const perpetualSpread = 0.0005;
const optionSpread = 0.05;
/** Worth of the lots that a maker quotes on each side. */
const quotedUsd = 2_000_000;

/**
 * What a maker quotes around an instrument's mark.
 * @param withBid whether it bids: in a panic nobody does
 */
export function quoteAround(store: OrderedStore, instrument: PlannedInstrument, withBid: boolean): Quote | undefined {
  const market = readMarket(store, instrument.number);
  if (market === undefined) return undefined;
  const isPerpetual = instrument.terms.kind === InstrumentKind.perpetual;
  const rank = rankOfMark(market, instrument);
  const spread = isPerpetual ? perpetualSpread * rank : optionSpread * rank + (market.index / instrument.tick) * 0.0005;
  const lots = lotsOf(Math.max(1, Math.floor(quotedUsd / ((market.index / 1e8) * (instrument.lot / 1e8)))));
  const bid = Math.floor(rank - spread);
  const bids = withBid && bid >= 1;
  return {
    instrument: instrument.number,
    bidPriceRank: priceRank(bids ? bid : 0),
    bidLots: lotsOf(bids ? lots : 0),
    askPriceRank: priceRank(Math.ceil(rank + spread) + 1),
    askLots: lots,
  };
}

/** How a maker takes lots off the house's hands: at any price within the house's concession. */
export function unwind({ number, tick }: PlannedInstrument, market: MarketRecord): OrderWish | undefined {
  if (market.houseLots === 0) return undefined;
  const rank = (Number(market.mark) * 1e7) / market.lot / tick;
  const side = market.houseLots > 0 ? Side.buy : Side.sell;
  const limit = side === Side.buy ? Math.ceil(rank) + 1 : Math.max(1, Math.floor(rank) - 1);
  return {
    instrument: number,
    side,
    priceRank: priceRank(limit),
    lots: lotsOf(Math.min(Math.abs(market.houseLots), 2 ** 32 - 1)),
  };
}
