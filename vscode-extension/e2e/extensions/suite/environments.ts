/** A folder whose interpreter is chosen in the Python Environments extension. */

import assert from 'node:assert/strict';
import type { PythonEnvironmentApi } from '@vscode/python-environments';
import * as vscode from 'vscode';
import { fileIn, folder, isReadOnly, isTraced, shown } from './looking.ts';
import { runAll, type Checks } from './running.ts';

async function choose(path: string): Promise<void> {
  const extension = vscode.extensions.getExtension<PythonEnvironmentApi>('ms-python.vscode-python-envs');
  assert.ok(extension, 'the stand-in is installed');
  assert.ok(extension.isActive, 'Fullgraph made it active');
  const environment = await extension.exports.resolveEnvironment(vscode.Uri.file(path));
  await extension.exports.setEnvironment(folder('alpha').uri, environment);
}

const checks: Checks = {
  'its choice is followed': async () => {
    const file = fileIn(folder('alpha'), 'gate.py');
    await shown(file);
    await choose(process.env.FULLGRAPH_WITH_TORCH ?? '');
    await isTraced(file);
    await choose(process.env.FULLGRAPH_WITHOUT_TORCH ?? '');
    await isReadOnly(file);
  },
};

export function run(): Promise<void> {
  return runAll(checks);
}
