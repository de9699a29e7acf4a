/**
 * Waiting, in the one way that all checks wait.
 *
 * The rule: nothing is looked at once. What is looked for is looked for again until it is there, and an
 * error on the way is a look that failed; only the last one is told.
 */

/** A busy machine with two cores takes long to import torch; nobody waits so long where all is well. */
export const PATIENCE = 240_000;
const PAUSE = 120;

export async function until<Found>(what: string, look: () => Promise<Found | undefined | false>, patience = PATIENCE): Promise<Found> {
  const end = Date.now() + patience;
  let last: unknown;
  do {
    try {
      const found = await look();
      if (found !== undefined && found !== false) {
        return found;
      }
      last = undefined;
    } catch (error) {
      last = error;
    }
    await sleep(PAUSE);
  } while (Date.now() < end);
  throw new Error(`${what}: not so within ${patience / 1000} s`, { cause: last });
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
