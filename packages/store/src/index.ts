export { MissingNodeError, WitnessError } from "./errors.ts";
export { MAX_VALUE_BYTES } from "./hashing.ts";
export {
  BRANCH_TOUCH,
  LEAF_BYTE,
  LEAF_TOUCH,
  NODE_CREATE,
  READ,
  RETOUCH,
  SCAN_ENTRY,
  SEARCH,
  VISIT,
  WRITE,
} from "./meter.ts";
export { type Entry, OrderedStore } from "./orderedStore.ts";
