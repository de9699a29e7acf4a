/** What checks in the extension host ask VS Code for, again and again until it is so. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { until } from '../../until.ts';

export function folder(name: string): vscode.WorkspaceFolder {
  const found = vscode.workspace.workspaceFolders?.find((each) => each.name === name);
  assert.ok(found, `the folder ${name} is open`);
  return found;
}

export function fileIn(of: vscode.WorkspaceFolder, name: string): vscode.Uri {
  return vscode.Uri.file(join(of.uri.fsPath, name));
}

export async function shown(uri: vscode.Uri): Promise<vscode.TextEditor> {
  return vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: false });
}

export function problems(uri: vscode.Uri): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(uri).filter(({ source }) => source?.toLowerCase() === 'fullgraph');
}

/** An export said so: what is read from the text alone is information. */
export async function isTraced(uri: vscode.Uri): Promise<void> {
  await until(`${uri.path} was exported`, () => Promise.resolve(problems(uri).some(({ severity }) => severity === vscode.DiagnosticSeverity.Error)));
}

export async function isReadOnly(uri: vscode.Uri): Promise<void> {
  await until(`of ${uri.path} the text alone was read`, () => {
    const found = problems(uri);
    return Promise.resolve(found.length > 0 && found.every(({ severity }) => severity === vscode.DiagnosticSeverity.Information));
  });
}

export async function tab(label: RegExp): Promise<vscode.Tab> {
  return until(`a tab ${label}`, () => Promise.resolve(vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).find((each) => label.test(each.label))));
}
