/**
 * What a run recorded is used at once: the server watches Python files and pyproject.toml, and not this one.
 *
 * The rule: a run writes again and again while it lasts; what is open is checked when it has come to rest.
 */

import * as vscode from 'vscode';
import type { ServerManager } from './serverManager';

const REST = 1_000;

export function followRecordings(server: ServerManager): vscode.Disposable {
  const watcher = vscode.workspace.createFileSystemWatcher('**/.fullgraph/recorded.json');
  let due: NodeJS.Timeout | undefined;
  const soon = (): void => {
    clearTimeout(due);
    due = setTimeout(() => openModules().forEach((uri) => void server.execute('fullgraph.checkFile', uri)), REST);
  };
  const listening = [watcher.onDidCreate(soon), watcher.onDidChange(soon), watcher.onDidDelete(soon)];
  return vscode.Disposable.from(watcher, ...listening, { dispose: () => clearTimeout(due) });
}

function openModules(): string[] {
  return vscode.workspace.textDocuments.filter(({ languageId, uri }) => languageId === 'python' && uri.scheme === 'file').map(({ uri }) => uri.toString());
}
