import { fdatasyncSync } from "node:fs";
import { type PGlite, PGlite as PGliteClass, type PGliteOptions } from "@electric-sql/pglite";
import { NodeFS } from "@electric-sql/pglite/nodefs";

type EmscriptenOptions = Parameters<NodeFS["init"]>[1];

/** The part of the database's WebAssembly module that its synchronising of files goes through. */
interface FileSystemModule {
  readonly NODEFS: { readonly stream_ops: { fsync?: (stream: { readonly nfd: number }) => number } };
}

/**
 * The database's files in a folder, with an `fsync` that reaches the disk: the one that the package brings does nothing,
 * so a commit would survive the end of the process but not that of the machine.
 */
class DurableNodeFileSystem extends NodeFS {
  override async init(database: PGlite, options: EmscriptenOptions): ReturnType<NodeFS["init"]> {
    const { emscriptenOpts } = await super.init(database, options);
    const installFsync = (module: unknown): void => {
      (module as FileSystemModule).NODEFS.stream_ops.fsync = (stream) => {
        fdatasyncSync(stream.nfd);
        return 0;
      };
    };
    const preRun = [emscriptenOpts.preRun ?? []].flat();
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [installFsync, ...preRun] } };
  }
}

/** Options of a database in a folder whose commits are on the disk when they return. */
export function durableOptions(folder: string): PGliteOptions {
  // "-F" is PostgreSQL's switch for fsync off; of the ways to write the log through, only fsync reaches the module above.
  const startParams = PGliteClass.defaultStartParams.filter((parameter) => parameter !== "-F");
  return {
    fs: new DurableNodeFileSystem(folder),
    startParams: [...startParams, "-c", "fsync=on", "-c", "wal_sync_method=fsync", "-c", "synchronous_commit=on"],
  };
}
