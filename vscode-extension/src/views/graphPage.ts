/** The graph view's page, before it has a graph. */

import { t } from '../l10n';
import { LEVELS, type Level } from '../server/protocol';
import type { Setting, Words } from './graphMessages';
import { escaped } from './page';

export function graphBody(worker: string): string {
  const levels = LEVELS.map((level) => `<option value="${level}">${escaped(levelWords()[level])}</option>`).join('');
  const setting: Setting = { worker, words: words() };
  return `<main id="main" data-setting="${escaped(JSON.stringify(setting))}">
<div id="bar" role="toolbar">
<input id="search" type="search" placeholder="${escaped(t('Search'))}" title="${escaped(t('Operators, modules, names, shapes; Enter goes to the next'))}" aria-label="${escaped(t('Search'))}">
<span id="matches" aria-live="polite"></span>
<span class="space"></span>
<select id="graphs" aria-label="${escaped(t('Graph'))}" hidden></select>
<select id="level" title="${escaped(t('How far the program was taken apart'))}" aria-label="${escaped(t('Level'))}">${levels}</select>
${button('unfold', t('Unfold all'))}
${button('fold', t('Fold all'))}
${button('fit', t('Fit'))}
</div>
<div id="canvas" tabindex="0" role="application" aria-label="${escaped(t('Graph of the exported program'))}"><canvas id="far" aria-hidden="true"></canvas><div id="near"></div></div>
<div id="note" role="status" hidden><p id="said"></p><ul id="findings"></ul></div>
<ul id="legend" hidden></ul>
<aside id="details" hidden></aside>
</main>`;
}

function levelWords(): Readonly<Record<Level, string>> {
  return { training: t('As exported'), inference: t('Functional'), core: t('Core ATen') };
}

function button(id: string, label: string): string {
  return `<button id="${id}" type="button">${escaped(label)}</button>`;
}

function words(): Words {
  return {
    loading: t('The program is being made…'),
    layingOut: t('Laying out {0} boxes…'),
    search: t('{0} of {1}'),
    noMatch: t('no match'),
    nothing: t('There is nothing to show.'),
    notLaidOut: t('The graph could not be laid out: {0}'),
    noProgram: t('There is no graph: the model does not export.'),
    operators: t('{0} operators'),
    name: t('name'),
    value: t('value'),
    arguments: t('arguments'),
    module: t('module'),
    line: t('line'),
    inputs: t('inputs and outputs'),
    folded: t('folded module, a click unfolds it'),
    custom: t('custom operator'),
    higherOrder: t('control flow'),
    checks: t('check, or Python'),
    problems: t('a problem is here'),
  };
}
