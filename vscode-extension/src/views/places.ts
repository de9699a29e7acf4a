/** Places of the protocol as VS Code's, and going there. */

import * as vscode from 'vscode';
import type { Range, Spot } from '../server/protocol';

export function place(range: Range): vscode.Range {
  return new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character);
}

/** Shows a place in a text editor: in one that is open already, if there is, else beside the view. */
export async function open({ uri, range }: Spot): Promise<void> {
  const target = vscode.Uri.parse(uri);
  const shown = vscode.window.visibleTextEditors.find((editor) => editor.document.uri.toString() === target.toString());
  await vscode.window.showTextDocument(target, {
    viewColumn: shown?.viewColumn ?? vscode.ViewColumn.One,
    selection: place(range),
    preserveFocus: false,
  });
}
