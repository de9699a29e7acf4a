/**
 * The interpreter that the user chose in the Python extension, or in the Python Environments extension.
 *
 * The rule: neither is needed. Where one is there it is asked, and its changes are passed on; one that does
 * not answer is as good as none.
 */

import { PythonExtension } from '@vscode/python-extension';
import type { PythonEnvironmentApi } from '@vscode/python-environments';
import * as vscode from 'vscode';

export interface Chooser extends vscode.Disposable {
  chosen(folder: vscode.Uri | undefined): Promise<string | undefined>;
  readonly onDidChange: vscode.Event<void>;
}

const ENVIRONMENTS = 'ms-python.vscode-python-envs';
const PYTHON = 'ms-python.python';

/** The extension to ask, made active; undefined where there is none. */
export async function chooser(): Promise<Chooser | undefined> {
  const environments = await environmentsApi();
  if (environments) {
    return ofEnvironments(environments);
  }
  return vscode.extensions.getExtension(PYTHON) ? ofPython(await PythonExtension.api()) : undefined;
}

/**
 * The Python extension hands environments over to the other one where this setting says so, by the user or
 * by an experiment; the other one gives no API where it was switched off for any folder.
 */
async function environmentsApi(): Promise<PythonEnvironmentApi | undefined> {
  const extension = vscode.extensions.getExtension<PythonEnvironmentApi | undefined>(ENVIRONMENTS);
  const alone = vscode.extensions.getExtension(PYTHON) === undefined;
  const isUsed = alone || vscode.workspace.getConfiguration('python').get('useEnvironmentsExtension') === true;
  return isUsed ? extension?.activate() : undefined;
}

function ofEnvironments(api: PythonEnvironmentApi): Chooser {
  return {
    ...passedOn(api.onDidChangeEnvironment),
    chosen: async (folder) => (await api.getEnvironment(folder))?.execInfo.run.executable,
  };
}

function ofPython(api: PythonExtension): Chooser {
  return {
    ...passedOn(api.environments.onDidChangeActiveEnvironmentPath),
    chosen: (folder) => activePath(api, folder),
  };
}

function passedOn(event: vscode.Event<unknown>): Omit<Chooser, 'chosen'> {
  const changed = new vscode.EventEmitter<void>();
  const listening = event(() => changed.fire());
  return { onDidChange: changed.event, dispose: () => void vscode.Disposable.from(listening, changed).dispose() };
}

/** An environment may be without a Python, as those of conda can be; and what was chosen may be gone. */
async function activePath(api: PythonExtension, folder: vscode.Uri | undefined): Promise<string | undefined> {
  const active = api.environments.getActiveEnvironmentPath(folder);
  const environment = await api.environments.resolveEnvironment(active);
  return environment?.executable.uri?.fsPath;
}
