/** The tree of modules that a graph's nodes ran in. */

import type { GraphNode } from './model';
import { ancestors, labelOf } from './paths';

export interface Module {
  readonly path: string;
  /** What stands on its box. */
  readonly label: string;
  readonly parent: string | undefined;
  readonly depth: number;
  /** How many calls are in it and below it. */
  readonly size: number;
}

export function modulesOf(nodes: readonly GraphNode[]): ReadonlyMap<string, Module> {
  const sizes = new Map<string, number>();
  for (const { box } of nodes) {
    for (const path of ancestors(box)) {
      sizes.set(path, (sizes.get(path) ?? 0) + 1);
    }
  }
  return new Map([...sizes].map(([path, size]) => [path, described(path, size)]));
}

function described(path: string, size: number): Module {
  const [parent] = ancestors(path).slice(1);
  return { path, label: labelOf(path), parent, depth: ancestors(path).length, size };
}
