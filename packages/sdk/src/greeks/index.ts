export { countOf, type Decimal, divideNearest, readDecimal, sum, toSignificant } from "./decimal.ts";
export {
  type Greeks,
  type GreeksInput,
  logMoneyness,
  noGreeks,
  optionGreeks,
  scaleGreeks,
  sumGreeks,
} from "./optionGreeks.ts";
export { logarithmOfRatio, squareRootOfRatio, WIDE_BITS } from "./reals.ts";
