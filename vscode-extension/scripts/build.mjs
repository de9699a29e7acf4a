// Bundles the extension and its pages into dist/; with --tests, the unit tests into out/; with --e2e, the
// extensions that the checks in VS Code bring along into e2e/out/.
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const at = (...parts) => join(root, ...parts);
const common = { bundle: true, minify: true, target: 'es2022', legalComments: 'none', logLevel: 'warning' };

async function product() {
  const node = { ...common, platform: 'node', format: 'cjs', target: 'node20' };
  // In two files: the language client is most of it, and is loaded after activation.
  await build({ ...node, external: ['vscode', './client.js'], entryPoints: [at('src/extension.ts')], outfile: at('dist/extension.js') });
  await build({ ...node, external: ['vscode'], entryPoints: [at('src/server/client.ts')], outfile: at('dist/client.js') });
  const page = { ...common, platform: 'browser', format: 'iife' };
  await build({ ...page, entryPoints: [at('webview/graph/main.ts')], outfile: at('dist/graph.js') });
  await build({ ...page, entryPoints: [at('webview/report/main.ts')], outfile: at('dist/report.js') });
  copyFileSync(createRequire(import.meta.url).resolve('elkjs/lib/elk-worker.min.js'), at('dist/elk-worker.js'));
}

async function tests() {
  const files = readdirSync(at('test')).filter((name) => name.endsWith('.test.ts'));
  const entryPoints = files.map((name) => at('test', name));
  await build({ ...common, minify: false, platform: 'node', format: 'cjs', entryPoints, outdir: at('out/test'), external: ['elkjs'] });
}

async function companions() {
  rmSync(at('e2e/out'), { recursive: true, force: true });
  for (const name of readdirSync(at('e2e/extensions'))) {
    const from = at('e2e/extensions', name);
    const entryPoints = name === 'suite' ? ['main', 'commands', 'folders', 'environments'] : ['main'];
    await build({ ...common, minify: false, platform: 'node', format: 'cjs', external: ['vscode'], entryPoints: entryPoints.map((each) => join(from, `${each}.ts`)), outdir: at('e2e/out', name) });
    copyFileSync(join(from, 'package.json'), at('e2e/out', name, 'package.json'));
  }
}

mkdirSync(at('dist'), { recursive: true });
const wanted = [['--tests', tests], ['--e2e', companions]].find(([option]) => process.argv.includes(option));
await (wanted?.[1] ?? product)();
