/** What the graph view's page and the extension say to each other. */

import type { GraphAnswer, Level, Spot } from '../server/protocol';

export type ToPage =
  | { readonly kind: 'loading'; readonly level: Level }
  | { readonly kind: 'program'; readonly answer: GraphAnswer }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'reveal'; readonly uri: string; readonly line: number };

export type FromPage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'open'; readonly spot: Spot }
  | { readonly kind: 'level'; readonly level: Level };

/** Set on the page's body; the words are given because the page cannot ask for translations. */
export interface Setting {
  readonly worker: string;
  readonly words: Words;
}

export interface Words {
  readonly loading: string;
  readonly layingOut: string;
  readonly search: string;
  readonly noMatch: string;
  readonly nothing: string;
  readonly notLaidOut: string;
  readonly noProgram: string;
  readonly operators: string;
  readonly name: string;
  readonly value: string;
  readonly arguments: string;
  readonly module: string;
  readonly line: string;
  readonly inputs: string;
  readonly folded: string;
  readonly custom: string;
  readonly higherOrder: string;
  readonly checks: string;
  readonly problems: string;
}
