/**
 * What the Models view shows: no VS Code here, so that it can be tried without one.
 *
 * The rule: an item's children are made when it is opened. Parts are shared between models and have parts
 * themselves, so that the whole tree is far larger than the list that it is made from.
 */

import { t } from '../l10n';
import { isSpot, type Finding, type FolderModels, type Model, type ModelTarget, type Place, type Spot, type Tensor } from '../server/protocol';
import { total } from './coverage';

export interface Icon {
  readonly id: string;
  /** A colour of the theme. */
  readonly color?: string;
}

export interface Item {
  /** Different from all others, and the same after each change, so that what is opened stays open. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  /** Markdown. */
  readonly tooltip: string;
  readonly icon: Icon | undefined;
  /** What can be done with it: words between semicolons. */
  readonly context: string;
  readonly spot: Spot | undefined;
  readonly model: Model | undefined;
  readonly target: ModelTarget | undefined;
  readonly isOpen: boolean;
  /** Undefined where there are none. */
  readonly children: (() => Item[]) | undefined;
}

export interface Shown {
  readonly failingOnly: boolean;
  /** The name of a folder, where there are several. */
  readonly folderName: (uri: string) => string;
}

const ICONS: Readonly<Record<string, Icon>> = {
  exports: { id: 'pass-filled', color: 'testing.iconPassed' },
  fails: { id: 'error', color: 'testing.iconFailed' },
  unsound: { id: 'warning', color: 'list.warningForeground' },
  error: { id: 'error', color: 'testing.iconErrored' },
  checking: { id: 'loading~spin' },
  notChecked: { id: 'circle-large-outline', color: 'testing.iconUnset' },
  stale: { id: 'history', color: 'testing.iconUnset' },
};

export function roots(folders: readonly FolderModels[], shown: Shown): Item[] {
  const filled = folders.filter(({ models }) => models.length > 0);
  return filled.length > 1 ? filled.map((folder) => folderItem(folder, shown)) : filled.flatMap((folder) => inFolder(folder, shown));
}

export function isFailing({ status }: { readonly status: string }): boolean {
  return status === 'fails' || status === 'error' || status === 'unsound';
}

function folderItem(folder: FolderModels, shown: Shown): Item {
  const { checked, models } = total([folder]);
  return {
    ...EMPTY,
    id: folder.folder,
    label: shown.folderName(folder.folder),
    description: `${String(checked)}/${String(models)}`,
    icon: { id: 'folder' },
    isOpen: true,
    children: () => inFolder(folder, shown),
  };
}

function inFolder(folder: FolderModels, shown: Shown): Item[] {
  const all = new Map(folder.models.map((model) => [model.id, model]));
  const wanted = folder.models.filter((model) => !shown.failingOnly || isFailing(model));
  const models = wanted.filter(({ role }) => role === 'model').map((model) => modelItem(model, all, folder.folder));
  const within = shown.failingOnly ? new Set<string>() : ofModels(folder.models, all);
  const parts = wanted.filter(({ role, id }) => role === 'part' && !within.has(id));
  return parts.length > 0 ? [...models, group(parts, all, folder.folder)] : models;
}

/** The parts that are shown below a model, or below a part of one. */
function ofModels(models: readonly Model[], all: ReadonlyMap<string, Model>): Set<string> {
  const found = new Set<string>();
  const waiting = models.filter(({ role }) => role === 'model');
  for (let model = waiting.pop(); model; model = waiting.pop()) {
    const parts = model.parts.filter((id) => !found.has(id));
    parts.forEach((id) => found.add(id));
    waiting.push(...parts.flatMap((id) => all.get(id) ?? []));
  }
  return found;
}

function modelItem(model: Model, all: ReadonlyMap<string, Model>, above: string): Item {
  const id = `${above}/${model.id}`;
  const [only] = model.targets.length === 1 ? model.targets : [];
  const parts = model.parts.flatMap((part) => all.get(part) ?? []).filter((part) => !above.includes(part.id));
  const hasChildren = model.targets.some(hasDetails) || model.targets.length > 1 || parts.length > 0;
  return {
    ...EMPTY,
    id,
    label: model.name,
    description: [verdict(model), whereFrom(model)].filter(Boolean).join(' · '),
    tooltip: tooltip(model),
    icon: icon(model),
    context: contextOf(model),
    spot: spotOf(model) ?? (only && spotOf(only)),
    model,
    target: only ?? model.targets[0],
    children: hasChildren ? () => [...(only ? details(only, id) : model.targets.map((each) => targetItem(each, id))), ...below(parts, all, id)] : undefined,
  };
}

function below(parts: readonly Model[], all: ReadonlyMap<string, Model>, id: string): Item[] {
  return parts.length > 0 ? [group(parts, all, id)] : [];
}

function group(parts: readonly Model[], all: ReadonlyMap<string, Model>, above: string): Item {
  return {
    ...EMPTY,
    id: `${above}/parts`,
    label: t('Parts'),
    description: String(parts.length),
    tooltip: t('What other models are made of. A part is checked when its file is opened, or on request.'),
    icon: { id: 'extensions' },
    children: () => parts.map((part) => modelItem(part, all, `${above}/parts`)),
  };
}

function targetItem(target: ModelTarget, above: string): Item {
  const id = `${above}/${target.name}`;
  return {
    ...EMPTY,
    id,
    label: target.name.slice(target.name.indexOf(':') + 1),
    description: [targetVerdict(target), origin(target)].filter(Boolean).join(' · '),
    tooltip: escaped(target.reason),
    icon: icon(target),
    context: contextOf({ targets: [target], role: 'model' }),
    spot: spotOf(target),
    target,
    children: hasDetails(target) ? () => details(target, id) : undefined,
  };
}

function hasDetails(target: ModelTarget): boolean {
  return target.inputs.length > 0 || target.context.length > 0 || target.replaced.length > 0 || target.findings.some(isShown);
}

function details(target: ModelTarget, above: string): Item[] {
  const inputs = target.inputs.map((input, number) => inputItem(input, `${above}/input${String(number)}`));
  const replaced = target.replaced.map(({ kind, what, by }, number) => ({
    ...EMPTY,
    id: `${above}/replaced${String(number)}`,
    label: what,
    description: kind === 'sizes' ? by : t('replaced by {0}', by),
    icon: { id: 'arrow-swap' },
  }));
  const context = target.context.map((entered, number) => ({
    ...EMPTY,
    id: `${above}/context${String(number)}`,
    label: t('under {0}', entered),
    icon: { id: 'symbol-namespace' },
  }));
  return [...inputs, ...context, ...replaced, ...target.findings.filter(isShown).map((finding, number) => findingItem(finding, `${above}/finding${String(number)}`))];
}

/** Why a target is not checked is said by its model. */
function isShown({ rule }: Finding): boolean {
  return rule !== 'target-skipped';
}

function inputItem(input: Tensor, id: string): Item {
  return { ...EMPTY, id, label: input.name, description: tensor(input), icon: { id: 'symbol-array' } };
}

const SEVERITIES: Readonly<Record<Finding['severity'], Icon>> = {
  error: { id: 'error', color: 'list.errorForeground' },
  warning: { id: 'warning', color: 'list.warningForeground' },
  information: { id: 'info', color: 'editorInfo.foreground' },
};

function findingItem(finding: Finding, id: string): Item {
  const [first = finding.message] = finding.message.split('\n');
  const tooltip = [finding.message, finding.hint].filter(Boolean).map(escaped).join('\n\n');
  return { ...EMPTY, id, label: first, description: where(finding), tooltip, icon: SEVERITIES[finding.severity], spot: spotOf(finding) };
}

const EMPTY: Item = {
  id: '',
  label: '',
  description: '',
  tooltip: '',
  icon: undefined,
  context: '',
  spot: undefined,
  model: undefined,
  target: undefined,
  isOpen: false,
  children: undefined,
};

// -- words -------------------------------------------------------------------------------------------

function verdict(model: Model): string {
  const stale = model.targets.length > 0 && model.targets.some((target) => target.stale);
  return outcome(model.status, model.targets, stale);
}

function targetVerdict(target: ModelTarget): string {
  return outcome(target.status, [target], target.stale);
}

function outcome(status: string, targets: readonly ModelTarget[], stale: boolean): string {
  const said = words(status, targets);
  return stale && status !== 'checking' ? t('{0} (before the last edit)', said) : said;
}

function words(status: string, targets: readonly ModelTarget[]): string {
  const places = targets.flatMap(({ findings }) => findings).filter(({ severity }) => severity === 'error');
  const problems = new Set(places.map(({ uri, range, message }) => JSON.stringify([uri, range, message]))).size;
  switch (status) {
    case 'exports':
      return t('exports');
    case 'fails':
      return problems > 1 ? t('fails: {0} problems', problems) : t('fails');
    case 'unsound':
      return t('exports, but unsound');
    case 'error':
      return t('does not run');
    case 'checking':
      return t('checking…');
    default:
      return t('not checked');
  }
}

/** Where its target is from; of a model without any, what is missing. */
function whereFrom(model: Model): string {
  const [first] = model.targets;
  if (!first) {
    return missing(model);
  }
  return model.targets.length > 1 ? t('{0} targets', model.targets.length) : origin(first);
}

function missing({ missing: names }: Model): string {
  return names.length > 0 ? t('needs {0}', names.join(', ')) : '';
}

function origin(target: ModelTarget): string {
  switch (target.origin) {
    case 'inferred':
      return t('inputs inferred');
    case 'comment':
    case 'pyproject':
      return t('declared');
    case 'recorded':
      return target.described; // its place is its class's
    default:
      return isSpot(target) ? t('{0} in {1}:{2}', target.described, fileName(target.uri), target.range.start.line + 1) : target.described;
  }
}

function where(place: Place): string {
  return isSpot(place) ? `${fileName(place.uri)}:${String(place.range.start.line + 1)}` : '';
}

function icon({ status, ...rest }: Model | ModelTarget): Icon | undefined {
  const stale = 'targets' in rest ? rest.targets.some((target) => target.stale) : rest.stale;
  return stale && status !== 'checking' ? ICONS.stale : (ICONS[status] ?? ICONS.notChecked);
}

function tooltip(model: Model): string {
  const [first] = model.targets;
  const name = model.module ? `${model.module}.${model.name}` : model.name;
  const inputs = first && first.inputs.length > 0 ? `\`(${first.inputs.map((input) => `${input.name}: ${tensor(input)}`).join(', ')})\`` : '';
  const reason = model.reason ? escaped(t('Not checked: {0}', model.reason)) : '';
  return [`**${escaped(name)}** · ${[verdict(model), whereFrom(model)].filter(Boolean).map(escaped).join(' · ')}`, inputs, reason].filter(Boolean).join('\n\n');
}

function contextOf({ targets, role }: Pick<Model, 'targets' | 'role'>): string {
  const [first] = targets;
  const words = [role, ...(first ? ['target', first.declared ? 'declared' : 'found'] : ['bare'])];
  if (targets.length === 1 && first && first.inputs.length > 0) {
    words.push('inputs');
  }
  if (first && ['exports', 'fails', 'unsound'].includes(first.status)) {
    words.push('checked');
  }
  return `;${words.join(';')};`;
}

function tensor({ dtype, shape }: Tensor): string {
  return `${dtype}[${shape.join(', ')}]`;
}

function fileName(uri: string): string {
  return decodeURIComponent(uri.slice(uri.lastIndexOf('/') + 1));
}

function escaped(text: string): string {
  return text.replace(/[\\*_{}[\]()#+!|<>~]/g, '\\$&');
}

function spotOf(place: Place): Spot | undefined {
  return isSpot(place) ? { uri: place.uri, range: place.range } : undefined;
}
