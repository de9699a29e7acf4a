/**
 * The interpreter of each folder, and the one that the server itself runs on.
 *
 * The rule: of a workspace that is not trusted, neither its settings nor its files say what is run. Where
 * neither the setting nor the Python extension says anything, the server is told nothing: the project's
 * pyproject.toml may.
 */

import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import type { Choice } from '../server/serverState';
import type { Chooser } from './extensions';
import { withTimeout } from './timeout';
import { probe, type NoPython, type Python } from './probe';
import { inFolder, onMachine, outside, type Surroundings } from './search';
import { interpreterSetting } from './setting';
import { isRecentEnough } from './version';

/** The Python extension may search the whole machine before it answers. */
const PATIENCE = 10_000;

export class Interpreters implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly disposables: vscode.Disposable[] = [this.changed];
  private asking: Promise<Chooser | undefined> | undefined;

  /** Another interpreter may have been chosen. */
  readonly onDidChange = this.changed.event;

  constructor(private readonly log: vscode.LogOutputChannel) {
    this.disposables.push(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('fullgraph.interpreter')) {
          this.changed.fire();
        }
      }),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.changed.fire()),
      vscode.extensions.onDidChange(() => void this.lookAgain()),
    );
  }

  /** The interpreter that the user chose for a folder's models; undefined where they chose none. */
  async ofFolder(folder: vscode.Uri | undefined): Promise<string | undefined> {
    return vscode.workspace.isTrusted ? this.chosen(folder) : undefined;
  }

  /** The one that a folder's own programs would be run with. */
  async forPrograms(folder: vscode.Uri | undefined): Promise<string | undefined> {
    return (await this.ofTrusted(folder))[0];
  }

  /** The interpreter for the server: that of the first folder, where it will do. */
  async forServer(): Promise<Choice> {
    const refused: (Python | NoPython)[] = [];
    for (const path of await this.candidates()) {
      const found = await probe(path);
      if (found.kind === 'python' && isRecentEnough(found.version)) {
        return { python: found, refused };
      }
      this.log.debug(`cannot run the server on ${path}: ${found.kind === 'none' ? found.reason : 'too old'}`);
      refused.push(found);
    }
    return { python: undefined, refused };
  }

  private async candidates(): Promise<string[]> {
    const folders = vscode.workspace.workspaceFolders ?? [];
    if (!vscode.workspace.isTrusted) {
      const paths = folders.map((folder) => folder.uri.fsPath);
      const own = interpreterSetting(globalSetting(), variables(undefined));
      return outside([...(own ? [own] : []), ...onMachine(surroundings())], paths);
    }
    const chosen = await Promise.all(folders.map((folder) => this.ofTrusted(folder.uri)));
    return [...new Set([...chosen.flat(), ...(await this.ofTrusted(undefined)), ...onMachine(surroundings())])];
  }

  private async ofTrusted(folder: vscode.Uri | undefined): Promise<string[]> {
    const chosen = await this.chosen(folder);
    const around = surroundings();
    const own = folder ? inFolder(folder.fsPath, around) : [];
    return [...(chosen ? [chosen] : []), ...own, ...onMachine(around)];
  }

  private async chosen(folder: vscode.Uri | undefined): Promise<string | undefined> {
    const set = vscode.workspace.getConfiguration('fullgraph', folder).get('interpreter');
    return interpreterSetting(set, variables(folder?.fsPath)) ?? (await this.chosenElsewhere(folder));
  }

  private async chosenElsewhere(folder: vscode.Uri | undefined): Promise<string | undefined> {
    try {
      const extension = await withTimeout(PATIENCE, this.chooser());
      return await withTimeout(PATIENCE, extension?.chosen(folder) ?? Promise.resolve(undefined));
    } catch (error) {
      this.log.warn(`the Python extension does not say which interpreter: ${String(error)}`);
      return undefined;
    }
  }

  private chooser(): Promise<Chooser | undefined> {
    this.asking ??= this.ask();
    return this.asking;
  }

  private async ask(): Promise<Chooser | undefined> {
    const since = Date.now();
    try {
      const { chooser } = await import('./extensions');
      const found = await chooser();
      if (found) {
        this.disposables.push(found, found.onDidChange(() => this.changed.fire()));
      }
      if (Date.now() - since > PATIENCE) {
        this.changed.fire(); // nobody waited for it
      }
      return found;
    } catch (error) {
      this.log.warn(`the Python extension does not answer: ${String(error)}`);
      return undefined;
    }
  }

  /** An extension was installed or removed: it may be the one that was missed. */
  private async lookAgain(): Promise<void> {
    if (this.asking && (await this.asking) === undefined) {
      this.asking = undefined;
      if (await this.chooser()) {
        this.changed.fire();
      }
    }
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }
}

/** As the user set it for all workspaces: that no workspace can change. */
function globalSetting(): unknown {
  return vscode.workspace.getConfiguration('fullgraph').inspect('interpreter')?.globalValue;
}

function variables(workspaceFolder: string | undefined): { workspaceFolder: string | undefined; environment: NodeJS.ProcessEnv } {
  return { workspaceFolder, environment: process.env };
}

function surroundings(): Surroundings {
  return { platform: process.platform, environment: process.env, exists: existsSync };
}
