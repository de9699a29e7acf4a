/** A dimension of a target's input is made dynamic: which one, and what it is called. */

import * as vscode from 'vscode';
import { t } from '../l10n';
import type { ModelTarget } from '../server/protocol';
import type { ServerManager } from '../server/serverManager';
import { constantDimensions, suggestedName } from './dimensions';

export async function freeDimension(server: ServerManager, target: ModelTarget | undefined): Promise<void> {
  const found = target ? constantDimensions(target.inputs) : [];
  if (!target || found.length === 0) {
    void vscode.window.showInformationMessage(t('All input dimensions are already dynamic.'));
    return;
  }
  const items = found.map((each) => ({ label: each.source, description: t('currently {0}', each.size), each }));
  const picked = await vscode.window.showQuickPick(items, { title: target.name, placeHolder: t('Which dimension is to be dynamic?') });
  const name = picked && (await vscode.window.showInputBox({
    title: picked.each.source,
    prompt: t('The name of the dimension. Dimensions with the same name have the same size.'),
    value: suggestedName(picked.each, target.inputs),
    validateInput: (value) => (/^[A-Za-z_]\w*$/.test(value) ? undefined : t('The name must be a valid Python identifier.')),
  }));
  if (picked && name) {
    await server.execute('fullgraph.freeDimension', target.document, target.name, picked.each.input, picked.each.index, name);
  }
}
