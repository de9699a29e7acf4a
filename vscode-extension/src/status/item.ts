/** The item in the status bar; a click opens the menu. */

import * as vscode from 'vscode';
import type { ServerManager } from '../server/serverManager';
import { t } from '../l10n';
import { total } from '../models/coverage';
import type { ModelStore } from '../models/store';
import { Healths } from './health';
import { wording, type Health } from './wording';

const BACKGROUNDS = {
  plain: undefined,
  warning: new vscode.ThemeColor('statusBarItem.warningBackground'),
  error: new vscode.ThemeColor('statusBarItem.errorBackground'),
};

export class StatusItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('fullgraph.status', vscode.StatusBarAlignment.Left, 10);
  private readonly healths = new Healths();
  private readonly disposables: vscode.Disposable[];

  constructor(
    server: ServerManager,
    private readonly models: ModelStore,
  ) {
    this.item.name = 'Fullgraph';
    this.item.command = 'fullgraph.showMenu';
    this.disposables = [
      this.item,
      server.onStatus((status) => this.changed(() => this.healths.told(status))),
      server.onDidChangeState((state) => this.changed(() => this.healths.serverChanged(state.kind))),
      models.onDidChange(() => this.show()),
      vscode.window.onDidChangeActiveTextEditor(() => this.show()),
    ];
  }

  /** It is there from now on: in a folder that Fullgraph has nothing to do in, it is not. */
  begin(): void {
    this.show();
    this.item.show();
  }

  /** Of the folder that the user is in. */
  get health(): Health {
    const document = vscode.window.activeTextEditor?.document;
    const folder = document && vscode.workspace.getWorkspaceFolder(document.uri);
    return this.healths.of(folder?.uri.toString());
  }

  private changed(change: () => void): void {
    change();
    this.show();
  }

  private show(): void {
    const { text, tooltip, tone } = wording(this.health, total(this.models.folders));
    this.item.text = text;
    this.item.tooltip = `${tooltip}\n${t('Click for more.')}`;
    this.item.backgroundColor = BACKGROUNDS[tone];
    this.item.accessibilityInformation = { label: text.replace(/\$\([^)]*\)\s*/g, '') };
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }
}
