/**
 * What a user does and sees, in a real VS Code with the packed extension.
 *
 * The rule: each check looks at the page, as a person would. They share one window and run in this order,
 * which is also a user's: starting VS Code for each would take longer than all of them. Each opens what it
 * is about, and leaves the files as they were.
 */

import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Code } from './code.ts';
import { family, type Process } from './processes.ts';
import { checkIn, PACKAGE, stage, type Stage } from './stage.ts';
import { until } from './until.ts';
import type { Workbench } from './workbench.ts';
import { GATE } from './workspaces.ts';

const MEGABYTE = 1024 * 1024;
let shared: Stage;
let code: Code;
let window: Workbench;

before(async () => {
  shared = stage();
  code = await shared.code('checks');
  window = await shared.window();
  await window.open(code.url, shared.workspaces.models, 'gate.py');
});

after(async () => {
  await shared.end();
});

const check = checkIn(() => window);

/** The lens has a verdict, so that a picture shows the window at rest. */
async function settled(verdict: string): Promise<void> {
  await window.lens(verdict).waitFor();
  await window.statusIs(/models checked/);
}

check('the squiggle is under exactly the expression', async () => {
  await window.underlined('error', 'h.isnan().any()', 'if h.isnan');
});

check('the status bar counts', async () => {
  await window.statusIs(/models checked, \d+ fail/);
});

check('a code lens says what came of the model', async () => {
  await settled('1 problem');
});

check('inlay hints show the shapes in the names of the user', async () => {
  await window.lineIs('self.body(x)', /h = self\.body\(x\).*f32\[batch, 64\]/);
});

check('the hover says type and shape', async () => {
  await window.hover(/float32\[batch, 64\]/, 'sigmoid', 'torch.sigmoid');
  await window.shot('hover');
});

check('the hover over a problem says what it is', async () => {
  await window.hover(/`if` condition[\s\S]*data-dependent-branch/, 'isnan', 'if h.isnan');
  await window.shot('hover-problem');
});

check('the Problems panel has the message at its place', async () => {
  await window.problem('not known at export time', /^Error: `if` condition[\s\S]* at line 13 and character 12\./);
  await window.shot('problem');
  await window.command('View: Hide Panel');
});

check('the lightbulb has a verified rewrite, which ends the squiggle, and undo brings it back', async () => {
  await window.openFile('gate.py');
  await window.clickAt('isnan', 'if h.isnan');
  await window.page.locator('.lightBulbWidget:visible').first().waitFor();
  await window.quickFix('(verified)');
  await window.shot('quick-fix');
  const written = 'h = torch.where(h.isnan().any(), torch.zeros_like(h), h)';
  await window.applyFix('(verified)', async () => (await window.lineText('torch.where')).includes(written));
  await window.noSquiggle('error');
  await settled('exports');
  await window.undo('gate.py');
  await window.squiggle('error');
});

check('a problem can be ignored with a comment', async () => {
  await window.clickAt('isnan', 'if h.isnan');
  const comment = '# fullgraph: ignore[data-dependent-branch]';
  await window.applyFix('Suppress data-dependent-branch', async () => (await window.lineText('if h.isnan')).includes(comment));
  await window.noSquiggle('error');
  await window.undo('gate.py');
  await window.squiggle('error');
});

check('the report opens, and a click in it goes to the text', async () => {
  await window.openFile('gate.py');
  await settled('1 problem');
  await window.command('Fullgraph: Show Report');
  const report = await window.webview('article.error');
  assert.match(await report.locator('article.error').innerText(), /data-dependent-branch/);
  assert.match(await report.locator('table').first().innerText(), /batch, 64/);
  await report.locator('.fixes .badge.good').first().waitFor();
  await window.shot('report');
  await report.locator('article.error a').first().click();
  await window.cursorIs('Ln 13, Col 27 (15 selected)');
  await window.closeEditors();
});

check('the graph is drawn, and leads to the text and back', async () => {
  await window.openFile('encoder.py');
  await settled('exports');
  await window.command('Fullgraph: Show Graph');
  const graph = await window.webview('main[data-nodes]');
  const boxes = async (): Promise<number> => Number(await graph.locator('main').getAttribute('data-nodes'));
  const before = await boxes();
  const where = await graph.evaluate(() => (globalThis as unknown as { fullgraphPicture: { where(id: string): { x: number; y: number } } }).fullgraphPicture.where('embedding'));
  await graph.locator('#canvas').click({ position: where });
  await window.cursorIs('Ln 27,');
  await until('details of the operator', async () => (await graph.locator('#details').innerText()).includes('aten.embedding'));
  await graph.locator('#search').fill('gelu');
  await until('three matches', async () => (await graph.locator('#matches').innerText()).includes('1 of 3'));
  await graph.locator('#search').fill('');
  await window.command('View: Toggle Primary Side Bar Visibility');
  await graph.locator('#details').waitFor();
  await window.shot('graph');
  await window.command('View: Toggle Primary Side Bar Visibility');
  await graph.locator('#fold').click();
  await until('fewer boxes', async () => (await boxes()) < before);
  await window.closeEditors();
});

check('the Testing view runs the models', async () => {
  await window.command('Testing: Focus on Test Explorer View');
  const rows = window.page.locator('.test-explorer .monaco-list-row');
  for (const [file, model] of [['gate.py', 'Gate()'], ['encoder.py', 'Encoder()']] as const) {
    await until(`${model} below ${file}`, async () => {
      await rows.filter({ hasText: file }).first().click({ timeout: 6_000 });
      await window.page.keyboard.press('ArrowRight');
      return rows.filter({ hasText: model }).first().waitFor({ timeout: 2_000 }).then(() => true);
    });
  }
  await window.openFile('gate.py');
  await window.command('Test: Run Tests in Current File');
  await window.page.locator('.test-explorer .codicon-testing-failed-icon, .test-explorer .codicon-testing-error-icon').first().waitFor();
  await window.openFile('encoder.py');
  await window.command('Test: Run Tests in Current File');
  await window.page.locator('.test-explorer .codicon-testing-passed-icon').first().waitFor();
  await settled('exports');
  await window.calm(); // a row under the mouse has a tip over the next
  await window.shot('tests');
  await window.command('View: Show Explorer');
});

check('the menu of the status bar opens', async () => {
  await until('the menu', async () => {
    await window.status.click({ timeout: 6_000 });
    await window.quickRows('Restart the language server').first().waitFor({ timeout: 6_000 });
    return true;
  });
  await window.shot('status');
});

check('a notebook is one module', async () => {
  await window.closeEditors();
  await window.openNotebook('choice.ipynb');
  const cell = window.page.locator('.notebook-editor .cell-editor-container', { hasText: 'x.sum' }).first();
  await cell.locator('.cdr.squiggly-error').first().waitFor({ state: 'attached' });
  await window.statusIs(/models checked/);
  await window.shot('notebook');
  await window.problem('x.sum() > 0', /at line 4 and character 12\./);
  await window.command('View: Hide Panel');
  await window.closeEditors();
});

check('a crash of user code is a finding, and the next check works', async () => {
  await window.openFile('crash.py');
  await window.squiggle('warning');
  await window.statusIs(/models checked/);
  await window.shot('crash');
  await window.openFile('gate.py');
  await window.squiggle('error');
});

function running(part: string): Process[] {
  return family(code.pid).filter(({ command }) => command.includes(part));
}

check('a killed worker is replaced, and the next check works', async () => {
  await window.openFile('gate.py');
  const workers = running('/fullgraph/tracing').map(({ pid }) => pid);
  assert.ok(workers.length > 0, 'a worker runs');
  workers.forEach((pid) => process.kill(pid, 'SIGKILL'));
  await window.clickAt('zeros_like', 'torch.zeros_like');
  await window.page.keyboard.press('End');
  await window.page.keyboard.type(' + int(h.sum())');
  await window.lens('2 problems').waitFor();
  assert.equal(running('/fullgraph/tracing').some(({ pid }) => workers.includes(pid)), false);
  await window.undo('gate.py');
  await settled('1 problem');
});

check('a name that is not there is underlined while it is typed, and no longer', async () => {
  await window.openFile('gate.py');
  await window.clickAt('torch.sigmoid(h)', 'return torch.sigmoid');
  await window.page.keyboard.press('End');
  await window.page.keyboard.type(' * scal');
  await window.hover(/'scal' is not defined/, 'scal', 'return torch.sigmoid');
  await window.shot('undefined');
  for (let typed = ' * scal'.length; typed > 0; typed--) {
    await window.page.keyboard.press('Backspace');
  }
  await window.underlined('error', 'h.isnan().any()', 'if h.isnan');
  await window.undo('gate.py');
  await settled('1 problem');
});

check('the server is restarted, and says the same again', async () => {
  await window.openFile('gate.py');
  const before = running('bundled/start.py').map(({ pid }) => pid);
  await window.command('Fullgraph: Restart Language Server');
  await until('another server, and no more than one', () => {
    const now = running('bundled/start.py').map(({ pid }) => pid);
    return Promise.resolve(now.length === 1 && !before.some((pid) => now.includes(pid)));
  });
  await settled('1 problem');
  await window.underlined('error', 'h.isnan().any()', 'if h.isnan');
});

check('VS Code says how long activation took', async () => {
  await window.command('Developer: Show Running Extensions');
  const row = await window.scrolledTo('.runtime-extensions-editor', 'Fullgraph');
  const text = await row.innerText();
  const [, milliseconds] = /(\d+)\s*ms/.exec(text) ?? [];
  console.log(`activation: ${milliseconds} ms`);
  await window.closeEditors();
  assert.ok(Number(milliseconds) >= 0, text);
});

void test('the packed extension is small', () => {
  const { size } = statSync(PACKAGE);
  console.log(`package: ${(size / MEGABYTE).toFixed(1)} MB`);
  assert.ok(size < 12 * MEGABYTE);
});

void test('the files are as they were', () => {
  assert.equal(readFileSync(join(shared.workspaces.models, 'gate.py'), 'utf8'), GATE);
});
