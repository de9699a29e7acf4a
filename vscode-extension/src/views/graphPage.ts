/** The graph view's page, before it has a graph. */

import { t } from '../l10n';
import { LEVELS } from '../server/protocol';
import type { Setting } from './graphMessages';
import { escaped } from './page';

const LEVEL_WORDS = { training: 'As exported', inference: 'Functional', core: 'Core ATen' } as const;

export function graphBody(worker: string): string {
  const levels = LEVELS.map((level) => `<option value="${level}">${escaped(t(LEVEL_WORDS[level]))}</option>`).join('');
  return `<main id="main" data-setting="${escaped(JSON.stringify(setting(worker)))}">
<div id="bar" role="toolbar">
<input id="search" type="search" placeholder="${escaped(t('Search'))}" title="${escaped(t('Operators, modules, names, shapes; Enter goes to the next'))}" aria-label="${escaped(t('Search'))}">
<span id="matches" aria-live="polite"></span>
<span class="space"></span>
<select id="graphs" aria-label="${escaped(t('Graph'))}" hidden></select>
<select id="level" aria-label="${escaped(t('Level'))}">${levels}</select>
${button('unfold', t('Unfold all'))}
${button('fold', t('Fold all'))}
${button('fit', t('Fit'))}
</div>
<div id="canvas" tabindex="0" role="application" aria-label="${escaped(t('Graph of the exported program'))}"></div>
<div id="note" role="status"></div>
<aside id="details" hidden></aside>
</main>`;
}

function button(id: string, label: string): string {
  return `<button id="${id}" type="button">${escaped(label)}</button>`;
}

function setting(worker: string): Setting {
  return {
    worker,
    words: {
      loading: t('The program is being made…'),
      layingOut: t('Laying out {0} nodes…'),
      search: t('{0} of {1}'),
      noMatch: t('no match'),
      nothing: t('There is nothing to show.'),
    },
  };
}
