/** Which target, and which folder, a command is about, where it was not called on one. */

import * as vscode from 'vscode';
import { t } from '../l10n';
import type { Target } from '../server/protocol';
import type { ServerManager } from '../server/serverManager';

export interface Named {
  readonly uri: string;
  readonly target: string;
}

/** The target given by a lens or a tree; else that of the file in front, or one that the user picks. */
export async function whichTarget(server: ServerManager, uri: unknown, target: unknown): Promise<Named | undefined> {
  if (typeof uri === 'string' && typeof target === 'string') {
    return { uri, target };
  }
  const here = vscode.window.activeTextEditor?.document.uri.toString();
  const own = here === undefined ? [] : await targetsOf(server, { uri: here });
  const found = own.length > 0 ? own : await targetsOf(server, {});
  if (found.length === 0) {
    void vscode.window.showInformationMessage(t('No models with example inputs found.'));
    return undefined;
  }
  return found.length === 1 ? named(found[0]) : picked(found);
}

async function targetsOf(server: ServerManager, of: { uri?: string }): Promise<Target[]> {
  const all = (await server.request<Target[]>('fullgraph/targets', of)) ?? [];
  return all.filter((target) => target.uri !== null);
}

function named(target: Target | undefined): Named | undefined {
  return target?.uri == null ? undefined : { uri: target.uri, target: target.name };
}

async function picked(targets: readonly Target[]): Promise<Named | undefined> {
  const items = targets.map((target) => ({
    label: target.name,
    description: target.uri === null ? '' : vscode.workspace.asRelativePath(vscode.Uri.parse(target.uri)),
    target,
  }));
  return named((await vscode.window.showQuickPick(items, { placeHolder: t('Which model?') }))?.target);
}

export function activeFile(): string | undefined {
  return vscode.window.activeTextEditor?.document.uri.toString();
}

export function activeFolder(): vscode.WorkspaceFolder | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri;
  return (uri && vscode.workspace.getWorkspaceFolder(uri)) ?? vscode.workspace.workspaceFolders?.[0];
}
