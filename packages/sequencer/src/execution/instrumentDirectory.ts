import { type EngineEvent, type ListedInstrument, listInstruments, readInstrument } from "@recourse/engine";
import type { OrderedStore } from "@recourse/store";

/** The listed instruments, by name and by number. Listings never change and never go away. */
export class InstrumentDirectory {
  readonly #listed = new Map<number, ListedInstrument>();
  readonly #byName = new Map<string, ListedInstrument>();

  /** @param store no chunk is open on it, or what it has listed is told to {@link follow} */
  constructor(store: OrderedStore) {
    for (const listed of listInstruments(store)) this.#add(listed);
  }

  /** Takes up what a transaction has listed. */
  follow(store: OrderedStore, events: readonly EngineEvent[]): void {
    for (const event of events) {
      if (event.type !== "listedInstrument") continue;
      const { instrument, name } = event;
      this.#add({ instrument, name, record: readInstrument(store, instrument)! });
    }
  }

  /** All of them, by number. */
  get all(): readonly ListedInstrument[] {
    return [...this.#listed.values()];
  }

  find(nameOrNumber: string | number): ListedInstrument | undefined {
    return typeof nameOrNumber === "number" ? this.#listed.get(nameOrNumber) : this.#byName.get(nameOrNumber);
  }

  #add(listed: ListedInstrument): void {
    this.#listed.set(listed.instrument, listed);
    this.#byName.set(listed.name, listed);
  }
}
