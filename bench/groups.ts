import type { RowGroup } from "./harness.ts";
import { http } from "./rows/http.ts";

/** All groups of rows, by name, in the order in which they run. */
export const groups: Readonly<Record<string, RowGroup>> = { http };
