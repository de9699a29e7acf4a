/**
 * A large graph laid out container by container, the innermost first.
 *
 * The rule: what is alike is asked once. The layers of a deep model have the same boxes with the same edges
 * between them, and the layout engine takes as long for the last as for the first. What has too many boxes
 * directly in it, as a model without modules has, is cut in the order of the program.
 */

import type { ElkEdgeSection, ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api';

export type Ask = (graph: ElkNode) => Promise<ElkNode>;

interface Solved {
  readonly width: number;
  readonly height: number;
  readonly places: readonly { readonly x: number; readonly y: number }[];
  readonly sections: readonly (ElkEdgeSection[] | undefined)[];
}

/** A layout of 5,000 boxes on one level takes minutes, and more stack than a worker has. */
const MOST = 300;
const PART = 100;

export function inPieces(root: ElkNode, ask: Ask): Promise<ElkNode> {
  const known = new Map<string, Solved>();
  const solve = async (whole: ElkNode): Promise<ElkNode> => {
    const node = inParts(whole);
    const children: ElkNode[] = [];
    for (const child of node.children ?? []) {
      children.push(child.children ? await solve(child) : child);
    }
    const key = likeness(node, children);
    const solved = known.get(key) ?? (await answered(node, children, ask));
    known.set(key, solved);
    return placed(node, children, solved);
  };
  return solve(root);
}

/** The parts are boxes that are not drawn; an edge from one into another is one between the parts. */
function inParts(node: ElkNode): ElkNode {
  const children = node.children ?? [];
  if (children.length <= MOST) {
    return node;
  }
  const count = Math.ceil(children.length / PART);
  const parts = Array.from({ length: count }, (_, index) => partOf(node, children.slice(index * PART, (index + 1) * PART), index));
  const homes = new Map(parts.flatMap((part) => part.children.map(({ id }) => [id, part] as const)));
  const between = new Map<string, ElkExtendedEdge>();
  for (const edge of node.edges ?? []) {
    const [from, to] = [homes.get(edge.sources[0] ?? ''), homes.get(edge.targets[0] ?? '')];
    if (from && from === to) {
      from.edges.push(edge);
    } else if (from && to) {
      between.set(`${from.id} > ${to.id}`, { id: `${from.id} > ${to.id}`, sources: [from.id], targets: [to.id] });
    }
  }
  return { ...node, children: parts, edges: [...between.values()] };
}

function partOf(node: ElkNode, children: ElkNode[], index: number): ElkNode & { children: ElkNode[]; edges: ElkExtendedEdge[] } {
  const layoutOptions = { ...node.layoutOptions, 'elk.padding': '[top=0,left=0,bottom=0,right=0]' };
  return { id: `${node.id} part ${index}`, children, edges: [], layoutOptions };
}

/** The sizes of the boxes and which is joined to which, without their names. */
function likeness(node: ElkNode, children: readonly ElkNode[]): string {
  const numbers = new Map(children.map(({ id }, index) => [id, index]));
  const edges = (node.edges ?? []).map(({ sources, targets }) => [numbers.get(sources[0] ?? ''), numbers.get(targets[0] ?? '')]);
  return JSON.stringify([node.layoutOptions, children.map(({ width, height }) => [width, height]), edges]);
}

async function answered(node: ElkNode, children: readonly ElkNode[], ask: Ask): Promise<Solved> {
  const boxes = children.map(({ id, width = 0, height = 0 }) => ({ id, width, height }));
  const { width = 0, height = 0, children: places = [], edges = [] } = await ask({ ...node, children: boxes });
  return { width, height, places: places.map(({ x = 0, y = 0 }) => ({ x, y })), sections: edges.map(({ sections }) => sections) };
}

function placed(node: ElkNode, children: readonly ElkNode[], { width, height, places, sections }: Solved): ElkNode {
  const edges = (node.edges ?? []).map((edge, index) => routed(edge, node.id, sections[index]));
  return { ...node, width, height, edges, children: children.map((child, index) => ({ ...child, ...places[index] })) };
}

function routed(edge: ElkExtendedEdge, container: string, sections: ElkEdgeSection[] | undefined): ElkExtendedEdge {
  return Object.assign({}, edge, { container }, sections && { sections });
}
