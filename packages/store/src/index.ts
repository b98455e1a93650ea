export { MissingNodeError, WitnessError } from "./errors.ts";
export { MAX_VALUE_BYTES } from "./hashing.ts";
export { BRANCH_TOUCH, LEAF_BYTE, LEAF_TOUCH, NODE_CREATE, OPERATION, SCAN_ENTRY, VISIT } from "./meter.ts";
export { type Entry, OrderedStore } from "./orderedStore.ts";
