import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headline, said, total } from '../src/models/coverage';
import { constantDimensions, suggestedName } from '../src/models/dimensions';
import { importsTorch } from '../src/models/torch';
import { roots, type Item } from '../src/models/tree';
import type { Finding, FolderModels, Model, ModelTarget } from '../src/server/protocol';

const RANGE = { start: { line: 11, character: 0 }, end: { line: 11, character: 4 } };
const FINDING: Finding = {
  uri: 'file:///w/layers.py', range: RANGE, rule: 'data-dependent-branch', severity: 'error',
  message: '`if` condition is data-dependent\nuse torch.where', hint: '', link: null, byHand: null, related: [], fixes: [],
};
const TARGET: ModelTarget = {
  uri: 'file:///w/export.py', range: RANGE, document: 'file:///w/export.py', name: 'export:Net() (export)', origin: 'call',
  described: 'export call', declared: false, status: 'fails', stale: false, reason: '',
  inputs: [{ name: 'x', dtype: 'float32', shape: ['batch', 16] }], context: [], replaced: [], seconds: 1, findings: [FINDING],
};
const PART: Model = {
  uri: 'file:///w/layers.py', range: RANGE, id: 'layers#Norm', name: 'Norm', module: 'layers', role: 'part',
  missing: ['dim'], parts: [], status: 'notChecked', reason: '', targets: [],
};
const NET: Model = { ...PART, id: 'net#Net', name: 'Net', module: 'net', role: 'model', missing: [], parts: [PART.id], status: 'fails', targets: [TARGET] };
const FINE: Model = { ...NET, id: 'net#Fine', name: 'Fine', parts: [], status: 'exports', targets: [{ ...TARGET, origin: 'inferred', status: 'exports', findings: [] }] };

function folder(...models: Model[]): FolderModels {
  const fails = models.filter(({ status }) => status === 'fails').length;
  return { folder: 'file:///w', scanned: true, models, coverage: { models: 2, checked: 2, exports: 2 - fails, fails } };
}

function shown(models: readonly Model[], failingOnly = false): Item[] {
  return roots([folder(...models)], { failingOnly, folderName: (uri) => uri });
}

function item(items: readonly Item[], label: string): Item {
  const found = items.find((each) => each.label === label);
  assert.ok(found, `${label} among ${items.map((each) => each.label).join(', ')}`);
  return found;
}

void test('a model says what came of it and where its target is from', () => {
  const items = shown([NET, FINE, PART]);
  assert.equal(item(items, 'Net').description, 'fails · export call in export.py:12');
  assert.equal(item(items, 'Fine').description, 'exports · inputs inferred');
  assert.deepEqual(item(items, 'Net').spot, { uri: 'file:///w/layers.py', range: RANGE });
});

void test('below a model are inputs, problems and parts', () => {
  const below = item(shown([NET, PART]), 'Net').children?.() ?? [];
  assert.deepEqual(below.map(({ label, description }) => [label, description]), [
    ['x', 'float32[batch, 16]'],
    ['`if` condition is data-dependent', 'layers.py:12'],
    ['Parts', '1'],
  ]);
  const [norm] = item(below, 'Parts').children?.() ?? [];
  assert.equal(norm?.description, 'not checked · needs dim');
  assert.match(norm.context, /;bare;/);
});

void test('a part of a model is not listed twice, and one of none stands by itself', () => {
  assert.deepEqual(shown([NET, PART]).map(({ label }) => label), ['Net']);
  assert.deepEqual(shown([FINE, PART]).map(({ label }) => label), ['Fine', 'Parts']);
});

void test('parts that name each other end', () => {
  const one: Model = { ...PART, id: 'one', name: 'One', parts: ['two'] };
  const two: Model = { ...PART, id: 'two', name: 'Two', parts: ['one'] };
  let items = shown([{ ...NET, targets: [], parts: ['one'] }, one, two]);
  for (let depth = 0; items.length > 0; depth += 1) {
    assert.ok(depth < 12);
    items = items.flatMap((each) => each.children?.() ?? []);
  }
});

void test('ids differ, also where a part is below several models', () => {
  const other: Model = { ...NET, id: 'net#Other', name: 'Other' };
  const ids: string[] = [];
  const walk = (items: readonly Item[]): void => items.forEach((each) => {
    ids.push(each.id);
    walk(each.children?.() ?? []);
  });
  walk(shown([NET, other, PART]));
  assert.equal(new Set(ids).size, ids.length);
});

void test('the filter leaves models and parts that fail', () => {
  const failing: Model = { ...PART, status: 'error', targets: [{ ...TARGET, status: 'error' }] };
  assert.deepEqual(shown([NET, FINE, PART], true).map(({ label }) => label), ['Net']);
  assert.deepEqual(shown([FINE, failing], true).map(({ label }) => label), ['Parts']);
});

void test('a verdict of a former text says so', () => {
  const stale: Model = { ...FINE, targets: [{ ...TARGET, status: 'exports', stale: true, findings: [] }] };
  assert.match(item(shown([stale]), 'Fine').description, /^exports \(before the last edit\)/);
  assert.equal(item(shown([stale]), 'Fine').icon?.id, 'history');
});

void test('several targets of a model are below it, and several folders below nothing', () => {
  const two: Model = { ...NET, targets: [TARGET, { ...TARGET, name: 'export:Net(2) (export)' }] };
  assert.equal(item(shown([two]), 'Net').description, 'fails · 2 targets');
  const both = roots([folder(NET), { ...folder(FINE), folder: 'file:///v' }], { failingOnly: false, folderName: (uri) => uri.slice(-1) });
  assert.deepEqual(both.map(({ label, description }) => [label, description]), [['w', '2/2'], ['v', '2/2']]);
});

void test('what a call stands in is said', () => {
  const under: Model = { ...FINE, targets: [{ ...TARGET, context: ['torch.no_grad()', 'torch.autocast("cpu")'] }] };
  const below = item(shown([under]), 'Fine').children?.() ?? [];
  assert.deepEqual(below.slice(1, 3).map(({ label }) => label), ['under torch.no_grad()', 'under torch.autocast("cpu")']);
});

void test('what was replaced is said', () => {
  const replaced: Model = { ...FINE, targets: [{ ...TARGET, replaced: [{ kind: 'checkpoint', what: 'best.pt', by: 'weights as initialized' }, { kind: 'sizes', what: 'dynamic sizes', by: 'checked with static sizes' }] }] };
  const below = item(shown([replaced]), 'Fine').children?.() ?? [];
  assert.equal(item(below, 'best.pt').description, 'replaced by weights as initialized');
  assert.equal(item(below, 'dynamic sizes').description, 'checked with static sizes');
});

void test('coverage in words', () => {
  assert.equal(said({ models: 9, checked: 4, exports: 3, fails: 1 }), '4 of 9 models checked, 1 fails');
  assert.equal(said({ models: 1, checked: 1, exports: 1, fails: 0 }), '1 of 1 model checked, none fails');
  assert.equal(said({ models: 300, checked: 0, exports: 0, fails: 0 }), '0 of 300 models checked');
  assert.equal(said(total([])), '');
  assert.equal(total([folder(NET), folder(FINE)]).models, 4);
});

void test('what stands above the models says why none is checked', () => {
  const some = { models: 3, checked: 0, exports: 0, fails: 0 };
  assert.equal(headline(some, false, 'python3 cannot import torch.'), '0 of 3 models checked. python3 cannot import torch.');
  assert.equal(headline(some, true, 'No.'), '0 of 3 models checked. Only those that fail are shown. No.');
  assert.equal(headline(total([]), true, 'No.'), 'No.');
  assert.equal(headline(total([]), true), '');
});

void test('who imports torch is known by the text', () => {
  for (const text of ['import torch', 'x = 1\nfrom torch import nn', 'try:\n    import torch.nn as nn\nexcept ImportError:\n    pass', 'import lightning as L']) {
    assert.ok(importsTorch(text), text);
  }
  for (const text of ['# import torch', 'import torchy', 'import os', 'print("import torch")']) {
    assert.ok(!importsTorch(text), text);
  }
});

void test('dimensions that are constant, and what they may be called', () => {
  const inputs = [{ name: 'x', dtype: 'float32', shape: [2, 'seq', 16] }];
  const [first, second] = constantDimensions(inputs);
  assert.deepEqual([first?.source, second?.source], ['x.shape[0]', 'x.shape[2]']);
  assert.ok(first && second);
  assert.equal(suggestedName(first, inputs), 'batch');
  assert.equal(suggestedName(second, inputs), 'x_2');
});
