/**
 * ELK in a worker, so that the view answers while thousands of nodes are laid out.
 *
 * The rule: one layout at a time. A newer question ends the worker of the older one; nobody waits for a
 * picture that is out of date.
 */

import ELK from 'elkjs/lib/elk-api';
import type { Ask } from './pieces';

export class Engine {
  private worker: Worker | undefined;
  private blob: Promise<string> | undefined;
  private asked = 0;

  constructor(private readonly script: string) {}

  /** What `work` makes of the engine's answers, or undefined where a newer question was asked meanwhile. */
  async layout<Made>(work: (ask: Ask) => Promise<Made>): Promise<Made | undefined> {
    const number = ++this.asked;
    this.worker?.terminate();
    this.blob ??= this.load();
    const url = await this.blob;
    if (number !== this.asked) {
      return undefined;
    }
    const worker = new Worker(url);
    this.worker = worker;
    const elk = new ELK({ workerFactory: () => worker });
    const made = await work((graph) => elk.layout(graph));
    return number === this.asked ? made : undefined;
  }

  /** A webview cannot start a worker from another origin, and so from a file: only from a blob of its text. */
  private async load(): Promise<string> {
    const response = await fetch(this.script);
    return URL.createObjectURL(new Blob([await response.text()], { type: 'text/javascript' }));
  }
}
