/** The report of a target as HTML: no VS Code here, so that it can be tried without one. */

import { t } from '../l10n';
import { isSpot, type Condition, type Dimension, type Finding, type Fix, type Lost, type Place, type Report, type Symbol, type Tensor } from '../server/protocol';
import { escaped } from './page';

export function reportBody(report: Report): string {
  return [
    heading(report),
    section(t('Signature'), signature(report)),
    section(t('Dimensions'), table([t('dimension'), t('requested'), t('outcome'), t('guards')], withoutEmpty(report.dimensions.map(dimension)))),
    section(t('Conditions'), table([t('condition'), t('guard')], withoutEmpty(report.conditions.map(condition)))),
    section(t('Unbacked symbols'), table([t('name'), t('range'), t('from')], report.symbols.filter(({ definedBy }) => definedBy).map(symbol))),
    section(t('Findings'), report.findings.map(finding).join('')),
    section(t('Not observed'), table([t('missing in torch'), t('observation')], report.lost.map(lost))),
  ].join('\n');
}

/** Where there is nothing to show. */
export function missingBody(target: string): string {
  return `<h1>${escaped(target)}</h1><p class="quiet">${escaped(t('Not checked yet. Check the file to see the report.'))}</p>`;
}

function heading(report: Report): string {
  const facts = [`${report.seconds.toFixed(1)} s`, `torch ${report.torch}`, `Python ${report.python}`, t('found by: {0}', report.origin)];
  return `<header>
<h1>${linked(escaped(report.name), report)}</h1>
<span class="badge ${report.status === 'exports' ? 'good' : 'bad'}">${escaped(statusWords(report.status))}</span>
<p class="quiet">${facts.map(escaped).join(' · ')}</p>
</header>`;
}

function statusWords(status: string): string {
  switch (status) {
    case 'exports':
      return t('exports');
    case 'unsound':
      return t('exports, but unsound');
    case 'fails':
      return t('does not export');
    case 'error':
      return t('does not run');
    default:
      return status;
  }
}

function signature(report: Report): string {
  if (report.inputs.length === 0 && report.outputs.length === 0) {
    return '';
  }
  const rows = [...report.inputs.map((each) => tensor('in', each)), ...report.outputs.map((each) => tensor('out', each))];
  return table(['', t('name'), t('type'), t('shape')], rows);
}

function tensor(direction: 'in' | 'out', { name, dtype, shape }: Tensor): string[] {
  const way = direction === 'in' ? '→' : '←';
  return [`<span class="quiet" title="${escaped(direction === 'in' ? t('input') : t('output'))}">${way}</span>`, code(name), code(dtype), code(`[${shape.join(', ')}]`)];
}

function dimension(one: Dimension): string[] {
  const decided = one.guards.map((each) => linked(code(each.text.trim() || t('this line')), each)).join('<br>');
  return [code(one.source), code(one.requested), became(one), decided];
}

function condition(one: Condition): string[] {
  return [code(one.text), one.expression === '' ? '' : linked(code(one.expression), one)];
}

function became(one: Dimension): string {
  switch (one.outcome) {
    case 'specialized':
      return `<span class="badge bad">${escaped(t('specialized to {0}', one.size))}</span>`;
    case 'derived':
      return `<span class="badge plain">= ${escaped(one.size)}</span>`;
    default:
      return `<span class="badge good">${escaped(t('dynamic'))}</span> ${range(one.lower, one.upper)}`;
  }
}

function symbol(one: Symbol): string[] {
  const made = code(one.definedBy ?? '');
  return [code(one.name), range(one.lower, one.upper), one.definedAt ? linked(made, one.definedAt) : made];
}

function range(lower: number | null, upper: number | null): string {
  return code(`${lower ?? '-∞'} … ${upper ?? '∞'}`);
}

function lost(one: Lost): string[] {
  return [code(one.name), escaped(one.observation)];
}

function finding(one: Finding): string {
  const related = one.related.map((each) => `<li>${linked(escaped(each.message), each)}</li>`).join('');
  return `<article class="${one.severity}">
<p><span class="severity">${escaped(severityWords(one.severity))}</span> ${linked(prose(one.message), one)} <span class="quiet">${escaped(one.rule)}</span></p>
${one.hint ? `<p class="hint">${prose(one.hint)}</p>` : ''}
${related ? `<ul>${related}</ul>` : ''}
${one.fixes.length > 0 ? `<ul class="fixes">${one.fixes.map((fix) => fixItem(fix, one)).join('')}</ul>` : ''}
</article>`;
}

function verdictWords(verdict: Fix['verdict']): string {
  switch (verdict) {
    case 'verified':
      return t('verified');
    case 'verified-one-branch':
      return t('verified on one branch');
    case 'unverified-exports':
      return t('exports, not compared');
    case 'not-verified':
      return t('not verified');
  }
}

function severityWords(severity: Finding['severity']): string {
  switch (severity) {
    case 'error':
      return t('error');
    case 'warning':
      return t('warning');
    case 'information':
      return t('note');
  }
}

function fixItem(fix: Fix, of: Finding): string {
  const tone = fix.verdict === 'verified' ? 'good' : 'plain';
  const title = isSpot(of) ? `<a href="#" data-fix ${spot(of)}>${prose(fix.title)}</a>` : prose(fix.title);
  return `<li>${title} <span class="badge ${tone}" title="${escaped(fix.reason)}">${escaped(verdictWords(fix.verdict))}</span></li>`;
}

// -- parts ---------------------------------------------------------------------------------------------

function section(title: string, content: string): string {
  return content === '' ? '' : `<section><h2>${escaped(title)}</h2>${content}</section>`;
}

/** The last column is left out where nothing stands in it. */
function withoutEmpty(rows: readonly string[][]): string[][] {
  return rows.every((row) => row.at(-1) === '') ? rows.map((row) => row.slice(0, -1)) : [...rows];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) {
    return '';
  }
  const cells = (row: readonly string[], tag: 'td' | 'th'): string => `<tr>${row.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<table><thead>${cells(head.slice(0, rows[0]?.length).map(escaped), 'th')}</thead><tbody>${rows.map((row) => cells(row, 'td')).join('')}</tbody></table>`;
}

function code(text: string): string {
  return `<code>${escaped(text)}</code>`;
}

/** What stands between backquotes is code. */
function prose(text: string): string {
  return escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function linked(inner: string, to: Place): string {
  return isSpot(to) ? `<a href="#" ${spot(to)}>${inner}</a>` : inner;
}

function spot(to: Place): string {
  return `data-spot="${escaped(JSON.stringify({ uri: to.uri, range: to.range }))}"`;
}
