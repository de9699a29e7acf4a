/** The setting `fullgraph.interpreter`, with its variables replaced. */

import { homedir } from 'node:os';

export interface Variables {
  readonly workspaceFolder: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The path that is set, or undefined where nothing is. Arguments after the path are not supported. */
export function interpreterSetting(value: unknown, variables: Variables): string | undefined {
  const said: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof said !== 'string' || said.trim() === '') {
    return undefined;
  }
  return replaced(said.trim(), variables);
}

function replaced(path: string, variables: Variables): string {
  return path
    .replace(/\$\{workspaceFolder\}/g, variables.workspaceFolder ?? '')
    .replace(/\$\{userHome\}/g, homedir())
    .replace(/\$\{env:([^}]+)\}/g, (_, name: string) => variables.environment[name] ?? '')
    .replace(/^~(?=[/\\]|$)/, homedir());
}
