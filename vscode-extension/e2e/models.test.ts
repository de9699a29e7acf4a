/** The Models view: in a folder that was opened a moment ago, with no file of it in an editor. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Locator } from 'playwright-core';
import type { Code } from './code.ts';
import { checkIn, stage, type Stage } from './stage.ts';
import { until } from './until.ts';
import type { Workbench } from './workbench.ts';
import { GATE } from './workspaces.ts';

const ENCODER = 'ConvolutionalSequenceEncoderWithPositionalEmbeddings';

let shared: Stage;
let code: Code;
let window: Workbench;

before(async () => {
  shared = stage();
  code = await shared.code('models', { settings: { 'workbench.colorTheme': 'Default Dark Modern' } });
  window = await shared.window();
  await window.open(code.url, shared.workspaces.zoo);
});

after(async () => {
  await shared.end();
});

const check = checkIn(() => window);

function row(label: string): Locator {
  return window.page.locator(`.pane-body .monaco-list-row[aria-label^="${label}"]`).first();
}

async function rowIs(label: string, pattern: RegExp): Promise<void> {
  await until(`${label} is ${pattern}`, async () => pattern.test((await row(label).getAttribute('aria-label', { timeout: 3_000 }).catch(() => '')) ?? ''));
}

async function message(pattern: RegExp): Promise<void> {
  await window.page.locator('.pane-body .message').filter({ hasText: pattern }).first().waitFor();
}

check('a folder with models has the view, before one of its files is opened', async () => {
  await window.page.locator('.activitybar .action-label[aria-label^="Fullgraph"]').first().click();
  await row('Classifier').waitFor();
});

check('models are checked while nothing else is to be done, and the view and the status bar count', async () => {
  await rowIs('Classifier', /fails · export call in export\.py:5/);
  await rowIs(ENCODER, /exports · /);
  await rowIs('Retriever', /not checked · needs encoder, width/);
  await message(/2 of 3 models checked, 1 fails/);
  await window.statusIs(/2 of 3 models checked, 1 fails/);
  await window.shot('models');
});

check('below a model are its inputs, its problems, and its parts', async () => {
  await row('Classifier').click();
  await window.page.keyboard.press('ArrowRight');
  await rowIs('x', /float32\[batch, 16\]/);
  await row('Parts').waitFor();
  await window.shot('models-open');
});

check('a problem leads to its line', async () => {
  await row('`if` condition').click();
  await window.tab('layers.py').waitFor();
  await window.underlined('error', '(var < 1e-5).any()', 'if (var');
  await window.shot('models-problem');
});

check('the filter leaves what fails', async () => {
  await window.command('View: Show Fullgraph');
  await window.page.locator('.action-label[aria-label*="Show Only Failing Models"]').first().click();
  await row(ENCODER).waitFor({ state: 'detached' });
  await row('Classifier').waitFor();
  await window.shot('models-failing');
  await window.page.locator('.action-label[aria-label*="Show All Models"]').first().click();
  await row(ENCODER).waitFor();
});

check('a model that nothing says how to export gets a comment to fill in', async () => {
  await row('Retriever').hover();
  await row('Retriever').locator('.action-label[aria-label*="Declare Target"]').click();
  await window.tab('encoder.py').waitFor();
  await window.lineIs('# fullgraph:', /model=Retriever\(encoder=64, width=64\), args=\(torch\.randint\(0, 100, \(2, 16\)\), torch\.ones/);
  await window.page.keyboard.type('32');
  await window.page.keyboard.press('Tab');
  await window.lineIs('# fullgraph:', /encoder=32/);
  await window.shot('models-template');
  await window.undo('encoder.py');
});

check('the menu of a model has what can be done with it', async () => {
  await window.command('View: Show Fullgraph');
  await row('Classifier').click({ button: 'right' });
  const menu = window.page.locator('.monaco-menu:visible');
  await menu.getByText('Make a Dimension Dynamic…').waitFor();
  await window.shot('models-menu');
  await window.page.keyboard.press('Escape');
});

void test('a folder without torch has no view, and no server', async () => {
  await window.page.close();
  window = await shared.window();
  await window.open(code.url, shared.workspaces.plain, 'README.md');
  await window.page.locator('.activitybar .action-label[aria-label^="Search"]').first().waitFor();
  await window.command('Fullgraph: Show Output'); // the extension is there
  await window.page.locator('.part.panel .action-item.checked', { hasText: 'Output' }).first().waitFor();
  const icon = window.page.locator('.activitybar .action-label[aria-label^="Fullgraph"]');
  assert.equal(await icon.count(), 0);
  assert.equal(await window.status.count(), 0);
  await window.shot('models-none');
  writeFileSync(join(shared.workspaces.plain, 'gate.py'), GATE);
  await icon.waitFor();
  await icon.click();
  await rowIs('Gate', /fails · declared/);
});

void test('three hundred models, in a light theme', async () => {
  code.set({ 'workbench.colorTheme': 'Default Light Modern' });
  await window.page.close();
  window = await shared.window();
  await window.open(code.url, shared.workspaces.crowd);
  await window.page.locator('.activitybar .action-label[aria-label^="Fullgraph"]').first().click();
  await message(/0 of 300 models checked/);
  await row('Net0').waitFor();
  await window.shot('models-crowd');
  await window.page.close();
  window = await shared.window();
  await window.open(code.url, shared.workspaces.zoo);
  await window.page.locator('.activitybar .action-label[aria-label^="Fullgraph"]').first().click();
  await rowIs('Classifier', /fails/);
  await window.shot('models-light');
});
