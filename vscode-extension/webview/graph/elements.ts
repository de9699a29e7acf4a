/**
 * What Cytoscape is given to draw.
 *
 * Boxes around others are nodes like any, below the rest: Cytoscape's own compound nodes measure all that
 * is in them again and again, and ELK has said where everything ends.
 */

import type { ElementDefinition } from 'cytoscape';
import { relative, shortened } from './layout';
import type { Item, Line } from './scene';

export function nodeElement({ id, kind, lines, depth, x, y, width, height }: Item): ElementDefinition {
  const label = lines.filter((text) => text !== '').map(shortened).join('\n');
  // A container's label begins at its left edge, where no line comes down into it.
  return { group: 'nodes', classes: kind, data: { id, label, width, height, depth, shift: 10 - width }, position: { x, y } };
}

export function edgeElement({ id, from, to, bends }: Line, start: Item, end: Item): ElementDefinition {
  if (bends.length === 0) {
    return { group: 'edges', data: { id, source: from, target: to } };
  }
  const parts = bends.map((point) => relative(point, start, end));
  const data = { id, source: from, target: to, weights: parts.map(({ weight }) => weight), distances: parts.map(({ distance }) => distance) };
  return { group: 'edges', classes: 'bent', data };
}
