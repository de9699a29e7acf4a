/** Where characters are on the screen. An editor draws a line of text as it likes: no element is a word's. */

import type { Locator } from 'playwright-core';

export interface Box {
  readonly left: number;
  readonly right: number;
}

export interface Spot extends Box {
  readonly top: number;
  readonly bottom: number;
}

export function place(line: Locator, text: string): Promise<Spot> {
  return line.evaluate((element, wanted) => {
    const nodes: { node: Text; from: number }[] = [];
    let whole = '';
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode as Text;
      nodes.push({ node, from: whole.length });
      whole += node.data.replaceAll('\u00a0', ' ');
    }
    const start = whole.indexOf(wanted);
    if (start < 0) {
      throw new Error(`${wanted} is not in ${whole}`);
    }
    const at = (offset: number, last: boolean): [Text, number] => {
      const found = nodes.filter(({ from }) => (last ? from < offset : from <= offset)).at(-1) ?? nodes[0];
      return [found?.node ?? document.createTextNode(''), offset - (found?.from ?? 0)];
    };
    const range = document.createRange();
    range.setStart(...at(start, false));
    range.setEnd(...at(start + wanted.length, true));
    const { left, right, top, bottom } = range.getBoundingClientRect();
    return { left, right, top, bottom };
  }, text);
}
