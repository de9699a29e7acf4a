/** The graph view with 5,000 nodes, in a browser and without VS Code: what is told is how it feels. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { chromium, type Page } from 'playwright-core';
import { CHROMIUM, QUIET, SIZE } from './stage.ts';

const ROOT = join(import.meta.dirname, '..');
const LAYERS = 500;
const WORDS = { layingOut: 'Laying out {0} boxes…', search: '{0} of {1}', operators: '{0} operators' };
/** The page's elements, as src/views/graphPage.ts makes them. */
const BODY = `<main id="main">
<div id="bar"><input id="search"><span id="matches"></span><select id="graphs"></select><select id="level"></select>
<button id="unfold">Expand all</button><button id="fold">Collapse all</button><button id="fit">Fit</button></div>
<div id="canvas"><canvas id="far"></canvas><div id="near"></div></div>
<div id="note"><p id="said"></p><ul id="findings"></ul></div><ul id="legend"></ul><aside id="details" hidden></aside></main>`;

interface Waiting {
  gaps: number[];
}

function program(layered: boolean): object {
  const name = (index: number): string => `n${index}`;
  const groups = Array.from({ length: LAYERS }, (_, layer) => ({
    module: layered ? `self.layers.${layer}` : 'self',
    uri: null,
    range: null,
    nodes: Array.from({ length: 10 }, (__, step) => {
      const index = layer * 10 + step;
      return { name: name(index), operator: 'aten.add.Tensor', arguments: `${name(index - 1)}, ${name(index - 4)}`, value: 'float32[batch, 64]' };
    }),
  }));
  const graph = { name: '', inputs: [], groups, result: name(LAYERS * 10 - 1) };
  return { level: 'training', inputs: [], outputs: [], lifted: [], graphs: [graph], operators: [] };
}

async function view(page: Page): Promise<void> {
  const worker = `data:text/javascript;base64,${readFileSync(join(ROOT, 'dist', 'elk-worker.js')).toString('base64')}`;
  await page.setContent(BODY);
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

interface Asked {
  drawn(): number;
  where(id: string): { x: number; y: number } | undefined;
}

function asked(page: Page): Promise<{ drawn: number; last: { x: number; y: number } | undefined }> {
  return page.evaluate((last) => {
    const { fullgraphPicture } = globalThis as unknown as { fullgraphPicture: Asked };
    return { drawn: fullgraphPicture.drawn(), last: fullgraphPicture.where(last) };
  }, `n${LAYERS * 10 - 1}`);
}

function told(what: string, { seconds, longest }: { seconds: number; longest: number }): void {
  console.log(`${what}: ${seconds.toFixed(1)} s, longest wait for a frame ${longest.toFixed(0)} ms`);
}

async function show(page: Page, layered: boolean): Promise<void> {
  const answer = { target: 'large', level: 'training', problem: null, findings: [], program: program(layered) };
  await page.evaluate((given) => window.postMessage({ kind: 'program', answer: given }, '*'), answer);
}

async function boxes(page: Page, count: number): Promise<void> {
  await page.locator(`main[data-nodes="${count}"]`).waitFor();
}

async function moves(page: Page, steps: number, by: number): Promise<void> {
  await page.locator('#canvas').hover();
  for (let step = 0; step < steps; step++) {
    await page.mouse.wheel(0, step % 2 ? -by : by * 1.5);
    await page.waitForTimeout(30);
  }
}

void test('5,000 nodes are shown, folded, unfolded, searched and looked at from afar', async (t) => {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
  t.after(() => browser.close());
  const page = await browser.newPage({ viewport: SIZE });
  page.setDefaultTimeout(240_000);
  await view(page);
  told('first picture', await watched(page, async () => {
    await show(page, true);
    await page.locator('main[data-nodes]').waitFor();
  }));
  assert.ok(Number(await page.locator('main').getAttribute('data-nodes')) < 100);
  told('all unfolded', await watched(page, async () => {
    await page.locator('#unfold').click();
    await boxes(page, LAYERS * 10 + 1 + LAYERS + 1);
  }));
  assert.ok((await asked(page)).drawn < 600, 'what is far from the window is not drawn');
  told('twenty moves', await watched(page, () => moves(page, 20, 60)));
  told('a search for the last', await watched(page, async () => {
    await page.locator('#search').fill(`n${LAYERS * 10 - 1}`);
    await page.locator('#matches', { hasText: '1 of 1' }).waitFor();
  }));
  const { last } = await asked(page);
  assert.ok(last && last.x > 0 && last.x < SIZE.width && last.y > 0 && last.y < SIZE.height, 'it is in view');
  await page.screenshot({ path: join(ROOT, 'e2e', 'artefacts', 'large-near.png') });
  told('the whole', await watched(page, () => page.locator('#fit').click()));
  told('twenty moves from afar', await watched(page, () => moves(page, 20, 30)));
  assert.ok((await asked(page)).drawn < 600);
  await page.screenshot({ path: join(ROOT, 'e2e', 'artefacts', 'large-far.png') });
});

void test('5,000 nodes without a module to fold are shown', async (t) => {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
  t.after(() => browser.close());
  const page = await browser.newPage({ viewport: SIZE });
  page.setDefaultTimeout(240_000);
  await view(page);
  told('flat: first picture', await watched(page, async () => {
    await show(page, false);
    await boxes(page, LAYERS * 10 + 1);
  }));
  assert.ok((await asked(page)).drawn < 600);
  told('flat: twenty moves', await watched(page, () => moves(page, 20, 60)));
});
