/** The graph view with 5,000 nodes, in a browser and without VS Code: what is told is how it feels. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { chromium, type Page } from 'playwright-core';
import { CHROMIUM, QUIET, SIZE } from './stage.ts';

const ROOT = join(import.meta.dirname, '..');
const LAYERS = 500;
const WORDS = { loading: '', layingOut: 'Laying out {0} nodes…', search: '{0} of {1}', noMatch: '', nothing: '' };

interface Waiting {
  gaps: number[];
}

function program(): object {
  const name = (index: number): string => `n${index}`;
  const groups = Array.from({ length: LAYERS }, (_, layer) => ({
    module: `self.layers.${layer}`,
    uri: null,
    range: null,
    nodes: Array.from({ length: 10 }, (__, step) => {
      const index = layer * 10 + step;
      return { name: name(index), operator: 'aten.add.Tensor', arguments: `${name(index - 1)}, ${name(index - 4)}`, value: 'float32[batch, 64]' };
    }),
  }));
  const graph = { name: '', inputs: [], groups, result: name(LAYERS * 10 - 1) };
  return { level: 'training', inputs: [], outputs: [], carried: [], graphs: [graph], operators: [] };
}

async function view(page: Page): Promise<void> {
  const worker = `data:text/javascript;base64,${readFileSync(join(ROOT, 'dist', 'elk-worker.js')).toString('base64')}`;
  const tools = ['search', 'matches', 'graphs', 'level', 'unfold', 'fold', 'fit', 'note', 'details'].map((id) => `<${id === 'search' ? 'input' : 'button'} id="${id}"></button>`);
  await page.setContent(`<main id="main"><div id="bar">${tools.join('')}</div><div id="canvas"></div></main>`);
  await page.addStyleTag({ path: join(ROOT, 'media', 'graph.css') });
  await page.evaluate(([setting]) => {
    Object.assign(globalThis, { acquireVsCodeApi: () => ({ postMessage: () => undefined }) });
    document.getElementById('main')?.setAttribute('data-setting', setting ?? '');
  }, [JSON.stringify({ worker, words: WORDS })]);
  await page.addScriptTag({ path: join(ROOT, 'dist', 'graph.js') });
}

/** The time between frames, while something is done: what a person feels as jerks. */
async function watched(page: Page, body: () => Promise<void>): Promise<{ seconds: number; longest: number }> {
  await page.evaluate(() => {
    const state: Waiting = { gaps: [] };
    let last = performance.now();
    const frame = (now: number): void => {
      state.gaps.push(now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    Object.assign(globalThis, { state });
  });
  const start = performance.now();
  await body();
  const longest = await page.evaluate(() => Math.max(...(globalThis as unknown as { state: Waiting }).state.gaps));
  return { seconds: (performance.now() - start) / 1000, longest };
}

void test('5,000 nodes are shown, folded and unfolded', async (t) => {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
  t.after(() => browser.close());
  const page = await browser.newPage({ viewport: SIZE });
  page.setDefaultTimeout(240_000);
  await view(page);
  const told = (what: string, { seconds, longest }: { seconds: number; longest: number }): void => {
    console.log(`${what}: ${seconds.toFixed(1)} s, longest wait for a frame ${longest.toFixed(0)} ms`);
  };
  told('first picture', await watched(page, async () => {
    await page.evaluate((answer) => window.postMessage({ kind: 'program', answer }, '*'), { target: 'large', level: 'training', problem: null, findings: [], program: program() });
    await page.locator('main[data-nodes]').waitFor();
  }));
  assert.ok(Number(await page.locator('main').getAttribute('data-nodes')) < 100);
  const before = await page.locator('main').getAttribute('data-nodes');
  told('all unfolded', await watched(page, async () => {
    await page.locator('#unfold').click();
    await page.locator(`main:not([data-nodes="${before ?? ''}"])`).waitFor();
  }));
  assert.equal(Number(await page.locator('main').getAttribute('data-nodes')), LAYERS * 10 + 1 + LAYERS + 1);
  told('ten moves', await watched(page, async () => {
    for (let step = 0; step < 10; step++) {
      await page.locator('#canvas').hover();
      await page.mouse.wheel(0, step % 2 ? 60 : -60);
    }
  }));
});
