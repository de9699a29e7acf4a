/** Choosing an interpreter, by whichever way there is. */

import * as vscode from 'vscode';

export async function chooseInterpreter(): Promise<void> {
  const known = await vscode.commands.getCommands(true);
  if (known.includes('python.setInterpreter')) {
    await vscode.commands.executeCommand('python.setInterpreter');
  } else {
    await vscode.commands.executeCommand('workbench.action.openSettings', 'fullgraph.interpreter');
  }
}
