/** What margin would be if orders were filled. */
import { formatInstrumentName } from "@recourse/protocol";
import { type Decimal, sum } from "@recourse/sdk/greeks";
import { type MarginResult, portfolioMargin } from "./margin.ts";
import type { HypotheticalOrder, Portfolio } from "./portfolio.ts";

/** What an order costs if it is filled whole. */
export interface OrderResult {
  readonly order: HypotheticalOrder;
  readonly value: Decimal;
  readonly fee: Decimal;
}

export interface SimulationResult {
  readonly before: MarginResult;
  readonly after: MarginResult;
  readonly orders: readonly OrderResult[];
  readonly fees: Decimal;
  /** What is left when all orders are filled. */
  readonly portfolio: Portfolio;
}

/** Computes margin before and after the portfolio's orders, each filled whole at its price. */
export function simulateOrders(portfolio: Portfolio): SimulationResult {
  const orders = portfolio.orders.map((order): OrderResult => {
    const value = product(order.price, order.size);
    return { order, value, fee: product(value, order.feeRate) };
  });
  const fees = sum(orders.map(({ fee }) => fee));
  const paid = orders.map(({ order, value }) => (order.isBuy ? negative(value) : value));
  const held = new Map(portfolio.positions.map((position) => [formatInstrumentName(position.terms), position]));
  for (const { terms, isBuy, size } of portfolio.orders) {
    const name = formatInstrumentName(terms);
    const change = isBuy ? size : negative(size);
    const before = held.get(name)?.size;
    held.set(name, { terms, size: before === undefined ? change : sum([before, change]) });
  }
  const after: Portfolio = {
    ...portfolio,
    cash: sum([portfolio.cash, ...paid, negative(fees)]),
    positions: [...held.values()].filter(({ size }) => size.count !== 0n),
  };
  return { before: portfolioMargin(portfolio), after: portfolioMargin(after), orders, fees, portfolio: after };
}

const negative = ({ count, decimals }: Decimal): Decimal => ({ count: -count, decimals });
const product = (left: Decimal, right: Decimal): Decimal => ({
  count: left.count * right.count,
  decimals: left.decimals + right.decimals,
});
