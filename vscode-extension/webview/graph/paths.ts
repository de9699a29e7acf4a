/** The names of modules, as torch writes them: `self.layers.0`. */

export const ROOT = 'self';

/** The last part of a path; with the one before it where it is a number: `blocks.0` says more than `0`. */
export function labelOf(path: string): string {
  const parts = path.split('.').slice(path.startsWith(`${ROOT}.`) ? 1 : 0);
  return parts.slice(/^\d+$/.test(parts.at(-1) ?? '') ? -2 : -1).join('.');
}

/** A module and those around it, the innermost first; `self` itself is the picture and no box. */
export function ancestors(path: string): string[] {
  const found: string[] = [];
  for (let rest = path; rest.includes('.'); rest = rest.slice(0, rest.lastIndexOf('.'))) {
    found.push(rest);
  }
  return found;
}
