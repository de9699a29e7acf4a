/**
 * Interpreters and trust, as a user meets them: no torch, too old a Python, a folder of a stranger.
 *
 * The rule: as in checks.test.ts; each check opens a folder of its own.
 */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Code } from './code.ts';
import { family } from './processes.ts';
import { checkIn, PYTHON, stage, type Stage } from './stage.ts';
import { until } from './until.ts';
import type { Workbench } from './workbench.ts';

let shared: Stage;
let code: Code;
let window: Workbench;

before(async () => {
  shared = stage();
  code = await shared.code('trusting');
  window = await shared.window();
});

after(async () => {
  await shared.end();
});

const check = checkIn(() => window);

check('an interpreter without torch is said, and the text alone is still looked at', async () => {
  await window.open(code.url, shared.workspaces.torchless, 'gate.py');
  const message = await window.notification(/no torch|has no torch|cannot import torch/i);
  await message.getByRole('button', { name: 'Choose Interpreter' }).waitFor();
  await window.statusIs(/no torch/);
  await window.squiggle('info');
  await window.shot('no-torch');
  await window.command('View: Show Fullgraph');
  await window.page.locator('.pane-body .message').filter({ hasText: /0 of 1 model checked\. .*cannot import torch/ }).first().waitFor();
  await window.shot('no-torch-models');
});

check('a Python that is too old is said, and another one runs the server', async () => {
  await window.open(code.url, shared.workspaces.ancient, 'gate.py');
  const message = await window.notification(/is Python 3\.8, but Fullgraph requires 3\.10 or newer/);
  await message.getByRole('button', { name: 'Choose Interpreter' }).waitFor();
  await window.squiggle('info');
  await window.shot('too-old');
});

check('fromEnvironment runs the server that is installed there', async () => {
  code.set({}, { 'fullgraph.importStrategy': 'fromEnvironment' });
  await window.open(code.url, shared.workspaces.models, 'gate.py');
  await until('the server of the environment', () =>
    Promise.resolve(family(code.pid).some(({ command }) => command.includes('-m fullgraph_server') && command.includes(PYTHON))));
  await window.underlined('error', 'h.isnan().any()', 'if h.isnan');
  code.set({});
  await until('the bundled one again', () => Promise.resolve(family(code.pid).every(({ command }) => !command.includes('-m fullgraph_server'))));
});

check('of a folder that is not trusted nothing runs, and trust needs no reload', async () => {
  const wary = await shared.code('wary', { trust: true });
  const { stranger } = shared.workspaces;
  window = await shared.window();
  await window.open(wary.url, stranger);
  await window.openFile('gate.py');
  await window.statusIs(/restricted mode/);
  await window.squiggle('info');
  await window.shot('untrusted');
  assert.equal(existsSync(join(stranger, 'gate.py.was-run')), false, 'no file of it');
  assert.equal(existsSync(join(stranger, 'spy.was-run')), false, 'no interpreter that its settings name');
  await window.page.evaluate(() => Object.assign(globalThis, { sameWindow: true }));
  await window.command('Workspaces: Manage Workspace Trust');
  await window.page.locator('.workspace-trust-editor').getByRole('button', { name: /^Trust$/ }).first().click();
  await window.openFile('gate.py');
  await window.squiggle('error');
  assert.ok(existsSync(join(stranger, 'gate.py.was-run')));
  assert.ok(existsSync(join(stranger, 'spy.was-run')), 'what its settings name is taken once it is trusted');
  assert.equal(await window.page.evaluate(() => (globalThis as unknown as { sameWindow?: boolean }).sameWindow), true);
});
