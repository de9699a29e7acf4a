/**
 * The commands that ask something first, and those that show a part of VS Code.
 *
 * The rule: as in checks.test.ts. Commands without a dialog are tried in the extension host (host.test.ts).
 */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Code } from './code.ts';
import { checkIn, stage, type Stage } from './stage.ts';
import { until } from './until.ts';
import type { Workbench } from './workbench.ts';

let shared: Stage;
let code: Code;
let window: Workbench;

before(async () => {
  shared = stage();
  code = await shared.code('dialogs');
  window = await shared.window();
  await window.open(code.url, shared.workspaces.models, 'encoder.py');
});

after(async () => {
  await shared.end();
});

const check = checkIn(() => window);

check('Export asks where to, and writes a program that was compared', async () => {
  await window.openFile('encoder.py');
  await window.lens('exports').waitFor();
  await window.command('Fullgraph: Export to .pt2…');
  await until('the proposed path', async () => (await window.quickInput.inputValue()).endsWith('/encoder.pt2'));
  await window.page.keyboard.press('Enter');
  await window.notification(/exported to .*encoder\.pt2, reloaded, and compared/);
  await window.shot('export');
  assert.ok(statSync(join(shared.workspaces.models, 'encoder.pt2')).size > 1_000);
  await window.noMessages();
});

check('Record shows the command, runs it in a terminal, and what it saw is a target', async () => {
  await window.openFile('train.py');
  await window.command('Fullgraph: Record Inputs from a Run…');
  await until('the command', async () => (await window.quickInput.inputValue()).endsWith('train.py'));
  await window.shot('record');
  await window.page.keyboard.press('Enter');
  const recorded = join(shared.workspaces.models, '.fullgraph', 'recorded.json');
  await until('it was written down', () => Promise.resolve(existsSync(recorded) && readFileSync(recorded, 'utf8').includes('Tower')));
  await window.lineIs('self.body(x)', /f32\[4, 8\]/); // a guess had it that x has three dimensions
  await window.lens('exports').waitFor();
  await window.shot('recorded');
  await window.command('View: Hide Panel');
});

check('Show Output shows the channel of Fullgraph', async () => {
  await window.command('Fullgraph: Show Output');
  const panel = window.page.locator('.part.panel');
  await panel.locator('.action-item.checked', { hasText: 'Output' }).first().waitFor();
  await until('the channel', async () => panel.locator('.title-actions, .title').first().evaluate((title) => {
    const selects = [...title.querySelectorAll('select')].map((select) => select.selectedOptions[0]?.textContent ?? '');
    return [...selects, title.textContent].some((text) => text.trim() === 'Fullgraph' || text.endsWith('Fullgraph'));
  }));
  await window.shot('output');
  await window.command('View: Hide Panel');
});

check('a model that does not export has no graph, and the view says why', async () => {
  await window.openFile('gate.py');
  await window.lens('1 problem').waitFor();
  await window.command('Fullgraph: Show Graph');
  const graph = await window.webview('#findings li.error');
  assert.match(await graph.locator('#said').innerText(), /does not export/);
  await window.shot('graph-none');
  await window.closeEditors();
});
