/** Finding nodes by what is written in and about them. */

import type { GraphNode } from './model';

/** Each word has to be somewhere in the node: its operator, name, module, or type with shape. */
export function matches(nodes: readonly GraphNode[], words: string): GraphNode[] {
  const wanted = words.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return wanted.length === 0 ? [] : nodes.filter((node) => wanted.every((word) => text(node).includes(word)));
}

function text({ id, title, value, module, call }: GraphNode): string {
  return `${id} ${title} ${value} ${module} ${call?.operator ?? ''}`.toLowerCase();
}
