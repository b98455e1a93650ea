/** What has to be undone when a run ends, whichever way it ends: the last thing first. */
export class Cleanup {
  readonly #tasks: (() => Promise<void> | void)[] = [];

  add(task: () => Promise<void> | void): void {
    this.#tasks.push(task);
  }

  /** Undoes everything, once; a task that fails does not keep the others from being done. */
  async run(): Promise<void> {
    for (let task = this.#tasks.pop(); task !== undefined; task = this.#tasks.pop()) {
      try {
        await task();
      } catch (error) {
        process.stderr.write(`warning: ${error instanceof Error ? error.message : String(error)}\n`);
      }
    }
  }
}
