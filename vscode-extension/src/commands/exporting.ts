/** Export to a `.pt2`: where to, then the server does it and says what it compared. */

import * as vscode from 'vscode';
import { t } from '../l10n';
import type { ServerManager } from '../server/serverManager';
import { whichTarget } from './prompts';
import { fileName } from './fileName';

export async function exportTarget(server: ServerManager, uri: unknown, target: unknown): Promise<void> {
  const named = await whichTarget(server, uri, target);
  const where = named && (await vscode.window.showSaveDialog(dialog(named.uri, named.target)));
  if (named && where) {
    const title = t('Exporting {0}', named.target);
    await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, () =>
      server.execute('fullgraph.export', named.uri, named.target, where.fsPath),
    );
  }
}

function dialog(uri: string, target: string): vscode.SaveDialogOptions {
  const folder = vscode.Uri.joinPath(vscode.Uri.parse(uri), '..');
  return {
    title: t('Export {0}', target),
    defaultUri: vscode.Uri.joinPath(folder, fileName(target)),
    filters: { [t('Exported programs')]: ['pt2'] },
  };
}

