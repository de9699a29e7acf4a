// Bundles the extension and its pages into dist/; with --tests, the unit tests into out/.
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
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

mkdirSync(at('dist'), { recursive: true });
await (process.argv.includes('--tests') ? tests() : product());
