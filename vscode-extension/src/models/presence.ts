/**
 * Whether the workspace has PyTorch models, before anything is started for it.
 *
 * The rule: files are read as text, a few at a time, until one imports torch; a folder without torch costs that
 * and nothing else. Nothing of the user's runs.
 */

import * as vscode from 'vscode';
import { importsTorch } from './torch';

const PYTHON = '**/*.py';
const LEFT_OUT = '**/{.*,node_modules,site-packages,__pycache__,venv,env,build,dist}/**';
const MOST_FILES = 2_000;
const MOST_BYTES = 1_000_000;
const AT_A_TIME = 16;

const HAS_TORCH = 'fullgraph.hasTorch';

/** Calls `start` once there is something for the server to do; `found` when the workspace has PyTorch code. */
export class Presence implements vscode.Disposable {
  private readonly listening: vscode.Disposable[] = [];
  private readonly cancellation = new vscode.CancellationTokenSource();
  private started = false;
  private known = false;

  constructor(private readonly start: () => void) {
    this.listening.push(vscode.workspace.onDidOpenTextDocument((document) => this.opened(document)));
    vscode.workspace.textDocuments.forEach((document) => this.opened(document));
    void this.look();
  }

  /** The workspace has PyTorch code: the Models view is there from now on. */
  found(): void {
    if (!this.known) {
      this.known = true;
      void vscode.commands.executeCommand('setContext', HAS_TORCH, true);
    }
    this.begin();
  }

  private opened({ languageId, uri }: vscode.TextDocument): void {
    if (languageId === 'python' && ['file', 'untitled', 'vscode-notebook-cell'].includes(uri.scheme)) {
      this.begin();
    }
  }

  private begin(): void {
    if (!this.started) {
      this.started = true;
      this.start();
    }
  }

  private async look(): Promise<void> {
    const recorded = await vscode.workspace.findFiles('**/.fullgraph/recorded.json', undefined, 1, this.cancellation.token);
    if (recorded.length > 0) {
      this.found();
      return;
    }
    const files = await vscode.workspace.findFiles(PYTHON, LEFT_OUT, MOST_FILES, this.cancellation.token);
    for (let first = 0; first < files.length && !this.known; first += AT_A_TIME) {
      const some = await Promise.all(files.slice(first, first + AT_A_TIME).map(hasTorch));
      if (some.includes(true)) {
        this.found();
      }
    }
    if (!this.known) {
      this.watch();
    }
  }

  /** One may come to be: a file that is written, a repository that is checked out. */
  private watch(): void {
    const watcher = vscode.workspace.createFileSystemWatcher(PYTHON, false, false, true);
    const changed = async (uri: vscode.Uri): Promise<void> => {
      if (!this.known && (await hasTorch(uri))) {
        this.found();
        watcher.dispose();
      }
    };
    this.listening.push(watcher, watcher.onDidCreate(changed), watcher.onDidChange(changed));
  }

  dispose(): void {
    this.cancellation.cancel();
    vscode.Disposable.from(this.cancellation, ...this.listening).dispose();
  }
}

async function hasTorch(uri: vscode.Uri): Promise<boolean> {
  try {
    const { size } = await vscode.workspace.fs.stat(uri);
    return size <= MOST_BYTES && importsTorch(new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)));
  } catch {
    return false; // it is gone, or may not be read
  }
}
