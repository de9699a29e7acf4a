/** The models as the server knows them: asked for when it says that they are others, one question at a time. */

import * as vscode from 'vscode';
import { CoalescingQueue } from '../server/coalescingQueue';
import type { FolderModels } from '../server/protocol';
import type { ServerManager } from '../server/serverManager';

export class ModelStore implements vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<void>();
  private readonly queue = new CoalescingQueue();
  private readonly listening: vscode.Disposable[];
  private known: readonly FolderModels[] = [];

  readonly onDidChange = this.changes.event;

  constructor(private readonly server: ServerManager) {
    this.listening = [
      this.changes,
      server.onDidChangeModels(() => void this.refresh()),
      server.onDidChangeState(({ kind }) => (kind === 'running' ? void this.refresh() : undefined)),
    ];
  }

  get folders(): readonly FolderModels[] {
    return this.known;
  }

  /** Whether the server has looked through all of the workspace. */
  get isScanned(): boolean {
    return this.known.length > 0 && this.known.every(({ scanned }) => scanned);
  }

  private refresh(): Promise<void> {
    return this.queue.run(async () => {
      const answer = await this.server.request<{ folders: FolderModels[] }>('fullgraph/models', {});
      if (answer) {
        this.known = answer.folders;
        this.changes.fire();
      }
    });
  }

  dispose(): void {
    vscode.Disposable.from(...this.listening).dispose();
  }
}
