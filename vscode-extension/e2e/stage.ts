/** What all checks share: one browser, and one VS Code for each kind of trust. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { remove, start, type Code } from './code.ts';
import { Workbench } from './workbench.ts';
import { write, type Workspaces } from './workspaces.ts';

export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
export const SIZE = { width: 1180, height: 740 };

export interface Stage {
  readonly workspaces: Workspaces;
  readonly trusting: Code;
  readonly browser: Browser;
  /** A window of its own, as if for the first time. */
  window(): Promise<Workbench>;
  /** Another VS Code, which asks before it trusts. */
  wary(): Promise<Code>;
  end(): Promise<void>;
}

export async function stage(): Promise<Stage> {
  const root = mkdtempSync(join(tmpdir(), 'fullgraph-e2e-'));
  const python = process.env.FULLGRAPH_PYTHON ?? 'python3';
  const extension = join(import.meta.dirname, '..', 'fullgraph.vsix');
  const machine = { 'fullgraph.interpreter': [python] };
  const workspaces = write(join(root, 'workspaces'), python);
  const codes: Code[] = [];
  const begin = async (name: string, trust: boolean): Promise<Code> => {
    const code = await start({ home: join(root, name), extension, settings: {}, machine, trust });
    codes.push(code);
    return code;
  };
  const trusting = await begin('trusting', false);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
  const window = async (): Promise<Workbench> => {
    const context = await browser.newContext({ viewport: SIZE, deviceScaleFactor: 1.5, colorScheme: 'dark' });
    return new Workbench(await context.newPage());
  };
  const end = async (): Promise<void> => {
    await browser.close();
    await Promise.all(codes.map((code) => code.stop()));
    remove(root);
  };
  return { workspaces, trusting, browser, window, wary: () => begin('wary', true), end };
}
