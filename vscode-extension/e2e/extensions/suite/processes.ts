/** The servers that this extension host has started. */

import { family } from '../../processes.ts';

export function servers(): number[] {
  return family(process.pid).filter(({ command }) => /bundled.start\.py|fullgraph_server/.test(command)).map(({ pid }) => pid);
}
