/**
 * The interpreter of each folder, and the one that the server itself runs on.
 *
 * The rule: of a workspace that is not trusted, neither its settings nor its files say what is run.
 */

import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import type { Choice } from '../server/life';
import { chooser, type Chooser } from './extensions';
import { probe, type NoPython, type Python } from './probe';
import { inFolder, onMachine, outside, type Surroundings } from './search';
import { interpreterSetting } from './setting';
import { isRecentEnough } from './version';

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
    );
  }

  /** The interpreter whose torch a folder's models are traced with. */
  async ofFolder(folder: vscode.Uri | undefined): Promise<string | undefined> {
    return vscode.workspace.isTrusted ? (await this.ofTrusted(folder))[0] : undefined;
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
    const set = vscode.workspace.getConfiguration('fullgraph', folder).get('interpreter');
    const said = interpreterSetting(set, variables(folder?.fsPath));
    if (said !== undefined) {
      return [said];
    }
    const chosen = await (await this.chooser())?.chosen(folder);
    const around = surroundings();
    const own = folder ? inFolder(folder.fsPath, around) : [];
    return [...(chosen ? [chosen] : []), ...own, ...onMachine(around)];
  }

  private chooser(): Promise<Chooser | undefined> {
    this.asking ??= this.ask();
    return this.asking;
  }

  private async ask(): Promise<Chooser | undefined> {
    try {
      const found = await chooser();
      if (found) {
        this.disposables.push(found, found.onDidChange(() => this.changed.fire()));
      }
      return found;
    } catch (error) {
      this.log.warn(`the Python extension does not answer: ${String(error)}`);
      return undefined;
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
