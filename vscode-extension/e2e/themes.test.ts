/**
 * The two views in dark, light and high-contrast themes, and with nothing to show: pictures to be looked at.
 *
 * The rule: what a theme gives is asked for in the page, so that a view without the theme's colours fails.
 */

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import type { Frame } from 'playwright-core';
import type { Code } from './code.ts';
import { checkIn, stage, type Stage } from './stage.ts';
import { sleep, until } from './until.ts';
import type { Workbench } from './workbench.ts';

/** The first is another than the one that VS Code begins with, and each another than the one before. */
const THEMES = ['Dark 2026', 'Light 2026', 'Default High Contrast', 'Default High Contrast Light'];
let shared: Stage;
let code: Code;
let window: Workbench;

before(async () => {
  shared = stage();
  code = await shared.code('themes');
  window = await shared.window();
  await window.open(code.url, shared.workspaces.models, 'encoder.py');
});

after(async () => {
  await shared.end();
});

const check = checkIn(() => window);

async function colours(frame: Frame): Promise<{ front: string; back: string }> {
  return frame.locator('body').evaluate((body) => {
    const style = getComputedStyle(body);
    return { front: style.getPropertyValue('--vscode-editor-foreground'), back: style.getPropertyValue('--vscode-editor-background') };
  });
}

/** Waits until the view has taken up other colours than before. */
async function inTheme(name: string, frame: Frame, before: string): Promise<string> {
  code.set({ 'workbench.colorTheme': name });
  return until(`the colours of ${name}`, async () => {
    const { front, back } = await colours(frame);
    assert.notEqual(front, back);
    return front + back !== before ? front + back : undefined;
  });
}

async function pictures(view: Frame, name: string): Promise<void> {
  const first = await colours(view).then(({ front, back }) => front + back);
  let last = first;
  for (const theme of THEMES) {
    last = await inTheme(theme, view, last);
    await sleep(500); // the picture is drawn anew a frame or two after the colours are there
    await window.shot(`${name}-${theme.toLowerCase().replaceAll(' ', '-')}`);
  }
  code.set({});
  await until('the colours of the beginning', async () => colours(view).then(({ front, back }) => front + back === first));
}

check('the graph takes up the colours of a theme', async () => {
  await window.openFile('encoder.py');
  await window.lens('exports').waitFor();
  await window.command('Fullgraph: Show Graph');
  const graph = await window.webview('main[data-nodes]');
  await graph.locator('#search').fill('gelu');
  await pictures(graph, 'graph');
  await window.closeEditors();
});

check('a model that does not export has no graph, and the view says why', async () => {
  await window.openFile('gate.py');
  await window.lens('1 problem').waitFor();
  await window.command('Fullgraph: Show Graph');
  const graph = await window.webview('#findings li.error');
  assert.match(await graph.locator('#said').innerText(), /does not export/);
  await window.shot('graph-none');
  await graph.locator('#findings button').first().click();
  await window.cursorIs('Ln 13, Col 27 (15 selected)');
  await window.closeEditors();
});

check('the report takes up the colours of a theme', async () => {
  await window.openFile('gate.py');
  await window.lens('1 problem').waitFor();
  await window.command('Fullgraph: Show Report');
  const report = await window.webview('article.error');
  await report.locator('.fixes .badge.good').first().waitFor();
  await pictures(report, 'report');
  await window.closeEditors();
});
