import { type EngineEvent, type ListedInstrument, listInstruments, readInstrument } from "@recourse/engine";
import type { OrderedStore } from "@recourse/store";

/** The listed instruments, by name and by number, and those that were: the past goes on speaking of them. */
export class InstrumentDirectory {
  readonly #listed = new Map<number, ListedInstrument>();
  /** Those that are gone included. A name is never listed twice: what has expired cannot be listed again. */
  readonly #everListed = new Map<number, ListedInstrument>();
  readonly #byName = new Map<string, ListedInstrument>();

  /** What a store has listed, on which no chunk is open. */
  static of(store: OrderedStore): InstrumentDirectory {
    const directory = new InstrumentDirectory();
    for (const listed of listInstruments(store)) directory.#add(listed);
    return directory;
  }

  /** A copy that goes its own way. */
  copy(): InstrumentDirectory {
    const copy = new InstrumentDirectory();
    for (const listed of this.#everListed.values()) copy.#add(listed);
    for (const number of this.#everListed.keys()) if (!this.#listed.has(number)) copy.#listed.delete(number);
    return copy;
  }

  /** Takes up what a transaction has listed, and what it has removed. */
  follow(store: OrderedStore, events: readonly EngineEvent[]): void {
    for (const event of events) {
      if (event.type === "pruned") this.#listed.delete(event.instrument);
      if (event.type !== "listedInstrument") continue;
      const { instrument, name } = event;
      this.#add({ instrument, name, record: readInstrument(store, instrument)! });
    }
  }

  /** All that are listed, by number. */
  get all(): readonly ListedInstrument[] {
    return [...this.#listed.values()];
  }

  /** One that is listed. */
  find(nameOrNumber: string | number): ListedInstrument | undefined {
    const known = this.recall(nameOrNumber);
    return known && this.#listed.get(known.instrument);
  }

  /** One that is or was listed: what is said of the past may be of an instrument that has been pruned since. */
  recall(nameOrNumber: string | number): ListedInstrument | undefined {
    return typeof nameOrNumber === "number" ? this.#everListed.get(nameOrNumber) : this.#byName.get(nameOrNumber);
  }

  #add(listed: ListedInstrument): void {
    this.#listed.set(listed.instrument, listed);
    this.#everListed.set(listed.instrument, listed);
    this.#byName.set(listed.name, listed);
  }
}
