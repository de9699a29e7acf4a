/**
 * What the layout engine is asked, and what it answers.
 *
 * The rule: pure. Sizes come from the text in the boxes; all positions come from ELK.
 */

import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api';
import { moduleId, type Visible } from './folding';
import type { GraphNode } from './model';
import type { Module } from './modules';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  /** By node; x and y are of the centre. */
  readonly boxes: ReadonlyMap<string, Box>;
  /** By `from > to`: where an edge bends. */
  readonly bends: ReadonlyMap<string, readonly Point[]>;
}

const CHARACTER = 7.2;
const PADDING = 24;
/** From here on quality costs more time than it is worth. */
const MANY = 800;

export function question(seen: Visible): ElkNode {
  const children = new Map<string, ElkNode[]>();
  const put = (parent: string | undefined, node: ElkNode): void => {
    const key = parent ?? '';
    children.set(key, [...(children.get(key) ?? []), node]);
  };
  // The deepest first, so that a module's children are all there when it is put into its parent.
  seen.nodes.forEach((node) => put(node.box.includes('.') ? node.box : undefined, leaf(node)));
  seen.folded.forEach((module) => put(module.parent, foldedLeaf(module)));
  const containers = [...seen.unfolded].sort((a, b) => b.depth - a.depth);
  containers.forEach((module) => put(module.parent, container(module, children.get(module.path) ?? [])));
  return { id: 'root', layoutOptions: options(seen), children: children.get('') ?? [], edges: seen.edges.map(elkEdge) };
}

function leaf(node: GraphNode): ElkNode {
  return { id: node.id, ...sizeOf([node.title, node.value]) };
}

function foldedLeaf(module: Module): ElkNode {
  return { id: moduleId(module.path), ...sizeOf([module.label, `${module.size} operators`]) };
}

function container(module: Module, children: ElkNode[]): ElkNode {
  return { id: moduleId(module.path), children, layoutOptions: { 'elk.padding': '[top=32,left=14,bottom=14,right=14]' } };
}

export function sizeOf(lines: readonly string[]): { width: number; height: number } {
  const shown = lines.filter((line) => line !== '').map(shortened);
  const longest = Math.max(6, ...shown.map(({ length }) => length));
  return { width: longest * CHARACTER + PADDING, height: 16 + shown.length * 15 };
}

/** A tuple of ten shapes is for the details. */
export function shortened(text: string): string {
  return text.length > 34 ? `${text.slice(0, 33)}…` : text;
}

function elkEdge({ from, to }: { from: string; to: string }): ElkExtendedEdge {
  return { id: `${from} > ${to}`, sources: [from], targets: [to] };
}

function options(seen: Visible): Record<string, string> {
  const large = seen.nodes.length + seen.folded.length > MANY;
  return {
    'elk.algorithm': 'layered',
    'elk.direction': 'DOWN',
    'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
    'elk.edgeRouting': large ? 'POLYLINE' : 'ORTHOGONAL',
    'elk.layered.spacing.nodeNodeBetweenLayers': '28',
    'elk.spacing.nodeNode': '22',
    'elk.layered.thoroughness': large ? '1' : '7',
    'elk.layered.nodePlacement.strategy': large ? 'BRANDES_KOEPF' : 'NETWORK_SIMPLEX',
    'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  };
}

// -- the answer ----------------------------------------------------------------------------------------

export function answer(root: ElkNode): Layout {
  const boxes = new Map<string, Box>();
  const corners = new Map<string, Point>([['root', { x: 0, y: 0 }]]);
  place(root, { x: 0, y: 0 }, boxes, corners);
  const bends = new Map<string, readonly Point[]>();
  for (const edge of root.edges ?? []) {
    const corner = corners.get((edge as { container?: string }).container ?? 'root') ?? { x: 0, y: 0 };
    const points = edge.sections?.flatMap((section) => section.bendPoints ?? []) ?? [];
    bends.set(edge.id, points.map(({ x, y }) => ({ x: x + corner.x, y: y + corner.y })));
  }
  return { boxes, bends };
}

function place(node: ElkNode, corner: Point, boxes: Map<string, Box>, corners: Map<string, Point>): void {
  for (const child of node.children ?? []) {
    const at = { x: corner.x + (child.x ?? 0), y: corner.y + (child.y ?? 0) };
    const { width = 0, height = 0 } = child;
    corners.set(child.id, at);
    boxes.set(child.id, { x: at.x + width / 2, y: at.y + height / 2, width, height });
    place(child, at, boxes, corners);
  }
}

/** How Cytoscape says a bend: as parts of the way from the one node to the other, and beside it. */
export function relative(point: Point, from: Point, to: Point): { weight: number; distance: number } {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy) || 1;
  const [px, py] = [point.x - from.x, point.y - from.y];
  return { weight: (px * dx + py * dy) / (length * length), distance: (dx * py - dy * px) / length };
}
