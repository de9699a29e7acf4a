/**
 * A program as nodes, edges and modules.
 *
 * The rule: pure, and linear in the program's size. Parameters and buffers are no nodes: a linear layer's
 * weight says nothing that its module does not, and doubles the picture.
 */

import { isSpot, type Call, type CallGroup, type Finding, type Graph, type Operator, type Program, type Spot } from '../../src/server/protocol';

import { ancestors, labelOf, ROOT } from './paths';

export type Kind = Operator['kind'] | 'input' | 'output';

export interface GraphNode {
  readonly id: string;
  readonly title: string;
  readonly value: string;
  readonly call: Call | undefined;
  readonly kind: Kind;
  /** `self.layers.0`; empty for inputs and outputs. */
  readonly module: string;
  /** The module whose box it is drawn in. */
  readonly box: string;
  readonly spot: Spot | undefined;
  readonly findings: readonly Finding[];
}

export interface Edge {
  readonly from: string;
  readonly to: string;
}

export interface Model {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly Edge[];
}

export function modelOf(graph: Graph, program: Program, findings: readonly Finding[]): Model {
  const inputs = shownInputs(graph, program);
  const calls = withoutSmallBoxes(callNodes(graph, program, findings));
  const known = new Set([...inputs, ...calls].map(({ id }) => id));
  const output: GraphNode = { ...BARE, id: ' output', title: 'output', value: program.outputs.map(shape).join(', '), kind: 'output' };
  const edges = calls.flatMap((node) => edgesInto(node.id, node.call?.arguments ?? '', known));
  return { nodes: [...inputs, ...calls, output], edges: [...edges, ...edgesInto(output.id, graph.result, known)] };
}

const BARE = { value: '', call: undefined, module: '', box: '', spot: undefined, findings: [] };

/** The program's own parameters stand among its graph's inputs; a branch's operands are all its inputs. */
function shownInputs(graph: Graph, program: Program): GraphNode[] {
  const lifted = new Set(program.lifted.map(({ name }) => name));
  return graph.inputs.map(declared).filter(({ id }) => !lifted.has(id));
}

function declared(text: string): GraphNode {
  const end = text.indexOf(': ');
  const name = end < 0 ? text : text.slice(0, end);
  return { ...BARE, id: name, title: name, value: end < 0 ? '' : text.slice(end + 2), kind: 'input' };
}

function shape({ dtype, shape: sizes }: Program['outputs'][number]): string {
  return `${dtype}[${sizes.join(', ')}]`;
}

function callNodes(graph: Graph, program: Program, findings: readonly Finding[]): GraphNode[] {
  const kinds = new Map(program.operators.map(({ name, kind }) => [name, kind]));
  return graph.groups.flatMap((group) => {
    const own = findings.filter((finding) => isAt(finding, group));
    return group.nodes.map((call) => ({
      id: call.name,
      title: shortName(call.operator),
      value: call.value,
      call,
      kind: kinds.get(call.operator) ?? 'python',
      module: group.module || ROOT,
      box: group.module || ROOT,
      spot: isSpot(group) ? { uri: group.uri, range: group.range } : undefined,
      findings: own,
    }));
  });
}

/** A module that runs one operator, as most layers do, is named on the operator: a box around it says no more. */
function withoutSmallBoxes(nodes: readonly GraphNode[]): GraphNode[] {
  const sizes = new Map<string, number>();
  nodes.flatMap(({ module }) => ancestors(module)).forEach((path) => sizes.set(path, (sizes.get(path) ?? 0) + 1));
  return nodes.map((node) => (sizes.get(node.module) === 1 ? unboxed(node) : node));
}

function unboxed(node: GraphNode): GraphNode {
  const box = node.module.slice(0, node.module.lastIndexOf('.'));
  return { ...node, box, title: `${labelOf(node.module)}: ${node.title}` };
}

function isAt(finding: Finding, group: CallGroup): boolean {
  const line = group.range?.start.line;
  const at = [finding, ...finding.related].some((place) => place.uri === group.uri && place.range?.start.line === line);
  return group.uri !== null && line !== undefined && at;
}

/** `aten.linear.default` reads better as `linear`; the whole name is in the details. */
export function shortName(operator: string): string {
  const parts = operator.split('.');
  const plain = parts.length >= 3 ? parts[parts.length - 2] : parts[parts.length - 1];
  return plain ?? operator;
}

// -- edges ---------------------------------------------------------------------------------------------

const STRING = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g;
const NAME = /[A-Za-z_][\w]*(?:\.\w+|\['[^']*'\]|\[\d+\])*/g;

function edgesInto(to: string, text: string, known: ReadonlySet<string>): Edge[] {
  return [...new Set(namesIn(text, known))].map((from) => ({ from, to }));
}

/** The known names in a list of arguments. `inputs['x']` may be a name as a whole; a keyword is none. */
export function namesIn(text: string, known: ReadonlySet<string>): string[] {
  const found: string[] = [];
  const quoted = [...text.matchAll(STRING)].filter(({ index }) => text[index - 1] !== '[');
  for (const match of text.matchAll(NAME)) {
    const end = match.index + match[0].length;
    const isQuoted = quoted.some((each) => each.index <= match.index && end <= each.index + each[0].length);
    const name = longestKnown(match[0], known);
    if (name !== undefined && !isQuoted && text[end] !== '=') {
      found.push(name);
    }
  }
  return found;
}

function longestKnown(name: string, known: ReadonlySet<string>): string | undefined {
  for (let rest = name; rest !== ''; rest = rest.replace(/(?:\.\w+|\[[^\]]*\]|^\w+)$/, '')) {
    if (known.has(rest)) {
      return rest;
    }
  }
  return undefined;
}
