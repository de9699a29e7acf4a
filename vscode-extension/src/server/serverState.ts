/** Whether there is a server. */

import type { NoPython, Python } from '../python/probe';

export interface Choice {
  /** Undefined where there is none that is recent enough. */
  readonly python: Python | undefined;
  /** What was tried before it and cannot run the server, the user's own choice first. */
  readonly refused: readonly (Python | NoPython)[];
}

export type ServerState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'running' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'noPython'; readonly choice: Choice };
