/** What is known of one node, beside the picture. All of it is text: nothing of the program is markup. */

import type { GraphNode } from './model';
import { word } from './words';

export function details(node: GraphNode): HTMLElement[] {
  const rows: [string, string][] = [
    ['', node.call?.operator ?? node.title],
    [word('name'), node.id.trim()],
    [word('value'), node.value],
    [word('arguments'), node.call?.arguments ?? ''],
    [word('module'), node.module],
    [word('line'), node.spot ? `${fileName(node.spot.uri)}:${node.spot.range.start.line + 1}` : ''],
    ...node.findings.map((finding): [string, string] => [finding.severity, finding.message]),
  ];
  return rows.filter(([, text]) => text !== '').map(([label, text]) => row(label, text));
}

function row(label: string, text: string): HTMLElement {
  const element = document.createElement(label === '' ? 'h2' : 'p');
  if (label !== '') {
    const term = document.createElement('span');
    term.className = `label ${label}`;
    term.textContent = label;
    element.append(term);
  }
  element.append(text);
  return element;
}

function fileName(uri: string): string {
  return decodeURIComponent(uri.slice(uri.lastIndexOf('/') + 1));
}
