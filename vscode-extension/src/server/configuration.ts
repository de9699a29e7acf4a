/**
 * The settings as the server gets them: the user's, with the interpreter that was found for the folder.
 *
 * The rule: what stands in VS Code's settings goes to the server as it is; only the interpreter is filled in.
 */

export type Settings = Readonly<Record<string, unknown>>;

export function withInterpreter(settings: unknown, interpreter: string | undefined): Settings {
  const given = typeof settings === 'object' && settings !== null ? (settings as Settings) : {};
  return { ...given, interpreter: interpreter === undefined ? [] : [interpreter] };
}

export interface Options {
  readonly settings: Settings;
  readonly folders: Readonly<Record<string, Settings>>;
  readonly trusted: boolean;
  /** This extension says itself, with a button, that an interpreter will not do. */
  readonly showsStatus: true;
  /** It has a view of the models: those that nobody opened are worth a check. */
  readonly showsModels: true;
}
