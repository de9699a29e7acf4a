/**
 * The interpreter that the user chose in the Python extension, or in the Python Environments extension.
 *
 * The rule: neither is needed. Where one is there it is asked, and its changes are passed on.
 */

import { PythonExtension } from '@vscode/python-extension';
import * as vscode from 'vscode';

export interface Chooser extends vscode.Disposable {
  chosen(folder: vscode.Uri | undefined): Promise<string | undefined>;
  readonly onDidChange: vscode.Event<void>;
}

const ENVIRONMENTS = 'ms-python.vscode-python-envs';
const PYTHON = 'ms-python.python';

/** What of the API of the Python Environments extension is used here. */
interface EnvironmentsApi {
  getEnvironment(scope: vscode.Uri | undefined): Promise<{ execInfo?: Execution } | undefined>;
  readonly onDidChangeEnvironment: vscode.Event<unknown>;
}

interface Execution {
  readonly run: { readonly executable: string };
}

/** The extension to ask, made active; undefined where there is none. */
export async function chooser(): Promise<Chooser | undefined> {
  const environments = vscode.extensions.getExtension<EnvironmentsApi>(ENVIRONMENTS);
  if (environments && vscode.workspace.getConfiguration('python').get('useEnvironmentsExtension') === true) {
    return ofEnvironments(await environments.activate());
  }
  return vscode.extensions.getExtension(PYTHON) ? ofPython(await PythonExtension.api()) : undefined;
}

function ofEnvironments(api: EnvironmentsApi): Chooser {
  const changed = new vscode.EventEmitter<void>();
  const listening = api.onDidChangeEnvironment(() => changed.fire());
  return {
    chosen: async (folder) => (await api.getEnvironment(folder))?.execInfo?.run.executable,
    onDidChange: changed.event,
    dispose: () => void vscode.Disposable.from(listening, changed).dispose(),
  };
}

function ofPython(api: PythonExtension): Chooser {
  const changed = new vscode.EventEmitter<void>();
  const listening = api.environments.onDidChangeActiveEnvironmentPath(() => changed.fire());
  return {
    chosen: (folder) => activePath(api, folder),
    onDidChange: changed.event,
    dispose: () => void vscode.Disposable.from(listening, changed).dispose(),
  };
}

async function activePath(api: PythonExtension, folder: vscode.Uri | undefined): Promise<string | undefined> {
  const active = api.environments.getActiveEnvironmentPath(folder);
  const environment = await api.environments.resolveEnvironment(active);
  return environment?.executable.uri?.fsPath;
}
