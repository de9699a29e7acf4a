/** Which versions of Python run the language server. */

export interface Version {
  readonly major: number;
  readonly minor: number;
}

/** As `requires-python` in the project's pyproject.toml says. */
export const OLDEST: Version = { major: 3, minor: 10 };

export function isRecentEnough(version: Version): boolean {
  return version.major > OLDEST.major || (version.major === OLDEST.major && version.minor >= OLDEST.minor);
}

export function written(version: Version): string {
  return `${version.major}.${version.minor}`;
}
