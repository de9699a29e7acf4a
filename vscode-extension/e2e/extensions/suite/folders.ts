/** Two folders in one window, each with an interpreter of its own, chosen in the Python extension. */

import assert from 'node:assert/strict';
import type { PythonExtension } from '@vscode/python-extension';
import * as vscode from 'vscode';
import { servers } from './processes.ts';
import { until } from '../../until.ts';
import { fileIn, folder, isReadOnly, isTraced, shown } from './looking.ts';
import { runAll, type Checks } from './running.ts';

const TORCH = process.env.FULLGRAPH_WITH_TORCH ?? '';
const BARE = process.env.FULLGRAPH_WITHOUT_TORCH ?? '';

async function choose(path: string, of: string): Promise<void> {
  const extension = vscode.extensions.getExtension<PythonExtension>('ms-python.python');
  assert.ok(extension, 'the stand-in is installed');
  assert.ok(extension.isActive, 'Fullgraph made it active');
  await extension.exports.environments.updateActiveEnvironmentPath(path, folder(of));
}

const gate = (of: string): vscode.Uri => fileIn(folder(of), 'gate.py');

const checks: Checks = {
  'each folder has the interpreter that was chosen for it': async () => {
    await shown(gate('beta'));
    await shown(gate('alpha'));
    await isTraced(gate('alpha'));
    await isReadOnly(gate('beta'));
    assert.equal(servers().length, 1);
  },
  'another choice for one folder is followed there, by the same server': async () => {
    const [before] = servers();
    await choose(TORCH, 'beta');
    await isTraced(gate('beta'));
    await isTraced(gate('alpha'));
    assert.deepEqual(servers(), [before]);
    await choose(BARE, 'beta');
    await isReadOnly(gate('beta'));
    await isTraced(gate('alpha'));
    assert.deepEqual(servers(), [before]);
  },
  'the setting of a folder comes before the choice': async () => {
    const settings = vscode.workspace.getConfiguration('fullgraph', folder('beta').uri);
    await settings.update('interpreter', [TORCH], vscode.ConfigurationTarget.WorkspaceFolder);
    await isTraced(gate('beta'));
    await settings.update('interpreter', undefined, vscode.ConfigurationTarget.WorkspaceFolder);
    await isReadOnly(gate('beta'));
  },
  'the first folder loses its torch, and the other one keeps what it has': async () => {
    await choose(TORCH, 'beta');
    await isTraced(gate('beta'));
    await choose(BARE, 'alpha');
    await isReadOnly(gate('alpha'));
    await isTraced(gate('beta'));
    assert.equal(servers().length, 1);
  },
  'an interpreter that is gone is not followed': async () => {
    await choose('/nowhere/bin/python', 'alpha');
    await until('a server runs', () => Promise.resolve(servers().length === 1));
    await choose(TORCH, 'alpha');
    await isTraced(gate('alpha'));
  },
};

export function run(): Promise<void> {
  return runAll(checks);
}
