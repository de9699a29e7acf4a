import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileName } from '../src/commands/fileName';
import { withInterpreter } from '../src/server/configuration';
import { CoalescingQueue } from '../src/server/coalescingQueue';
import { commandLine } from '../src/server/launch';
import type { FolderStatus, StartFailure, Target } from '../src/server/protocol';
import { Healths } from '../src/status/health';
import { wording } from '../src/status/wording';
import { byDocument, label, outcome } from '../src/testing/tree';

void test('of all that is asked for while something runs, the last alone is done', async () => {
  const queue = new CoalescingQueue();
  const done: number[] = [];
  let go: () => void = () => undefined;
  const first = queue.run(() => new Promise((resolve) => { go = () => { done.push(1); resolve(); }; }));
  for (const number of [2, 3, 4]) {
    void queue.run(() => { done.push(number); return Promise.resolve(); });
  }
  go();
  await first;
  assert.deepEqual(done, [1, 4]);
});

void test('the queue goes on after a failure', async () => {
  const queue = new CoalescingQueue();
  await assert.rejects(queue.run(() => Promise.reject(new Error('no'))));
  let ran = false;
  await queue.run(() => { ran = true; return Promise.resolve(); });
  assert.ok(ran);
});

const PYTHON = { kind: 'python', path: '/p', version: { major: 3, minor: 12 }, hasServer: true } as const;

void test('what an untrusted environment brings is not run', () => {
  assert.equal(commandLine(PYTHON, 'fromEnvironment', '/x', true).bundled, false);
  assert.equal(commandLine(PYTHON, 'fromEnvironment', '/x', false).bundled, true);
  assert.equal(commandLine({ ...PYTHON, hasServer: false }, 'fromEnvironment', '/x', true).bundled, true);
  assert.deepEqual(commandLine(PYTHON, 'useBundled', '/x', true).args, ['-I', '/x/bundled/start.py']);
});

void test('the interpreter that was found is filled in, and nothing else is touched', () => {
  assert.deepEqual(withInterpreter({ strict: true, interpreter: [] }, '/p'), { strict: true, interpreter: ['/p'] });
  assert.deepEqual(withInterpreter(null, undefined), { interpreter: [] });
});

const IDLE: FolderStatus = { folder: 'f', state: 'idle', message: '', startFailure: null, done: 0, total: 0, problems: 0, exports: 0 };

void test('the status bar says each state', () => {
  const said = (status: Partial<FolderStatus>): string => wording({ ...IDLE, ...status }).text;
  assert.match(said({ state: 'checking', done: 1, total: 5 }), /checking 2 of 5/);
  assert.match(said({ state: 'checking', done: 5, total: 5 }), /checking 5 of 5/);
  assert.match(said({ problems: 3 }), /3 problems/);
  const coverage = { models: 9, checked: 4, exports: 3, fails: 1 };
  assert.match(wording({ ...IDLE, problems: 3 }, coverage).text, /warning.*4 of 9 models checked, 1 fails/);
  assert.match(wording(IDLE, { ...coverage, fails: 0, checked: 9 }).text, /check.*9 of 9 models checked, none fails/);
  assert.match(said({ problems: 1, exports: 1 }), /1 problem$/);
  assert.match(said({ exports: 2 }), /exports/);
  assert.match(said({ state: 'noTorch' }), /no torch/);
  assert.match(said({ state: 'untrusted' }), /restricted mode/);
  assert.equal(wording({ ...IDLE, state: 'crashed' }).tone, 'error');
  assert.equal(wording({ ...IDLE, state: 'unsuitable' }).tone, 'warning');
});

const NO_TORCH: StartFailure = {
  reason: 'no-torch', remedy: 'choose-interpreter', interpreter: '/p/python', python: '3.11.7', torch: '',
  error: "ModuleNotFoundError: No module named 'torch'", ended: '', output: '', seconds: 0, suggestion: '',
};

void test('why there is no worker is said in terms of commands, and no command line is', () => {
  const said = (failure: Partial<StartFailure>): string =>
    wording({ ...IDLE, state: 'noTorch', message: 'as text', startFailure: { ...NO_TORCH, ...failure } }).tooltip;
  assert.equal(said({}), '/p/python (Python 3.11.7) cannot import torch: ' +
    'ModuleNotFoundError: No module named \'torch\'. Run "Choose Interpreter" to use another one.');
  assert.equal(said({ reason: 'crashed', remedy: 'try-again', ended: 'SIGSEGV', output: 'oh no' }),
    '/p/python (Python 3.11.7) crashed at startup (SIGSEGV). Its last output was "oh no". ' +
    'Run "Restart Worker" to try again.');
  assert.equal(said({ reason: 'updated', remedy: 'restart' }),
    'Fullgraph was updated while it was running. Run "Restart Language Server" to use the new version.');
  assert.equal(said({ reason: 'of tomorrow', remedy: 'as well' }), 'as text');
});

void test('the folder in front is the one that is told of, and a dead server comes first', () => {
  const healths = new Healths();
  healths.serverChanged('running');
  healths.told({ ...IDLE, folder: 'a', problems: 1 });
  healths.told({ ...IDLE, folder: 'b', state: 'noTorch' });
  assert.equal(healths.of('b').state, 'noTorch');
  assert.equal(healths.of(undefined).state, 'idle');
  healths.serverChanged('stopped');
  assert.equal(healths.of('b').state, 'stopped');
  healths.serverChanged('running');
  assert.equal(healths.of('b').state, 'launching');
});

const RANGE = { start: { line: 3, character: 0 }, end: { line: 3, character: 4 } };
const TARGET: Target = { uri: 'file:///m.py', range: RANGE, name: 'm:M(a=":")', origin: 'comment', status: 'exports', findings: [], seconds: 2 };

void test('a target’s status is a test’s outcome', () => {
  assert.deepEqual(outcome(TARGET), { kind: 'passed', milliseconds: 2000 });
  assert.equal(outcome({ ...TARGET, status: 'checking' }).kind, 'running');
  assert.equal(outcome({ ...TARGET, status: 'unknown' }).kind, 'none');
  const failed = outcome({ ...TARGET, status: 'fails' });
  assert.deepEqual(failed.kind === 'failed' && failed.messages, [{ text: 'fails', spot: { uri: TARGET.uri, range: RANGE } }]);
});

void test('targets stand below their document in the order of the text', () => {
  const later = { ...TARGET, name: 'm:B()', range: { start: { line: 9, character: 0 }, end: { line: 9, character: 1 } } };
  const found = byDocument([later, TARGET, { ...TARGET, uri: null }]);
  assert.deepEqual(found.get('file:///m.py')?.map(label), ['M(a=":")', 'B()']);
});

void test('a file name comes from the class', () => {
  assert.equal(fileName('models.gate:Gate(width=3)'), 'gate.pt2');
  assert.equal(fileName('x:'), 'model.pt2');
});
