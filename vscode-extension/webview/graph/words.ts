/** What the page says, as the extension gave it: translated there, because a page cannot ask for that. */

import type { Words } from '../../src/views/graphMessages';

/** Where nothing is given, as in the tests, each word is its own name. */
let given: Partial<Words> = {};

export function setWords(words: Words): void {
  given = words;
}

export function word(name: keyof Words, ...values: (string | number)[]): string {
  return values.reduce<string>((text, value, index) => text.replace(`{${index}}`, () => String(value)), given[name] ?? name);
}
