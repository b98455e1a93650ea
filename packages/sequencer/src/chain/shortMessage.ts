/** An error in one line, without the request that viem adds to it and what secrets its address may hold. */
export function shortMessage(error: unknown): string {
  if (error instanceof Error) return "shortMessage" in error ? String(error.shortMessage) : error.message;
  return String(error);
}
