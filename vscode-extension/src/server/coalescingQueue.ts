/**
 * A queue of one: while something runs, of all that is asked for meanwhile only the last is kept.
 *
 * Ten changes of the interpreter in a row thus cost two starts of the server, and never two at a time.
 */

export type Work = () => Promise<void>;

export class CoalescingQueue {
  private running: Promise<void> | undefined;
  private next: Work | undefined;

  /** Done when nothing is left to do. */
  run(work: Work): Promise<void> {
    this.next = work;
    this.running ??= this.drain();
    return this.running;
  }

  private async drain(): Promise<void> {
    try {
      while (this.next) {
        const work = this.next;
        this.next = undefined;
        await work();
      }
    } finally {
      this.running = undefined;
    }
  }
}
