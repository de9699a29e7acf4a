/** The extensions that the checks bring along, packed: `scripts/build.mjs --e2e` has bundled them into out/. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const OUT = join(import.meta.dirname, 'out');
const VSCE = join(import.meta.dirname, '..', 'node_modules', '@vscode', 'vsce', 'vsce');
const QUIETLY = ['--no-dependencies', '--skip-license', '--allow-missing-repository', '--allow-package-all-secrets', '--allow-package-env-file'];

/** The folder of the extension that runs checks inside VS Code. */
export const SUITES = join(OUT, 'suite');

export function extensionNamed(name: string): string {
  const packed = join(OUT, `${name}.vsix`);
  if (!existsSync(packed)) {
    const done = spawnSync(process.execPath, [VSCE, 'package', ...QUIETLY, '--out', packed], { cwd: join(OUT, name), encoding: 'utf8' });
    if (done.status !== 0) {
      throw new Error(`${name} was not packed:\n${done.stdout}\n${done.stderr}`);
    }
  }
  return packed;
}
