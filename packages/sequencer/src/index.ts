export { readConfig, readDatabaseUrl, readKey, type SequencerConfig, type SequencerOptions } from "./config.ts";
export { type CancelledOrder, type DishonestKind, dishonestKinds, tamper } from "./drill/tampering.ts";
export { type RunningSequencer, startSequencer } from "./start.ts";
