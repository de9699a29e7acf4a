/** What stands beside the picture: what its colours mean, and why there is none. All of it is text. */

import { isSpot, type Finding, type Spot } from '../../src/server/protocol';
import type { Words } from '../../src/views/graphMessages';
import type { Visible } from './folding';
import type { GraphNode } from './model';
import { word } from './words';

type Entry = readonly [className: string, name: keyof Words, isThere: (node: GraphNode) => boolean];

const ENTRIES: readonly Entry[] = [
  ['input', 'inputs', ({ kind }) => kind === 'input' || kind === 'output'],
  ['custom', 'custom', ({ kind }) => kind === 'custom'],
  ['higher-order', 'higherOrder', ({ kind }) => kind === 'higher-order'],
  ['check', 'checks', ({ kind }) => kind === 'check' || kind === 'python'],
  ['error', 'problems', ({ findings }) => findings.length > 0],
];

/** Of all that can be told apart, what is in this picture. */
export function legend(seen: Visible): HTMLElement[] {
  const found = ENTRIES.filter(([, , isThere]) => seen.nodes.some(isThere)).map(([className, name]) => entry(className, name));
  return seen.folded.length > 0 ? [...found, entry('module', 'folded')] : found;
}

function entry(className: string, name: keyof Words): HTMLElement {
  const item = document.createElement('li');
  const swatch = document.createElement('span');
  swatch.className = `swatch ${className}`;
  item.append(swatch, word(name));
  return item;
}

export function reasons(findings: readonly Finding[], open: (spot: Spot) => void): HTMLElement[] {
  return findings.map((finding) => {
    const item = document.createElement('li');
    item.className = finding.severity;
    const link = document.createElement(isSpot(finding) ? 'button' : 'span');
    link.textContent = finding.message.replaceAll('`', '');
    link.addEventListener('click', () => (isSpot(finding) ? open({ uri: finding.uri, range: finding.range }) : undefined));
    item.append(link);
    return item;
  });
}
