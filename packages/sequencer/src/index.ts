export { readConfig, readKey, type SequencerConfig, type SequencerOptions } from "./config.ts";
export { type DishonestKind, dishonestKinds } from "./drill/tampering.ts";
export { type RunningSequencer, startSequencer } from "./start.ts";
