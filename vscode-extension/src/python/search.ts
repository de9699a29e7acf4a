/**
 * Where a Python may be found without anybody's help.
 *
 * The rule: this names places in the order of preference; whether a Python is there is asked elsewhere.
 * Of a workspace that is not trusted, nothing is named that lies in it: whoever wrote the workspace could
 * have put their own program there under the name of an interpreter.
 */

import { delimiter, join, relative, isAbsolute } from 'node:path';

export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly exists: (path: string) => boolean;
}

/** The environments that belong to a folder, then those of the machine. */
export function inFolder(folder: string, around: Surroundings): string[] {
  return existing([join(folder, '.venv'), join(folder, 'venv')].map((home) => inside(home, around)), around);
}

export function onMachine(around: Surroundings): string[] {
  const { VIRTUAL_ENV, CONDA_PREFIX } = around.environment;
  const active = [VIRTUAL_ENV, CONDA_PREFIX].filter((home) => home !== undefined && home !== '');
  return existing([...active.map((home) => inside(home ?? '', around)), ...onPath(around)], around);
}

/** Without those that lie below one of the folders. */
export function outside(paths: readonly string[], folders: readonly string[]): string[] {
  return paths.filter((path) => !folders.some((folder) => liesIn(path, folder)));
}

function liesIn(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!way.startsWith('..') && !isAbsolute(way));
}

function inside(home: string, around: Surroundings): string {
  if (around.platform !== 'win32') {
    return join(home, 'bin', 'python');
  }
  const scripts = join(home, 'Scripts', 'python.exe');
  return around.exists(scripts) ? scripts : join(home, 'python.exe'); // conda has no Scripts folder for it
}

/** Relative entries of PATH are left out: they mean the current directory, which may be anybody's. */
function onPath(around: Surroundings): string[] {
  const names = around.platform === 'win32' ? ['python.exe'] : ['python3', 'python'];
  const listed = (around.environment.PATH ?? around.environment.Path ?? '').split(delimiter).filter(isAbsolute);
  return names.flatMap((name) => listed.map((directory) => join(directory, name)));
}

function existing(paths: readonly string[], around: Surroundings): string[] {
  return [...new Set(paths)].filter(around.exists);
}
