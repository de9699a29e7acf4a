/**
 * What the layout engine is asked, and what it answers.
 *
 * The rule: pure. Sizes come from the text in the boxes; all positions come from ELK. A picture that can be
 * read at a glance is laid out as a whole; a large one box by box (`pieces.ts`), and its edges from one box
 * into another are straight.
 */

import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api';
import { moduleId, type Visible } from './folding';
import type { Edge, GraphNode } from './model';
import type { Module } from './modules';
import { inPieces, type Ask } from './pieces';
import { word } from './words';

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
const MANY = 400;
const ROOT = '';

export async function layoutOf(seen: Visible, ask: Ask): Promise<Layout> {
  const many = seen.nodes.length + seen.folded.length > MANY;
  return answer(many ? await inPieces(boxByBox(seen), ask) : await ask(asOne(seen)));
}

function asOne(seen: Visible): ElkNode {
  const children = nested(seen, (module, own) => container(module, own));
  return { id: 'root', layoutOptions: { ...COMMON, ...GOOD }, children, edges: seen.edges.map(elkEdge) };
}

/** Each container is a question of its own, with the edges between what lies directly in it. */
function boxByBox(seen: Visible): ElkNode {
  const edges = liftedEdges(seen);
  const children = nested(seen, (module, own) => ({ ...container(module, own, { ...COMMON, ...FAST }), edges: edges.get(module.path) ?? [] }));
  return { id: 'root', layoutOptions: { ...COMMON, ...FAST }, children, edges: edges.get(ROOT) ?? [] };
}

function nested(seen: Visible, around: (module: Module, children: ElkNode[]) => ElkNode): ElkNode[] {
  const children = new Map<string, ElkNode[]>();
  const put = (parent: string, node: ElkNode): void => {
    const own = children.get(parent);
    if (own) {
      own.push(node);
    } else {
      children.set(parent, [node]);
    }
  };
  seen.nodes.forEach((node) => put(parentOf(node), leaf(node)));
  seen.folded.forEach((module) => put(module.parent ?? ROOT, foldedLeaf(module)));
  // The deepest first, so that a module's children are all there when it is put into its parent.
  const containers = [...seen.unfolded].sort((a, b) => b.depth - a.depth);
  containers.forEach((module) => put(module.parent ?? ROOT, around(module, children.get(module.path) ?? [])));
  return children.get(ROOT) ?? [];
}

/** What lies in `self` itself lies in the picture. */
function parentOf(node: GraphNode): string {
  return node.box.includes('.') ? node.box : ROOT;
}

/** By the path of a container: each edge between two of its own, once, whatever deeper boxes it ends in. */
function liftedEdges(seen: Visible): ReadonlyMap<string, ElkExtendedEdge[]> {
  const parents = new Map<string, string>([
    ...seen.nodes.map((node) => [node.id, parentOf(node)] as const),
    ...[...seen.folded, ...seen.unfolded].map((module) => [moduleId(module.path), module.parent ?? ROOT] as const),
  ]);
  const found = new Map<string, Map<string, ElkExtendedEdge>>();
  for (const edge of seen.edges) {
    const [parent, lifted] = meeting(edge, parents);
    const own = found.get(parent) ?? new Map<string, ElkExtendedEdge>();
    own.set(`${lifted.from} > ${lifted.to}`, elkEdge(lifted));
    found.set(parent, own);
  }
  return new Map([...found].map(([parent, own]) => [parent, [...own.values()]]));
}

/** The innermost container around both ends, and the boxes directly in it that the ends lie in. */
function meeting({ from, to }: Edge, parents: ReadonlyMap<string, string>): [string, Edge] {
  const [left, right] = [wayUp(from, parents), wayUp(to, parents)];
  const around = new Map(left.map(({ parent, child }) => [parent, child]));
  const met = right.find(({ parent }) => around.has(parent)) ?? { parent: ROOT, child: to };
  return [met.parent, { from: around.get(met.parent) ?? from, to: met.child }];
}

function wayUp(id: string, parents: ReadonlyMap<string, string>): { parent: string; child: string }[] {
  const steps: { parent: string; child: string }[] = [];
  for (let child = id; ; child = moduleId(steps.at(-1)?.parent ?? ROOT)) {
    const parent = parents.get(child) ?? ROOT;
    steps.push({ parent, child });
    if (parent === ROOT) {
      return steps;
    }
  }
}

function leaf(node: GraphNode): ElkNode {
  return { id: node.id, ...sizeOf([node.title, node.value]) };
}

function foldedLeaf(module: Module): ElkNode {
  return { id: moduleId(module.path), ...sizeOf(foldedLines(module)) };
}

export function foldedLines(module: Module): string[] {
  return [`▸ ${module.label}`, word('operators', module.size)];
}

function container(module: Module, children: ElkNode[], options: Readonly<Record<string, string>> = {}): ElkNode {
  return { id: moduleId(module.path), children, layoutOptions: { ...options, 'elk.padding': '[top=32,left=14,bottom=14,right=14]' } };
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

function elkEdge({ from, to }: Edge): ElkExtendedEdge {
  return { id: `${from} > ${to}`, sources: [from], targets: [to] };
}

const COMMON = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.layered.spacing.nodeNodeBetweenLayers': '28',
  'elk.spacing.nodeNode': '22',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
};

const GOOD = {
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.layered.thoroughness': '7',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
};

const FAST = {
  'elk.edgeRouting': 'POLYLINE',
  'elk.layered.thoroughness': '1',
  'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
};

// -- the answer ----------------------------------------------------------------------------------------

function answer(root: ElkNode): Layout {
  const boxes = new Map<string, Box>();
  const corners = new Map<string, Point>([['root', { x: 0, y: 0 }]]);
  place(root, { x: 0, y: 0 }, boxes, corners);
  const bends = new Map<string, readonly Point[]>();
  edgesOf(root).forEach((edge) => {
    const corner = corners.get((edge as { container?: string }).container ?? 'root') ?? { x: 0, y: 0 };
    const points = edge.sections?.flatMap((section) => section.bendPoints ?? []) ?? [];
    bends.set(edge.id, points.map(({ x, y }) => ({ x: x + corner.x, y: y + corner.y })));
  });
  return { boxes, bends };
}

function edgesOf(node: ElkNode): ElkExtendedEdge[] {
  return [...(node.edges ?? []), ...(node.children ?? []).flatMap(edgesOf)];
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
