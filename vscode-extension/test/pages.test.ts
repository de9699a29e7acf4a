import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Report } from '../src/server/protocol';
import { html } from '../src/views/page';
import { graphBody } from '../src/views/graphPage';
import { missingBody, reportBody } from '../src/views/reportPage';

const HOSTILE = '<img src=x onerror="alert(1)">';
const PLACE = { uri: 'file:///m.py', range: { start: { line: 1, character: 2 }, end: { line: 1, character: 5 } } };
const REPORT: Report = {
  ...PLACE,
  name: HOSTILE,
  origin: 'comment',
  status: 'fails',
  python: '3.12',
  torch: HOSTILE,
  seconds: 1.25,
  inputs: [{ name: 'x', dtype: 'float32', shape: ['batch', 4] }],
  outputs: [],
  symbols: [{ name: 'u0', source: '', lower: 0, upper: null, definedBy: HOSTILE, definedAt: PLACE }],
  dimensions: [{ source: 'x.shape[0]', requested: 'batch', outcome: 'specialized', size: '3', lower: null, upper: null, guards: [{ ...PLACE, text: HOSTILE }] }],
  conditions: [{ ...PLACE, text: 'x.shape[1] % 4 == 0', sizes: ['x.shape[1]'], guards: [], expression: HOSTILE }],
  findings: [{ ...PLACE, rule: 'dim-specialized', severity: 'error', message: `\`x\` ${HOSTILE}`, hint: '', link: null, byHand: null, related: [], fixes: [{ title: HOSTILE, verdict: 'verified', reason: '', preferred: true }] }],
  lost: [{ name: 'ShapeEnv.replacements', observation: HOSTILE }],
};

void test('what comes from the user’s program is text in the report', () => {
  const body = reportBody(REPORT);
  assert.equal(body.includes('<img'), false);
  assert.ok(body.includes('<code>x</code>'));
  assert.ok(body.includes('<code>ShapeEnv.replacements</code>'));
  assert.ok(body.includes('<code>x.shape[1] % 4 == 0</code>'));
  assert.ok(body.includes('specialized to 3') && body.includes('0 … ∞'));
  assert.equal(missingBody(HOSTILE).includes('<img'), false);
});

void test('a page runs no script but its own', () => {
  const page = html({ title: HOSTILE, nonce: 'abc', source: 'https://here', styles: ['a.css'], script: 'a.js', body: graphBody('w.js') });
  const [, policy = ''] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
  assert.ok(policy.startsWith("default-src 'none'; script-src 'nonce-abc';"));
  assert.equal(policy.includes('unsafe'), false);
  assert.deepEqual(page.match(/<script[^>]*>/g), ['<script nonce="abc" src="a.js">']);
  assert.equal(/<[^>]+ (?:style|on\w+)=/.test(page), false);
});
