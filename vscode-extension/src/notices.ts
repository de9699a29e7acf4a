/**
 * Messages about the interpreter, each with something to do about it.
 *
 * The rule: one thing is said once, until it is different.
 */

import * as vscode from 'vscode';
import { t } from './l10n';
import type { NoPython, Python } from './python/probe';
import { isRecentEnough, OLDEST, written } from './python/version';
import type { Choice } from './server/serverState';
import type { FolderStatus } from './server/protocol';
import { cause } from './status/startFailure';

export class Notices {
  private readonly said = new Set<string>();
  private readonly states = new Map<string, string>();

  /** What the user chose, or would expect to be taken, and cannot be. */
  chose(choice: Choice): void {
    const [first] = choice.refused;
    if (choice.python === undefined) {
      this.say(first ? refusal(first) : t('No Python found: Fullgraph requires Python {0} or newer.', written(OLDEST)));
    } else if (first) {
      this.say(`${refusal(first)} ${t('Fullgraph uses {0} until you choose another interpreter.', choice.python.path)}`);
    }
  }

  told(status: FolderStatus): void {
    const before = this.states.get(status.folder);
    this.states.set(status.folder, status.state);
    if (status.state === 'noTorch' && before !== 'noTorch') {
      this.say(`${cause(status)} ${t('Models are not exported until you choose another interpreter.')}`, status.folder);
    }
  }

  /** The user chose anew: what is wrong with it is news. */
  forget(): void {
    this.said.clear();
    this.states.clear();
  }

  private say(message: string, about = ''): void {
    if (!this.said.has(message + about)) {
      this.said.add(message + about);
      void offer(message);
    }
  }
}

function refusal(found: Python | NoPython): string {
  if (found.kind === 'none') {
    return t('Cannot run {0}.', found.path);
  }
  return isRecentEnough(found.version)
    ? t('Cannot use {0}.', found.path)
    : t('{0} is Python {1}, but Fullgraph requires {2} or newer.', found.path, written(found.version), written(OLDEST));
}

async function offer(message: string): Promise<void> {
  const choose = t('Choose Interpreter');
  const output = t('Show Output');
  const answer = await vscode.window.showWarningMessage(message, choose, output);
  if (answer !== undefined) {
    await vscode.commands.executeCommand(answer === choose ? 'fullgraph.chooseInterpreter' : 'fullgraph.showOutput');
  }
}
