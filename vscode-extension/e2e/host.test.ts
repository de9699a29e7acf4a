/**
 * Checks inside the extension host, with the `vscode` API: commands, and interpreters of several folders.
 *
 * The rule: what runs there is in extensions/suite; here a window is opened for each, and told what came.
 */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Wishes } from './code.ts';
import { extensionNamed, SUITES } from './packing.ts';
import { family } from './processes.ts';
import type { Result } from './extensions/suite/running.ts';
import { PACKAGE, stage, type Stage } from './stage.ts';
import { until } from './until.ts';

/** A suite has many checks, each of which may have to wait for torch. */
const PATIENCE = 1_800_000;
let shared: Stage;

before(() => {
  shared = stage();
});

after(async () => {
  await shared.end();
});

/** Opens a window that runs a suite, and waits for what the suite writes. */
async function results(suite: string, folder: string, wishes: Partial<Wishes>): Promise<readonly Result[]> {
  const written = join(shared.root, `${suite}.json`);
  const { withTorch, bare } = shared.workspaces;
  const environment = { FULLGRAPH_RESULTS: written, FULLGRAPH_WITH_TORCH: withTorch, FULLGRAPH_WITHOUT_TORCH: bare };
  const code = await shared.code(suite, { testable: true, environment, ...wishes });
  const window = await shared.window();
  await window.runSuite(code.url, folder, SUITES, suite);
  await until(`the suite ${suite} is over`, () => Promise.resolve(existsSync(written)), PATIENCE);
  await window.shot(`suite-${suite}`);
  await code.stop();
  await until('no process of the extension is left', () => Promise.resolve(ours(suite).length === 0));
  return JSON.parse(readFileSync(written, 'utf8')) as Result[];
}

/** Servers and workers run from where the extension is installed. */
function ours(suite: string): readonly string[] {
  const installed = join(shared.root, suite, 'extensions');
  return family(1).map(({ command }) => command).filter((command) => command.includes(installed));
}

function suite(title: string, name: string, folder: () => string, wishes: () => Partial<Wishes>): void {
  void test(title, async (t) => {
    for (const { name: check, error, seconds } of await results(name, folder(), wishes())) {
      await t.test(`${check} (${seconds.toFixed(1)} s there)`, () => assert.equal(error, undefined));
    }
  });
}

suite('commands', 'commands', () => shared.workspaces.models, () => ({
  settings: { 'fullgraph.check.on': [] },
}));

suite('two folders, two interpreters', 'folders', () => shared.workspaces.two, () => ({
  machine: {},
  extensions: [PACKAGE, extensionNamed('python'), extensionNamed('environments')],
}));

suite('the Python Environments extension', 'environments', () => shared.workspaces.two, () => ({
  machine: {},
  extensions: [PACKAGE, extensionNamed('python'), extensionNamed('environments')],
  settings: { 'python.useEnvironmentsExtension': true },
}));
