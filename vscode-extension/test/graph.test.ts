import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import type { ELK } from 'elkjs/lib/elk-api';
import type { Graph, Program } from '../src/server/protocol';
import { moduleId, unfoldedAtFirst, visible, type Visible } from '../webview/graph/folding';
import { layoutOf, relative, type Layout } from '../webview/graph/layout';
import { modelOf, namesIn, shortName, type Model } from '../webview/graph/model';
import { modulesOf } from '../webview/graph/modules';
import { inView, sceneOf } from '../webview/graph/scene';
import { matches } from '../webview/graph/search';

const GRAPH: Graph = {
  name: '',
  inputs: ['self.a.weight: float32[4]', "inputs['x']: float32[batch, 4]"],
  groups: [
    { module: 'self.a', uri: 'file:///m.py', range: line(3), nodes: [call('linear', 'aten.linear.default', "inputs['x'], self.a.weight")] },
    { module: 'self.b.0', uri: null, range: null, nodes: [call('relu', 'aten.relu.default', 'linear'), call('add', 'aten.add.Tensor', "relu, linear, relu=1, mode='linear'")] },
  ],
  result: "{'out': add}",
};

const PROGRAM: Program = {
  level: 'training',
  inputs: [],
  outputs: [{ name: 'output', dtype: 'float32', shape: ['batch', 4] }],
  lifted: [{ kind: 'parameter', name: 'self.a.weight', dtype: 'float32', shape: [4] }],
  graphs: [GRAPH],
  operators: [{ name: 'aten.linear.default', kind: 'torch', count: 1 }],
};

function line(number: number): { start: { line: number; character: number }; end: { line: number; character: number } } {
  return { start: { line: number, character: 0 }, end: { line: number, character: 9 } };
}

function call(name: string, operator: string, given: string): Graph['groups'][number]['nodes'][number] {
  return { name, operator, arguments: given, value: 'float32[batch, 4]' };
}

function edgesOf(model: Model): string[] {
  return model.edges.map(({ from, to }) => `${from} > ${to}`);
}

void test('edges come from the arguments, and parameters are no nodes', () => {
  const model = modelOf(GRAPH, PROGRAM, []);
  assert.deepEqual(model.nodes.map(({ id }) => id), ["inputs['x']", 'linear', 'relu', 'add', ' output']);
  assert.deepEqual(edgesOf(model), ["inputs['x'] > linear", 'linear > relu', 'relu > add', 'linear > add', 'add >  output']);
});

void test('keywords, strings and attributes are no names of nodes', () => {
  const known = new Set(['x', 'x_1', 'to']);
  assert.deepEqual(namesIn("x_1, to=3, 'x', dtype=torch.to, [x, 1e-05]", known), ['x_1', 'x']);
});

void test('a module of one operator is no box of its own', () => {
  const model = modelOf(GRAPH, PROGRAM, []);
  assert.deepEqual(model.nodes.map(({ title }) => title).slice(1, 3), ['a: linear', 'relu']);
  assert.deepEqual([...modulesOf(model.nodes).keys()], ['self.b.0', 'self.b']);
});

void test('edges of a folded module end at its box', () => {
  const model = modelOf(GRAPH, PROGRAM, []);
  const seen = visible(model, modulesOf(model.nodes), new Set());
  const box = moduleId('self.b');
  assert.deepEqual(seen.edges.map(({ from, to }) => `${from} > ${to}`), ["inputs['x'] > linear", `linear > ${box}`, `${box} >  output`]);
  assert.equal(seen.standsFor.get('relu'), box);
});

void test('a finding marks the operators of its line', () => {
  const finding = { uri: 'file:///m.py', range: line(3), rule: 'r', severity: 'error', message: '', hint: '', link: null, byHand: null, related: [], fixes: [] } as const;
  const marked = modelOf(GRAPH, PROGRAM, [finding]).nodes.filter(({ findings }) => findings.length > 0);
  assert.deepEqual(marked.map(({ id }) => id), ['linear']);
});

void test('each word of a search counts', () => {
  const { nodes } = modelOf(GRAPH, PROGRAM, []);
  assert.deepEqual(matches(nodes, 'b.0 ADD').map(({ id }) => id), ['add']);
  assert.deepEqual(matches(nodes, '  '), []);
});

void test('names of operators are shortened', () => {
  const names = ['aten.linear.default', 'operator.getitem', 'higher_order.cond', 'relu'].map(shortName);
  assert.deepEqual(names, ['linear', 'getitem', 'cond', 'relu']);
});

void test('a bend beside the line is said as Cytoscape says it', () => {
  assert.deepEqual(relative({ x: 5, y: 5 }, { x: 0, y: 0 }, { x: 0, y: 10 }), { weight: 0.5, distance: -5 });
});

function large(layers: number): Graph {
  const groups = Array.from({ length: layers }, (_, layer) => ({
    module: `self.layers.${layer}`,
    uri: null,
    range: null,
    nodes: Array.from({ length: 10 }, (__, step) => call(`n${layer * 10 + step}`, 'aten.add.Tensor', `n${layer * 10 + step - 1}, n${layer * 10 + step - 7}`)),
  }));
  return { name: '', inputs: [], groups, result: `n${layers * 10 - 1}` };
}

void test('5,000 nodes start as a picture that can be read', () => {
  const model = modelOf(large(500), PROGRAM, []);
  const modules = modulesOf(model.nodes);
  const seen = visible(model, modules, unfoldedAtFirst(model, modules, 80));
  assert.ok(seen.nodes.length + seen.folded.length <= 80);
  assert.equal(visible(model, modules, new Set(modules.keys())).nodes.length, 5_001);
});

const Elk = createRequire(__filename)('elkjs') as new () => ELK;

/** All of a graph unfolded, laid out; and how often the engine was asked for it. */
async function unfolded(graph: Graph): Promise<{ model: Model; seen: Visible; layout: Layout; asked: number }> {
  const model = modelOf(graph, PROGRAM, []);
  const modules = modulesOf(model.nodes);
  const seen = visible(model, modules, new Set(modules.keys()));
  let asked = 0;
  const layout = await layoutOf(seen, (question) => {
    asked += 1;
    return new Elk().layout(question);
  });
  return { model, seen, layout, asked };
}

function isInside(inner: string, outer: string, { boxes }: Layout): boolean {
  const [a, b] = [boxes.get(inner), boxes.get(outer)];
  assert.ok(a && b, `${inner} and ${outer} have places`);
  return Math.abs(a.x - b.x) <= (b.width - a.width) / 2 && Math.abs(a.y - b.y) <= (b.height - a.height) / 2;
}

void test('the layout engine gives every box a place', async () => {
  const { model, layout, asked } = await unfolded(GRAPH);
  assert.deepEqual([...layout.boxes.keys()].sort(), [...model.nodes.map(({ id }) => id), moduleId('self.b'), moduleId('self.b.0')].sort());
  assert.ok(isInside('relu', moduleId('self.b.0'), layout));
  assert.equal(asked, 1);
});

void test('of a large graph, modules that are alike are laid out once', async () => {
  const { model, layout, asked } = await unfolded(large(60));
  // The first layers have fewer edges within; all others are alike. Beside them there are `layers` and the whole.
  assert.ok(asked < 8, `asked ${asked} times`);
  assert.equal(model.nodes.every(({ id }) => layout.boxes.has(id)), true);
  for (const layer of [0, 1, 30, 59]) {
    assert.ok(isInside(`n${layer * 10 + 3}`, moduleId(`self.layers.${layer}`), layout));
    assert.ok(isInside(moduleId(`self.layers.${layer}`), moduleId('self.layers'), layout));
  }
  const places = [...layout.boxes.entries()].filter(([id]) => id.startsWith('n')).map(([, { x, y }]) => `${x} ${y}`);
  assert.equal(new Set(places).size, 600, 'no two boxes are at one place');
  const at = (id: string): { x: number; y: number } => layout.boxes.get(id) ?? { x: 0, y: 0 };
  assert.ok(at('n0').y < at('n9').y, 'what comes first stands above');
  assert.ok(at('n9').x < at('n599').x && at('n599').y < 12_000, 'what would be too high goes on in another column');
});

void test('of a large graph, what is far from the window is not drawn', async () => {
  const { seen, layout } = await unfolded(large(60));
  const scene = sceneOf(seen, layout);
  const first = layout.boxes.get('n0');
  assert.ok(first);
  const near = inView(scene, { x1: first.x - 300, y1: first.y - 300, x2: first.x + 300, y2: first.y + 300 }, 1, 300);
  assert.ok(near.items.some(({ id }) => id === 'n0') && !near.items.some(({ id }) => id === 'n599'));
  const drawn = new Set(near.items.map(({ id }) => id));
  assert.ok(near.lines.length > 0 && near.lines.every(({ from, to }) => drawn.has(from) && drawn.has(to)), 'each line has its ends');
  const far = inView(scene, scene.whole, 0.001, 300);
  assert.equal(far.specks.length, 601);
  assert.ok(far.items.every(({ kind }) => kind === 'container'), 'no box is drawn that would be a speck');
  assert.deepEqual(far.lines, []);
});
