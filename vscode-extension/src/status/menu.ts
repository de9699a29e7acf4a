/** What a click on the status bar offers. */

import * as vscode from 'vscode';
import { t } from '../l10n';
import { wording, type Health } from './wording';

interface Entry extends vscode.QuickPickItem {
  readonly command: string;
}

export async function showMenu(health: Health): Promise<void> {
  const said = wording(health).tooltip;
  const picked = await vscode.window.showQuickPick(entries(health), { title: 'Fullgraph', placeHolder: said });
  if (picked) {
    await vscode.commands.executeCommand(picked.command);
  }
}

function entries(health: Health): Entry[] {
  if (health.state === 'untrusted') {
    return [entry('shield', t('Trust this workspace…'), 'workbench.trust.manage'), ...always()];
  }
  if (health.state === 'noPython' || health.state === 'stopped') {
    return always();
  }
  return [
    entry('play', t('Check this file'), 'fullgraph.checkFile'),
    entry('run-all', t('Check workspace'), 'fullgraph.checkWorkspace'),
    entry('graph', t('Show the graph of a model'), 'fullgraph.showGraph'),
    entry('info', t('Show the report of a model'), 'fullgraph.showReport'),
    entry('package', t('Export a model to .pt2'), 'fullgraph.export'),
    entry('debug-restart', t('Restart the worker'), 'fullgraph.restartWorker'),
    ...always(),
  ];
}

function always(): Entry[] {
  return [
    entry('refresh', t('Restart the language server'), 'fullgraph.restartServer'),
    entry('symbol-misc', t('Choose the interpreter'), 'fullgraph.chooseInterpreter'),
    entry('output', t('Show the output'), 'fullgraph.showOutput'),
    entry('gear', t('Settings'), 'fullgraph.openSettings'),
  ];
}

function entry(icon: string, label: string, command: string): Entry {
  return { label: `$(${icon}) ${label}`, command };
}
