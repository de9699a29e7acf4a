/**
 * Runs checks inside the extension host, and writes down what came of each.
 *
 * The rule: a check sees VS Code through the `vscode` API alone. Whoever started the window reads the file.
 */

import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { inspect } from 'node:util';

export type Checks = Readonly<Record<string, () => Promise<void>>>;

export interface Result {
  readonly name: string;
  readonly seconds: number;
  readonly error: string | undefined;
}

export async function runAll(checks: Checks): Promise<void> {
  const path = process.env.FULLGRAPH_RESULTS ?? '';
  mkdirSync(dirname(path), { recursive: true });
  const results: Result[] = [];
  for (const [name, body] of Object.entries(checks)) {
    const start = Date.now();
    const error = await body().then(() => undefined, inspect);
    results.push({ name, seconds: (Date.now() - start) / 1000, error });
    writeFileSync(`${path}.part`, JSON.stringify(results));
  }
  renameSync(`${path}.part`, path);
}
