import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { test } from 'node:test';
import { probe, understood } from '../src/python/probe';
import { inFolder, onMachine, outside, type Surroundings } from '../src/python/search';
import { interpreterSetting } from '../src/python/setting';
import { isRecentEnough } from '../src/python/version';

function around(files: readonly string[], environment: Record<string, string> = {}): Surroundings {
  return { platform: 'linux', environment, exists: (path) => files.includes(path) };
}

void test('the folder’s environments come in their order', () => {
  const found = inFolder('/w', around(['/w/venv/bin/python', '/w/.venv/bin/python']));
  assert.deepEqual(found, ['/w/.venv/bin/python', '/w/venv/bin/python']);
});

void test('an active environment comes before PATH, each path once', () => {
  const files = ['/env/bin/python', '/usr/bin/python3'];
  const found = onMachine(around(files, { VIRTUAL_ENV: '/env', CONDA_PREFIX: '', PATH: '/usr/bin:/usr/bin' }));
  assert.deepEqual(found, files);
});

void test('a relative entry of PATH is the current directory, which may be anybody’s', () => {
  assert.deepEqual(onMachine(around(['bin/python3', 'python3'], { PATH: '.:bin:' })), []);
});

void test('nothing of the workspace is left where it is not trusted', () => {
  const paths = ['/w/.venv/bin/python', '/w2/bin/python', '/usr/bin/python3'];
  assert.deepEqual(outside(paths, ['/w']), ['/w2/bin/python', '/usr/bin/python3']);
});

void test('the setting’s variables are replaced', () => {
  const variables = { workspaceFolder: '/w', environment: { TOOLS: '/t' } };
  assert.equal(interpreterSetting(['${workspaceFolder}/.venv/bin/python'], variables), '/w/.venv/bin/python');
  assert.equal(interpreterSetting('${env:TOOLS}/python', variables), '/t/python');
  assert.equal(interpreterSetting('~/python', variables), `${homedir()}/python`);
  assert.equal(interpreterSetting([], variables), undefined);
  assert.equal(interpreterSetting(['  '], variables), undefined);
  assert.equal(interpreterSetting(7, variables), undefined);
});

void test('3.10 is the first that will do', () => {
  const minors = [9, 10, 14].map((minor) => isRecentEnough({ major: 3, minor }));
  assert.deepEqual(minors, [false, true, true]);
  assert.equal(isRecentEnough({ major: 2, minor: 17 }), false);
});

void test('an answer is found among what a sitecustomize prints', () => {
  const found = understood('/p', 'hello\nfullgraph-probe 3 12 1\n');
  assert.deepEqual(found, { kind: 'python', path: '/p', version: { major: 3, minor: 12 }, hasServer: true });
  assert.equal(understood('/p', 'Python was not found').kind, 'none');
});

void test('a program that is no Python is none', async () => {
  assert.equal((await probe('/bin/true')).kind, 'none');
  assert.equal((await probe('/nowhere/python')).kind, 'none');
});

void test('a real Python says its version', async () => {
  const found = await probe(process.env.FULLGRAPH_PYTHON ?? 'python3');
  assert.equal(found.kind === 'python' && found.version.major, 3);
});
