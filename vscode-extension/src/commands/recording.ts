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
    value: `${own ?? 'python'} ${activeScript() || (await suggestedRun())}`.trim(),
    ignoreFocusOut: true,
  });
  if (command && runner.python) {
    const terminal = vscode.window.createTerminal({ name: 'Fullgraph', ...(folder && { cwd: folder.uri }) });
    terminal.show();
    terminal.sendText(`${quoted(runner.python.path)} ${quoted(join(extension, 'bundled', 'cli.py'))} record -- ${command}`);
  }
}

/** Tests build models and call them, as a rule with small inputs. */
async function suggestedRun(): Promise<string> {
  const [test] = await vscode.workspace.findFiles('**/{test_*,*_test}.py', '**/{.*,node_modules,site-packages,venv,env}/**', 1);
  const folder = test && vscode.workspace.asRelativePath(vscode.Uri.joinPath(test, '..'), false);
  return folder === undefined ? '' : `-m pytest ${quoted(folder)}`;
}

function activeScript(): string {
  const document = vscode.window.activeTextEditor?.document;
  return document?.languageId === 'python' ? quoted(vscode.workspace.asRelativePath(document.uri, false)) : '';
}

function quoted(path: string): string {
  return /^[\w./:\\-]+$/.test(path) ? path : `"${path}"`;
}
