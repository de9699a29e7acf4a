/** What the status bar says: the one place where states become words. */

import { t } from '../l10n';
import { NOTHING, said } from '../models/coverage';
import type { Coverage, FolderStatus } from '../server/protocol';
import { explained } from './startFailure';

export type Health = FolderStatus | { readonly state: 'noPython' | 'stopped' | 'launching' };

export interface Wording {
  readonly text: string;
  readonly tooltip: string;
  readonly tone: 'plain' | 'warning' | 'error';
}

export function wording(health: Health, coverage: Coverage = NOTHING): Wording {
  switch (health.state) {
    case 'launching':
      return plain('$(sync~spin) Fullgraph', t('Fullgraph is starting.'));
    case 'noPython':
      return alarm('warning', `$(warning) ${t('Fullgraph: no Python')}`, t('No Python found: Fullgraph requires Python 3.10 or newer.'));
    case 'stopped':
      return alarm('error', `$(error) ${t('Fullgraph: stopped')}`, t('The language server is not running.'));
    case 'starting':
      return plain(`$(sync~spin) ${t('Fullgraph: starting')}`, health.message || t('Importing torch.'));
    case 'checking':
      return plain(`$(sync~spin) ${checking(health)}`, health.message || t('Exporting models.'));
    case 'noTorch':
      return alarm('warning', `$(warning) ${t('Fullgraph: no torch')}`, explained(health));
    case 'unsuitable':
      return alarm('warning', `$(warning) ${t('Fullgraph: unsupported Python')}`, explained(health));
    case 'untrusted':
      return plain(`$(shield) ${t('Fullgraph: restricted mode')}`, t('Restricted mode: only static analysis is available until you trust this workspace.'));
    case 'crashed':
      return alarm('error', `$(error) ${t('Fullgraph: crashed')}`, explained(health));
    case 'static':
      return plain(`$(circle-outline) ${t('Fullgraph: static')}`, health.message || t('Static analysis only.'));
    case 'idle':
      return outcome(health, coverage);
  }
}

function checking({ done, total }: FolderStatus): string {
  return total > 1 ? t('Fullgraph: checking {0} of {1}', Math.min(done + 1, total), total) : t('Fullgraph: checking');
}

function outcome({ problems, exports, message }: FolderStatus, coverage: Coverage): Wording {
  if (coverage.models > 1) {
    const icon = coverage.fails > 0 ? 'warning' : coverage.checked === coverage.models ? 'check' : 'circle-outline';
    return plain(`$(${icon}) Fullgraph: ${said(coverage)}`, message || t('The Models view lists them.'));
  }
  if (problems > 0) {
    const count = problems === 1 ? t('1 problem') : t('{0} problems', problems);
    return plain(`$(warning) Fullgraph: ${count}`, message || t('{0} exported, {1} found.', models(exports), count));
  }
  if (exports > 0) {
    return plain(`$(check) ${t('Fullgraph: exports')}`, message || t('{0} exported, no problems.', models(exports)));
  }
  return plain('$(circle-outline) Fullgraph', message || t('No models checked yet.'));
}

function models(count: number): string {
  return count === 1 ? t('1 model') : t('{0} models', count);
}

function plain(text: string, tooltip: string): Wording {
  return { text, tooltip, tone: 'plain' };
}

function alarm(tone: 'warning' | 'error', text: string, tooltip: string): Wording {
  return { text, tooltip, tone };
}
