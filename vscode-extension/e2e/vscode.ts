/** `make vscode`: a real VS Code in the browser, on the project's examples, until Ctrl-C. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { remove, start } from './code.ts';

const home = mkdtempSync(join(tmpdir(), 'fullgraph-vscode-'));
const folder = resolve(process.argv[2] ?? join(import.meta.dirname, '..', '..', 'examples'));
const code = await start({
  home,
  extensions: [join(import.meta.dirname, '..', 'fullgraph.vsix')],
  settings: {},
  machine: { 'fullgraph.interpreter': [process.env.FULLGRAPH_PYTHON ?? 'python3'] },
  trust: false,
  port: Number(process.env.PORT ?? 8_642),
});
console.log(`VS Code is at ${code.url}/?folder=${encodeURIComponent(folder)} until you press Ctrl-C`);

const end = async (): Promise<void> => {
  await code.stop();
  remove(home);
  process.exit(0);
};
process.once('SIGINT', () => void end());
process.once('SIGTERM', () => void end());
