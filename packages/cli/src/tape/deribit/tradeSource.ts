import type { Place } from "./exportError.ts";

/** Where trades go as they are found, each with its place in the file. */
export type TradeSink = (trade: Readonly<Record<string, unknown>>, place: Place) => void;
