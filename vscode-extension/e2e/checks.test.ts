/**
 * What a user does and sees, in a real VS Code with the packed extension.
 *
 * The rule: each check looks at the page, as a person would. They share one window and run in this order,
 * which is also a user's: starting VS Code for each would take longer than all of them.
 */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { family } from './code.ts';
import { stage, type Stage } from './stage.ts';
import type { Box, Workbench } from './workbench.ts';
import { GATE } from './workspaces.ts';

const MEGABYTE = 1024 * 1024;
let shared: Stage;
let window: Workbench;

before(async () => {
  shared = await stage();
  window = await shared.window();
  await window.open(shared.trusting.url, shared.workspaces.models, 'gate.py');
});

after(async () => {
  await shared.end();
});

/** A check whose last picture is kept where it fails. */
function check(name: string, body: () => Promise<void>): void {
  void test(name, async () => {
    try {
      await body();
    } catch (error) {
      await window.shot(`failed-${name.replaceAll(/\W+/g, '-')}`);
      throw error;
    }
  });
}

function assertSame(actual: Box, expected: Box): void {
  assert.ok(Math.abs(actual.left - expected.left) < 1.5, `it starts at ${actual.left}, the text at ${expected.left}`);
  assert.ok(Math.abs(actual.right - expected.right) < 1.5, `it ends at ${actual.right}, the text at ${expected.right}`);
}

check('the squiggle is under exactly the expression', async () => {
  const squiggle = await window.squiggle('error');
  assertSame(squiggle, await window.place('h.isnan().any()', 'if h.isnan'));
});

check('the status bar counts', async () => {
  await window.statusIs(/1 problem/);
});

check('a code lens says what came of the model', async () => {
  await window.page.locator('.codelens-decoration', { hasText: '1 problem' }).waitFor();
});

check('inlay hints show the shapes in the names of the user', async () => {
  await window.page.locator('.view-line', { hasText: 'f32[batch,' }).first().waitFor();
  assert.match(await window.lineText('self.body(x)'), /h = self\.body\(x\).*f32\[batch, 64\]/);
});

check('the hover says type and shape', async () => {
  assert.match(await window.hover('sigmoid', 'torch.sigmoid'), /float32\[batch, 64\]/);
  await window.shot('hover');
  await window.page.mouse.move(5, 400);
});

check('the Problems panel has the message at its place', async () => {
  await window.page.keyboard.press('Control+Shift+M');
  const row = window.page.locator('.markers-panel .monaco-list-row').filter({ hasText: 'export records' }).first();
  await row.waitFor();
  assert.match((await row.getAttribute('aria-label')) ?? '', /^Error: which side of the `if`[\s\S]* at line 13 and character 12\./);
  await window.shot('problem');
  await window.page.keyboard.press('Control+Shift+M');
});

check('the lightbulb has a rewrite that was proved, which ends the squiggle, and undo brings it back', async () => {
  await window.clickAt('isnan', 'if h.isnan');
  await window.page.locator('.lightBulbWidget:visible').first().waitFor();
  const proved = await window.provedFixes();
  await window.shot('quick-fix');
  await proved.first().click();
  await window.squiggles('error').first().waitFor({ state: 'detached' });
  assert.match(await window.lineText('torch.where'), /h = torch\.where\(h\.isnan\(\)\.any\(\), torch\.zeros_like\(h\), h\)/);
  await window.page.keyboard.press('Control+Z');
  await window.squiggles('error').first().waitFor({ state: 'attached' });
});

check('a problem can be ignored with a comment', async () => {
  await window.clickAt('isnan', 'if h.isnan');
  const fixes = await window.quickFixes();
  await fixes.filter({ hasText: 'Ignore data-dependent-branch' }).first().click();
  await window.squiggles('error').first().waitFor({ state: 'detached' });
  assert.match(await window.lineText('if h.isnan'), /# fullgraph: ignore\[data-dependent-branch\]/);
  await window.page.keyboard.press('Control+Z');
  await window.squiggles('error').first().waitFor({ state: 'attached' });
});

check('the report opens, and a click in it goes to the text', async () => {
  await window.openFile('encoder.py');
  await window.page.locator('.codelens-decoration', { hasText: 'exports' }).waitFor();
  await window.openFile('gate.py');
  await window.command('Fullgraph: Show Report');
  const report = await window.webview('article.error');
  assert.match(await report.locator('article.error').innerText(), /data-dependent-branch/);
  assert.match(await report.locator('table').first().innerText(), /batch, 64/);
  await window.shot('report');
  await report.locator('article.error a').first().click();
  await window.page.locator('.statusbar-item', { hasText: 'Ln 13, Col 27 (15 selected)' }).waitFor();
  await window.command('View: Close All Editors');
});

check('the graph is drawn, and leads to the text and back', async () => {
  await window.openFile('encoder.py');
  await window.page.keyboard.press('Control+B');
  await window.command('Fullgraph: Show Graph');
  const graph = await window.webview('main[data-nodes]');
  await window.page.waitForTimeout(800);
  await window.shot('graph');
  const before = Number(await graph.locator('main').getAttribute('data-nodes'));
  const where = await graph.evaluate(() => (globalThis as unknown as { fullgraphPicture: { where(id: string): { x: number; y: number } } }).fullgraphPicture.where('embedding'));
  await graph.locator('#canvas').click({ position: where });
  await window.page.locator('.statusbar-item', { hasText: 'Ln 27,' }).waitFor();
  assert.match(await graph.locator('#details').innerText(), /aten\.embedding/);
  await graph.locator('#search').fill('gelu');
  assert.match(await graph.locator('#matches').innerText(), /1 of 3/);
  await window.shot('graph-search');
  await graph.locator('#fold').click();
  await graph.locator(`main:not([data-nodes="${before}"])`).waitFor();
  assert.ok(Number(await graph.locator('main').getAttribute('data-nodes')) < before);
  await window.command('View: Close All Editors');
  await window.page.keyboard.press('Control+B');
});

check('the Testing view runs the models', async () => {
  await window.command('Testing: Focus on Test Explorer View');
  const rows = window.page.locator('.test-explorer .monaco-list-row');
  await rows.filter({ hasText: 'gate.py' }).waitFor();
  for (const file of ['gate.py', 'encoder.py']) {
    await rows.filter({ hasText: file }).click();
    await window.page.keyboard.press('ArrowRight');
  }
  await window.openFile('gate.py');
  await window.command('Test: Run Tests in Current File');
  await window.page.locator('.test-explorer .codicon-testing-failed-icon, .test-explorer .codicon-testing-error-icon').first().waitFor();
  await window.openFile('encoder.py');
  await window.command('Test: Run Tests in Current File');
  await window.page.locator('.test-explorer .codicon-testing-passed-icon').first().waitFor();
  await window.shot('tests');
  await window.command('View: Show Explorer');
});

check('the menu of the status bar opens', async () => {
  await window.status.click();
  await window.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Restart the language server' }).waitFor();
  await window.shot('status');
  await window.page.keyboard.press('Escape');
});

check('a notebook is one module', async () => {
  await window.command('View: Close All Editors');
  await window.page.locator('.explorer-folders-view .monaco-list-row[aria-label^="choice.ipynb"]').dblclick();
  const cell = window.page.locator('.notebook-editor .cell-editor-container', { hasText: 'x.sum' }).first();
  const squiggle = cell.locator('.cdr.squiggly-error').first();
  await squiggle.waitFor({ state: 'attached' });
  await window.statusIs(/2 problems/);
  await window.shot('notebook');
  const row = window.page.locator('.markers-panel .monaco-list-row').filter({ hasText: 'x.sum() > 0' }).first();
  await window.page.keyboard.press('Control+Shift+M');
  await row.waitFor();
  assert.match((await row.getAttribute('aria-label')) ?? '', /at line 4 and character 12\./);
  await window.page.keyboard.press('Control+Shift+M');
  await window.command('View: Close All Editors');
});

check('a crash of user code is a finding, and the next check works', async () => {
  await window.openFile('crash.py');
  await window.squiggles('warning').first().waitFor({ state: 'attached' });
  await window.statusIs(/problem/);
  await window.shot('crash');
  await window.openFile('gate.py');
  await window.squiggle('error');
});

check('a killed worker is shown or replaced, and the next check works', async () => {
  const workers = family(shared.trusting.pid).filter(({ command }) => command.includes('/fullgraph/tracing'));
  assert.ok(workers.length > 0, 'a worker runs');
  workers.forEach(({ pid }) => process.kill(pid, 'SIGKILL'));
  await window.clickAt('sigmoid', 'torch.sigmoid');
  await window.page.keyboard.press('End');
  await window.page.keyboard.type(' + 1');
  await window.page.keyboard.press('Control+S');
  await window.page.locator('.codelens-decoration', { hasText: '1 problem' }).waitFor();
  await window.squiggle('error');
});

check('the server is restarted, and says the same again', async () => {
  await window.command('Fullgraph: Restart Language Server');
  await window.squiggles('error').first().waitFor({ state: 'detached' });
  await window.squiggle('error');
  const servers = family(shared.trusting.pid).filter(({ command }) => command.includes('bundled/start.py'));
  assert.equal(servers.length, 1);
});

check('VS Code says how long activation took', async () => {
  await window.command('Developer: Show Running Extensions');
  const row = window.page.locator('.runtime-extensions-editor .monaco-list-row', { hasText: 'Fullgraph' }).first();
  await row.waitFor();
  const text = await row.innerText();
  const [, milliseconds] = /(\d+)\s*ms/.exec(text) ?? [];
  console.log(`activation: ${milliseconds} ms`);
  await window.page.keyboard.press('Escape');
  assert.ok(Number(milliseconds) >= 0, text);
});

check('the packed extension is small', () => {
  const { size } = statSync(join(import.meta.dirname, '..', 'fullgraph.vsix'));
  console.log(`package: ${(size / MEGABYTE).toFixed(1)} MB`);
  assert.ok(size < 12 * MEGABYTE);
  return Promise.resolve();
});

check('an interpreter without torch is said, and the text alone is still looked at', async () => {
  await window.open(shared.trusting.url, shared.workspaces.torchless, 'gate.py');
  await window.statusIs(/no torch/);
  await window.notification(/torch/).waitFor();
  await window.notification(/torch/).getByRole('button', { name: 'Choose Interpreter' }).waitFor();
  await window.squiggles('info').first().waitFor({ state: 'attached' });
  await window.shot('no-torch');
});

check('of a folder that is not trusted nothing runs, and trust needs no reload', async () => {
  const wary = await shared.wary();
  const { stranger } = shared.workspaces;
  window = await shared.window();
  await window.open(wary.url, stranger);
  await window.openFile('gate.py');
  await window.statusIs(/not trusted/);
  await window.squiggles('info').first().waitFor({ state: 'attached' });
  await window.shot('untrusted');
  assert.equal(existsSync(join(stranger, 'gate.py.was-run')), false);
  await window.page.evaluate(() => Object.assign(globalThis, { sameWindow: true }));
  await window.command('Workspaces: Manage Workspace Trust');
  await window.page.locator('.workspace-trust-editor .trust-enabled, .workspace-trust-editor').getByRole('button', { name: /^Trust$/ }).first().click();
  await window.openFile('gate.py');
  await window.squiggle('error');
  assert.ok(existsSync(join(stranger, 'gate.py.was-run')));
  assert.equal(await window.page.evaluate(() => (globalThis as unknown as { sameWindow?: boolean }).sameWindow), true);
});

check('the files are as they were', () => {
  assert.equal(readFileSync(join(shared.workspaces.models, 'encoder.py'), 'utf8').includes('fullgraph: ignore'), false);
  assert.ok(readFileSync(join(shared.workspaces.models, 'gate.py'), 'utf8').startsWith(GATE.slice(0, 300)));
  return Promise.resolve();
});
