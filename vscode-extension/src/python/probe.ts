/**
 * What an interpreter says of itself.
 *
 * The rule: it is asked once, isolated from the current directory and from PYTHONPATH, and given a
 * minute, which a busy machine may need; whatever it answers instead of the expected line makes it no Python.
 */

import { execFile } from 'node:child_process';
import type { Version } from './version';

export interface Python {
  readonly kind: 'python';
  readonly path: string;
  readonly version: Version;
  /** Whether Fullgraph is installed in this environment. */
  readonly hasServer: boolean;
}

export interface NoPython {
  readonly kind: 'none';
  readonly path: string;
  readonly reason: string;
}

const MARK = 'fullgraph-probe';
const QUESTION = [
  'import sys, importlib.util',
  `print("${MARK}", sys.version_info[0], sys.version_info[1], int(importlib.util.find_spec("fullgraph_server") is not None))`,
].join('; ');
const PATIENCE = 60_000;

export function probe(path: string): Promise<Python | NoPython> {
  return new Promise((resolve) => {
    execFile(path, ['-I', '-c', QUESTION], { timeout: PATIENCE, windowsHide: true }, (error, stdout) => {
      resolve(error ? { kind: 'none', path, reason: error.message } : understood(path, stdout));
    });
  });
}

export function understood(path: string, stdout: string): Python | NoPython {
  const line = stdout.split(/\r?\n/).find((each) => each.startsWith(`${MARK} `));
  const [major, minor, hasServer] = line?.split(' ').slice(1).map(Number) ?? [];
  if (major === undefined || minor === undefined || hasServer === undefined) {
    return { kind: 'none', path, reason: `it answered ${JSON.stringify(stdout.slice(0, 80))}` };
  }
  return { kind: 'python', path, version: { major, minor }, hasServer: hasServer === 1 };
}
