/**
 * The command line of the server.
 *
 * The rule: in the bundled form Python runs isolated (`-I`), so that neither the current directory nor
 * PYTHONPATH decides what is imported; `start.py` puts the bundled libraries first by itself.
 */

import { join } from 'node:path';
import type { Python } from '../python/probe';

export type ImportStrategy = 'useBundled' | 'fromEnvironment';

export interface CommandLine {
  readonly command: string;
  readonly args: readonly string[];
  readonly bundled: boolean;
}

export function commandLine(python: Python, strategy: ImportStrategy, extension: string, trusted: boolean): CommandLine {
  // What is installed in an environment of a workspace that is not trusted is not run.
  if (strategy === 'fromEnvironment' && python.hasServer && trusted) {
    return { command: python.path, args: ['-I', '-m', 'fullgraph_server'], bundled: false };
  }
  return { command: python.path, args: ['-I', join(extension, 'bundled', 'start.py')], bundled: true };
}

export function isSame(one: CommandLine, other: CommandLine | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
