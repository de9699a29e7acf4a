/**
 * Why a folder has no worker, in VS Code's terms.
 *
 * The rule: the server says why as data. Of a reason that is newer than this extension, its text is shown.
 */

import { t } from '../l10n';
import type { FolderStatus, Remedy, StartFailure } from '../server/protocol';

/** The cause alone, for where a button offers what to do. */
export function cause({ startFailure, message }: FolderStatus): string {
  const said = startFailure && sentence(startFailure);
  return said === undefined ? message : [said, lastOutput(startFailure)].filter(Boolean).join(' ');
}

/** The cause and what to do about it; empty where the folder has a worker. */
export function explained(status: FolderStatus): string {
  const remedy = status.startFailure ? remedyOf(status.startFailure.remedy) : undefined;
  return [cause(status), remedy].filter(Boolean).join(' ');
}

function sentence(failure: StartFailure): string | undefined {
  const { interpreter, torch, error, ended, seconds } = failure;
  switch (failure.reason) {
    case 'cannot-launch':
      return t('Cannot run {0}: {1}.', interpreter, error);
    case 'is-folder':
      return t('{0} is a folder, not an interpreter.', interpreter);
    case 'not-python':
      return t('{0} is not a Python interpreter that Fullgraph can use.', interpreter);
    case 'too-old':
      return t('{0} is too old: Fullgraph requires Python 3.10 or newer.', named(failure));
    case 'no-torch':
      return t('{0} cannot import torch: {1}.', named(failure), error);
    case 'unusable-torch':
      return t('{0}: torch {1} cannot export a small model: {2}.', named(failure), torch, error);
    case 'not-ready':
      return t('{0} was not ready after {1} seconds.', named(failure), seconds);
    case 'crashed':
      return t('{0} crashed at startup ({1}).', named(failure), ended);
    case 'keeps-crashing':
      return t('The worker in {0} crashed repeatedly.', named(failure));
    case 'updated':
      return t('Fullgraph was updated while it was running.');
    default:
      return undefined;
  }
}

function named({ interpreter, python }: StartFailure): string {
  return python === '' ? interpreter : t('{0} (Python {1})', interpreter, python);
}

function lastOutput(failure: StartFailure | null): string {
  return failure?.output ? t('Its last output was "{0}".', failure.output) : '';
}

function remedyOf(remedy: Remedy): string | undefined {
  switch (remedy) {
    case 'choose-interpreter':
      return t('Run "{0}" to use another one.', t('Choose Interpreter'));
    case 'try-again':
      return t('Run "{0}" to try again.', t('Restart Worker'));
    case 'restart':
      return t('Run "{0}" to use the new version.', t('Restart Language Server'));
    default:
      return undefined;
  }
}
