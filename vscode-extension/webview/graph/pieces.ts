/**
 * A large graph laid out container by container, the innermost first.
 *
 * The rule: what is alike is asked once. The layers of a deep model have the same boxes with the same edges
 * between them, and the layout engine takes as long for the last as for the first. What would be
 * too high, as a hundred layers are, or a model without modules, goes on in another column.
 */

import type { ElkEdgeSection, ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api';

export type Ask = (graph: ElkNode) => Promise<ElkNode>;

interface Solved {
  readonly width: number;
  readonly height: number;
  readonly places: readonly { readonly x: number; readonly y: number }[];
  readonly sections: readonly (ElkEdgeSection[] | undefined)[];
}

/** So high is a column. A layout of 5,000 boxes below each other takes minutes, and fits no window. */
const COLUMN = 9_000;
const SPACE = 40;

export function inPieces(root: ElkNode, ask: Ask): Promise<ElkNode> {
  const known = new Map<string, Solved>();
  /** A node whose children have their sizes. */
  const arrange = async (node: ElkNode, children: readonly ElkNode[]): Promise<ElkNode> => {
    const key = likeness(node, children);
    const solved = known.get(key) ?? (await answered(node, children, ask));
    known.set(key, solved);
    return placed(node, children, solved);
  };
  const solve = async (node: ElkNode): Promise<ElkNode> => {
    const children: ElkNode[] = [];
    for (const child of node.children ?? []) {
      children.push(child.children ? await solve(child) : child);
    }
    const columns = columnsOf(node, children);
    if (columns.length < 2) {
      return arrange(node, children);
    }
    const around = sideBySide(node, columns);
    const done: ElkNode[] = [];
    for (const column of columns) {
      done.push(await arrange(column, column.children));
    }
    return arrange(around, done);
  };
  return solve(root);
}

interface Column extends ElkNode {
  children: ElkNode[];
  edges: ElkExtendedEdge[];
}

/** Columns are boxes that are not drawn. */
function columnsOf(node: ElkNode, children: readonly ElkNode[]): Column[] {
  const columns: Column[] = [];
  let height = Infinity;
  for (const child of children) {
    if (height + (child.height ?? 0) > COLUMN) {
      height = 0;
      columns.push({ id: `${node.id} part ${columns.length}`, children: [], edges: [], layoutOptions: { ...node.layoutOptions, 'elk.padding': NONE } });
    }
    height += (child.height ?? 0) + SPACE;
    columns.at(-1)?.children.push(child);
  }
  return columns;
}

const NONE = '[top=0,left=0,bottom=0,right=0]';

/** An edge within a column goes to it; what leads from one to another is one between the columns. */
function sideBySide(node: ElkNode, columns: readonly Column[]): ElkNode {
  const homes = new Map(columns.flatMap((column) => column.children.map(({ id }) => [id, column] as const)));
  const between = new Map<string, ElkExtendedEdge>();
  for (const edge of node.edges ?? []) {
    const [from, to] = [homes.get(edge.sources[0] ?? ''), homes.get(edge.targets[0] ?? '')];
    if (from && from === to) {
      from.edges.push(edge);
    } else if (from && to) {
      between.set(`${from.id} > ${to.id}`, { id: `${from.id} > ${to.id}`, sources: [from.id], targets: [to.id] });
    }
  }
  return { ...node, edges: [...between.values()], layoutOptions: { ...node.layoutOptions, 'elk.direction': 'RIGHT' } };
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
