/** What all checks share: a browser, VS Code as it was installed a moment ago, and folders to open in it. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { chromium, type Browser } from 'playwright-core';
import { remove, start, type Code, type Wishes } from './code.ts';
import { Workbench } from './workbench.ts';
import { write, type Workspaces } from './workspaces.ts';

export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];
export const SIZE = { width: 1180, height: 740 };
export const PYTHON = process.env.FULLGRAPH_PYTHON ?? 'python3';
export const PACKAGE = join(import.meta.dirname, '..', 'fullgraph.vsix');

export interface Stage {
  readonly root: string;
  readonly workspaces: Workspaces;
  /** A VS Code; where nothing is wished, one that trusts every folder and has an interpreter with torch. */
  code(name: string, wishes?: Partial<Wishes>): Promise<Code>;
  /** A window of its own, as if for the first time. */
  window(): Promise<Workbench>;
  end(): Promise<void>;
}

export function stage(): Stage {
  const root = mkdtempSync(join(tmpdir(), 'fullgraph-e2e-'));
  const codes: Code[] = [];
  let browser: Browser | undefined;
  const code = async (name: string, wishes: Partial<Wishes> = {}): Promise<Code> => {
    const usual = { home: join(root, name), extensions: [PACKAGE], settings: {}, machine: { 'fullgraph.interpreter': [PYTHON] }, trust: false };
    const begun = await start({ ...usual, ...wishes });
    codes.push(begun);
    return begun;
  };
  const window = async (): Promise<Workbench> => {
    browser ??= await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
    const context = await browser.newContext({ viewport: SIZE, deviceScaleFactor: 1.5 });
    return new Workbench(await context.newPage());
  };
  const end = async (): Promise<void> => {
    await browser?.close();
    await Promise.all(codes.map((each) => each.stop()));
    remove(root);
  };
  // Whoever stops the checks stops what they began.
  ['SIGINT', 'SIGTERM'].forEach((signal) => process.once(signal, () => void end().finally(() => process.exit(1))));
  return { root, workspaces: write(join(root, 'workspaces'), PYTHON), code, window, end };
}

/** A check in a window. It starts with no list or menu open, and where it fails its last picture is kept. */
export function checkIn(window: () => Workbench): (name: string, body: () => Promise<void>) => void {
  return (name, body) => {
    void test(name, async () => {
      try {
        await window().calm();
        await body();
      } catch (error) {
        await window().shot(`failed-${name.replaceAll(/\W+/g, '-')}`).catch(() => undefined);
        throw error;
      }
    });
  };
}
