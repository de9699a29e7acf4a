/** How many models were checked, in words: for the view's message and the status bar. */

import { t } from '../l10n';
import type { Coverage, FolderModels } from '../server/protocol';

export const NOTHING: Coverage = { models: 0, checked: 0, exports: 0, fails: 0 };

export function total(folders: readonly FolderModels[]): Coverage {
  return folders.map(({ coverage }) => coverage).reduce(
    (one, other) => ({
      models: one.models + other.models,
      checked: one.checked + other.checked,
      exports: one.exports + other.exports,
      fails: one.fails + other.fails,
    }),
    NOTHING,
  );
}

/** `4 of 9 models checked, 1 fails`; empty where there is none. */
export function said(coverage: Coverage): string {
  const { models, checked, fails } = coverage;
  if (models === 0) {
    return '';
  }
  const some = models === 1 ? t('{0} of 1 model checked', checked) : t('{0} of {1} models checked', checked, models);
  return checked === 0 ? some : `${some}, ${failing(fails)}`;
}

/** What stands above the models; `trouble` says why none is checked. */
export function headline(coverage: Coverage, failingOnly: boolean, trouble = ''): string {
  const known = said(coverage);
  const filtered = known && failingOnly ? t('{0}. Only those that fail are shown.', known) : known;
  if (!trouble || !filtered) {
    return trouble || filtered;
  }
  return `${filtered}${filtered.endsWith('.') ? '' : '.'} ${trouble}`;
}

function failing(fails: number): string {
  if (fails === 0) {
    return t('none fails');
  }
  return fails === 1 ? t('1 fails') : t('{0} fail', fails);
}
