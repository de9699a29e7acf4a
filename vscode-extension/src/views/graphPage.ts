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
<input id="search" type="search" placeholder="${escaped(t('Search'))}" title="${escaped(t('Search operators, modules, names, and shapes (Enter: next)'))}" aria-label="${escaped(t('Search'))}">
<span id="matches" aria-live="polite"></span>
<span class="space"></span>
<select id="graphs" aria-label="${escaped(t('Graph'))}" hidden></select>
<select id="level" title="${escaped(t('Level of decomposition'))}" aria-label="${escaped(t('Level'))}">${levels}</select>
${button('unfold', t('Expand all'))}
${button('fold', t('Collapse all'))}
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
    loading: t('Exporting the program…'),
    layingOut: t('Laying out {0} boxes…'),
    search: t('{0} of {1}'),
    noMatch: t('no matches'),
    nothing: t('Nothing to show.'),
    notLaidOut: t('Cannot lay out the graph: {0}'),
    noProgram: t('No graph: the model does not export.'),
    operators: t('{0} operators'),
    name: t('name'),
    value: t('value'),
    arguments: t('arguments'),
    module: t('module'),
    line: t('line'),
    inputs: t('inputs and outputs'),
    folded: t('folded module (click to unfold)'),
    custom: t('custom operator'),
    higherOrder: t('control flow'),
    checks: t('check or Python arithmetic'),
    problems: t('has a finding'),
  };
}
