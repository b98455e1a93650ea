/** Ends a service that stays when it is told to, and when the process that started it is gone. */
export function endWithParent(stop: () => void): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
  if (process.channel === undefined) return;
  process.once("disconnect", stop);
  // The channel alone does not keep a service alive that has ended.
  process.channel?.unref();
}
