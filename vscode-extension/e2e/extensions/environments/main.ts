/**
 * A stand-in for the Python Environments extension, in what Fullgraph asks of it.
 *
 * The rule: the types are those of `@vscode/python-environments`; the environment of a folder, an event with
 * each change, and no API at all where `python.useEnvironmentsExtension` is set to false, as in the real one.
 */

import type { DidChangeEnvironmentEventArgs, PythonEnvironment, PythonEnvironmentApi } from '@vscode/python-environments';
import * as vscode from 'vscode';

type Used = Pick<PythonEnvironmentApi, 'getEnvironment' | 'setEnvironment' | 'onDidChangeEnvironment' | 'resolveEnvironment'>;

export function activate(): Used | undefined {
  const set = vscode.workspace.getConfiguration('python').inspect('useEnvironmentsExtension');
  return set?.globalValue === false || set?.workspaceValue === false ? undefined : api();
}

function api(): Used {
  const chosen = new Map<string, PythonEnvironment>();
  const changed = new vscode.EventEmitter<DidChangeEnvironmentEventArgs>();
  const key = (uri: vscode.Uri | undefined): string => (uri && vscode.workspace.getWorkspaceFolder(uri))?.uri.toString() ?? '';
  return {
    getEnvironment: (scope) => Promise.resolve(chosen.get(key(scope))),
    setEnvironment: (scope, environment) => {
      const [uri] = Array.isArray(scope) ? scope : [scope];
      const old = chosen.get(key(uri));
      if (environment) {
        chosen.set(key(uri), environment);
      } else {
        chosen.delete(key(uri));
      }
      changed.fire({ uri, old, new: environment });
      return Promise.resolve();
    },
    resolveEnvironment: (context) => Promise.resolve(context instanceof vscode.Uri ? environment(context.fsPath) : context),
    onDidChangeEnvironment: changed.event,
  };
}

function environment(executable: string): PythonEnvironment {
  return {
    envId: { id: executable, managerId: 'ms-python.python:venv' },
    name: executable,
    displayName: executable,
    displayPath: executable,
    version: '3.11.0',
    environmentPath: vscode.Uri.file(executable),
    execInfo: { run: { executable } },
    sysPrefix: '',
  };
}
