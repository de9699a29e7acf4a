/**
 * Inputs recorded from a run of the user's own program, in a terminal where they see it.
 *
 * The rule: the user reads the command before it runs; it is theirs.
 */

import { join } from 'node:path';
import * as vscode from 'vscode';
import { t } from '../l10n';
import type { Interpreters } from '../python/interpreters';
import { activeFolder } from './prompts';

export async function record(interpreters: Interpreters, extension: string): Promise<void> {
  const folder = activeFolder();
  const [runner, own] = await Promise.all([interpreters.forServer(), interpreters.forPrograms(folder?.uri)]);
  const command = await vscode.window.showInputBox({
    title: t('Record inputs from a run'),
    prompt: t('Your program runs in a terminal. The first call of each model is recorded in .fullgraph/recorded.json.'),
    value: `${own ?? 'python'} ${activeScript()}`.trim(),
    ignoreFocusOut: true,
  });
  if (command && runner.python) {
    const terminal = vscode.window.createTerminal({ name: 'Fullgraph', ...(folder && { cwd: folder.uri }) });
    terminal.show();
    terminal.sendText(`${quoted(runner.python.path)} ${quoted(join(extension, 'bundled', 'cli.py'))} record -- ${command}`);
  }
}

function activeScript(): string {
  const document = vscode.window.activeTextEditor?.document;
  return document?.languageId === 'python' ? quoted(vscode.workspace.asRelativePath(document.uri, false)) : '';
}

function quoted(path: string): string {
  return /^[\w./:\\-]+$/.test(path) ? path : `"${path}"`;
}
