import type { RowGroup } from "./harness.ts";
import { engine } from "./rows/engine.ts";
import { http } from "./rows/http.ts";
import { layer1 } from "./rows/layer1.ts";
import { liquidation } from "./rows/liquidation.ts";
import { margin } from "./rows/margin.ts";
import { marks } from "./rows/marks.ts";
import { memory } from "./rows/memory.ts";
import { reexecution } from "./rows/reexecution.ts";
import { signatures } from "./rows/signatures.ts";
import { store } from "./rows/store.ts";

/** All groups of rows, by name, in the order in which they run. */
export const groups: Readonly<Record<string, RowGroup>> = {
  signatures,
  store,
  marks,
  margin,
  liquidation,
  engine,
  reexecution,
  layer1,
  http,
  memory,
};
