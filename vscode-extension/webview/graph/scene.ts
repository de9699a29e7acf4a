/**
 * What of a layout is near the eye.
 *
 * The rule: pure. Drawing costs by the element, so that what lies far outside the window is not drawn, and
 * what would be too small and too many to be told apart is painted as specks and not drawn (`far.ts`).
 */

import { moduleId, type Visible } from './folding';
import { foldedLines, type Box, type Layout, type Point } from './layout';
import type { Edge, GraphNode } from './model';

export interface Frame {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

export interface Item extends Box {
  readonly id: string;
  readonly kind: string;
  readonly lines: readonly string[];
  readonly depth: number;
}

export interface Line extends Edge {
  readonly id: string;
  readonly bends: readonly Point[];
  readonly frame: Frame;
}

export interface Scene {
  readonly leaves: readonly Item[];
  readonly containers: readonly Item[];
  readonly lines: readonly Line[];
  readonly items: ReadonlyMap<string, Item>;
  readonly whole: Frame;
}

export interface InView {
  readonly items: readonly Item[];
  readonly lines: readonly Line[];
  /** Too many to draw: these are painted. */
  readonly specks: readonly Item[];
}

export function sceneOf(seen: Visible, layout: Layout): Scene {
  const at = (id: string): Box => layout.boxes.get(id) ?? { x: 0, y: 0, width: 0, height: 0 };
  const leaves = [
    ...seen.folded.map((module) => ({ id: moduleId(module.path), kind: 'module', lines: foldedLines(module), depth: 0, ...at(moduleId(module.path)) })),
    ...seen.nodes.map((node) => ({ id: node.id, kind: kindOf(node), lines: [node.title, node.value], depth: 0, ...at(node.id) })),
  ];
  const containers = seen.unfolded.map((module) => ({ id: moduleId(module.path), kind: 'container', lines: [module.label], depth: module.depth, ...at(moduleId(module.path)) }));
  const items = new Map([...containers, ...leaves].map((item) => [item.id, item]));
  const lines = seen.edges.flatMap((edge) => lineOf(edge, items, layout));
  return { leaves, containers, lines, items, whole: around([...items.values()].map(frameOf)) };
}

function kindOf({ kind, findings }: GraphNode): string {
  const worst = ['error', 'warning'].find((severity) => findings.some((finding) => finding.severity === severity));
  return worst === undefined ? kind : `${kind} ${worst}`;
}

function lineOf({ from, to }: Edge, items: ReadonlyMap<string, Item>, layout: Layout): Line[] {
  const [start, end] = [items.get(from), items.get(to)];
  const id = `${from} > ${to}`;
  const bends = layout.bends.get(id) ?? [];
  const points = bends.map(({ x, y }) => ({ x1: x, y1: y, x2: x, y2: y }));
  return start && end ? [{ id, from, to, bends, frame: around([frameOf(start), frameOf(end), ...points]) }] : [];
}

function frameOf({ x, y, width, height }: Box): Frame {
  return { x1: x - width / 2, y1: y - height / 2, x2: x + width / 2, y2: y + height / 2 };
}

function around(frames: readonly Frame[]): Frame {
  const [first = { x1: 0, y1: 0, x2: 0, y2: 0 }] = frames;
  return frames.reduce(joined, first);
}

function joined(a: Frame, b: Frame): Frame {
  return { x1: Math.min(a.x1, b.x1), y1: Math.min(a.y1, b.y1), x2: Math.max(a.x2, b.x2), y2: Math.max(a.y2, b.y2) };
}

/** Of containers, those that are large enough on the screen to be more than a speck. */
const SMALLEST = 12;

export function inView(scene: Scene, window: Frame, zoom: number, most: number): InView {
  const near = withMargin(window);
  const shows = (frame: Frame): boolean => frame.x1 <= near.x2 && near.x1 <= frame.x2 && frame.y1 <= near.y2 && near.y1 <= frame.y2;
  const leaves = scene.leaves.filter((item) => shows(frameOf(item)));
  const containers = scene.containers.filter((item) => shows(frameOf(item)));
  if (leaves.length > most) {
    const large = containers.filter(({ height }) => height * zoom >= SMALLEST);
    return { items: large.length > most ? [] : large, lines: [], specks: leaves };
  }
  const lines = scene.lines.filter(({ frame }) => shows(frame));
  // A line is drawn between two boxes, wherever they are.
  const ends = new Set([...leaves.map(({ id }) => id), ...lines.flatMap(({ from, to }) => [from, to])]);
  const items = [...ends].flatMap((id) => scene.items.get(id) ?? []);
  return { items: [...containers, ...items], lines, specks: [] };
}

/** Half a window more on each side: what comes into view by a small move is there already. */
function withMargin({ x1, y1, x2, y2 }: Frame): Frame {
  const [dx, dy] = [(x2 - x1) / 2, (y2 - y1) / 2];
  return { x1: x1 - dx, y1: y1 - dy, x2: x2 + dx, y2: y2 + dy };
}
