/**
 * The words that users read, ready to be translated.
 *
 * The rule: modules that need no VS Code say their words through `t`; what translates them is given once,
 * at activation. Under node, in the unit tests, the English text stands for itself.
 */

type Argument = string | number;
type Translate = (message: string, ...args: Argument[]) => string;

let translate: Translate = (message, ...args) =>
  message.replace(/\{(\d+)\}/g, (_, index: string) => String(args[Number(index)]));

export function translateWith(given: Translate): void {
  translate = given;
}

export function t(message: string, ...args: Argument[]): string {
  return translate(message, ...args);
}
