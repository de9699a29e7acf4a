/**
 * What of a graph is to be seen, with some modules unfolded and all others folded into one box each.
 *
 * The rule: pure. A node is shown where all modules around it are unfolded; else the outermost folded one
 * stands for it, and its edges end there.
 */

import type { Edge, GraphNode, Model } from './model';
import type { Module } from './modules';
import { ancestors } from './paths';

export interface Visible {
  readonly nodes: readonly GraphNode[];
  readonly folded: readonly Module[];
  readonly unfolded: readonly Module[];
  readonly edges: readonly Edge[];
  /** Which box stands for a node. */
  readonly standsFor: ReadonlyMap<string, string>;
}

const PREFIX = 'module ';

export function moduleId(path: string): string {
  return PREFIX + path;
}

export function pathOf(id: string): string | undefined {
  return id.startsWith(PREFIX) ? id.slice(PREFIX.length) : undefined;
}

export function visible(model: Model, modules: ReadonlyMap<string, Module>, unfolded: ReadonlySet<string>): Visible {
  const standsFor = new Map<string, string>();
  const folded = new Set<string>();
  const open = new Set<string>();
  const nodes: GraphNode[] = [];
  for (const node of model.nodes) {
    const around = ancestors(node.box).reverse();
    const closed = around.findIndex((path) => !unfolded.has(path));
    around.slice(0, closed < 0 ? around.length : closed).forEach((path) => open.add(path));
    const by = around[closed];
    standsFor.set(node.id, by === undefined ? node.id : moduleId(by));
    if (by === undefined) {
      nodes.push(node);
    } else {
      folded.add(by);
    }
  }
  const named = (paths: ReadonlySet<string>): Module[] => [...paths].flatMap((path) => modules.get(path) ?? []);
  return { nodes, folded: named(folded), unfolded: named(open), edges: lifted(model.edges, standsFor), standsFor };
}

function lifted(edges: readonly Edge[], standsFor: ReadonlyMap<string, string>): Edge[] {
  const found = new Map<string, Edge>();
  for (const edge of edges) {
    const from = standsFor.get(edge.from) ?? edge.from;
    const to = standsFor.get(edge.to) ?? edge.to;
    if (from !== to) {
      found.set(`${from} > ${to}`, { from, to });
    }
  }
  return [...found.values()];
}

/** Unfolds level by level for as long as the picture stays one that can be read at a glance. */
export function unfoldedAtFirst(model: Model, modules: ReadonlyMap<string, Module>, most: number): Set<string> {
  let unfolded = new Set<string>();
  for (let depth = 1; ; depth++) {
    const next = new Set([...modules.values()].filter((module) => module.depth <= depth).map(({ path }) => path));
    if (next.size === unfolded.size) {
      return unfolded;
    }
    const { nodes, folded } = visible(model, modules, next);
    if (nodes.length + folded.length > most) {
      return unfolded;
    }
    unfolded = next;
  }
}
