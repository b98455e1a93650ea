import { setTimeout as sleep } from "node:timers/promises";
import { RecourseError } from "@recourse/protocol";

const pollIntervalMs = 100;

/** Answers of the sequencer that mean "not now": nothing was taken of what was asked. */
const passingCodes = new Set(["Rebuilding", "Overloaded"]);

/**
 * Asks again and again until there is an answer.
 * @param what what is waited for, for the error
 * @param ask gives undefined, or throws that the sequencer is busy, as long as there is no answer yet
 * @throws RecourseError `TimedOut` where there is none in time
 */
export async function poll<Answer>(
  what: string,
  patienceMs: number,
  ask: () => Promise<Answer | undefined>,
): Promise<Answer> {
  const deadlineMs = performance.now() + patienceMs;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      if (!(error instanceof RecourseError && passingCodes.has(error.code))) throw error;
    }
    if (performance.now() > deadlineMs) {
      throw new RecourseError("TimedOut", `${what} did not come about within ${patienceMs / 1000} s.`);
    }
    await sleep(pollIntervalMs);
  }
}
