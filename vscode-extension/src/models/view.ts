/** The Models view in the side bar. What it shows is in `tree.ts`. */

import * as vscode from 'vscode';
import { t } from '../l10n';
import { place } from '../views/places';
import type { ServerManager } from '../server/serverManager';
import { Healths } from '../status/health';
import { wording } from '../status/wording';
import { headline, said, total } from './coverage';
import type { ModelStore } from './store';
import { roots, type Item } from './tree';

export const VIEW = 'fullgraph.models';
const FAILING_ONLY = 'fullgraph.failingOnly';
const KNOWN = 'fullgraph.modelsKnown';
const SERVER = 'fullgraph.server';

export class ModelsView implements vscode.TreeDataProvider<Item>, vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<void>();
  private readonly view: vscode.TreeView<Item>;
  private readonly listening: vscode.Disposable[];
  private readonly healths = new Healths();
  private failingOnly = false;

  readonly onDidChangeTreeData = this.changes.event;

  constructor(
    private readonly store: ModelStore,
    server: ServerManager,
  ) {
    this.view = vscode.window.createTreeView(VIEW, { treeDataProvider: this, showCollapseAll: true });
    this.listening = [
      this.view,
      this.changes,
      store.onDidChange(() => this.show()),
      server.onStatus((status) => {
        this.healths.told(status);
        this.say();
      }),
      server.onDidChangeState(({ kind }) => {
        this.healths.serverChanged(kind);
        void vscode.commands.executeCommand('setContext', SERVER, kind);
        this.say();
      }),
    ];
  }

  getChildren(item?: Item): Item[] {
    return item ? (item.children?.() ?? []) : roots(this.store.folders, { failingOnly: this.failingOnly, folderName });
  }

  getTreeItem(item: Item): vscode.TreeItem {
    const shown = new vscode.TreeItem(item.label, collapsible(item));
    shown.id = item.id;
    shown.description = item.description;
    shown.tooltip = item.tooltip ? new vscode.MarkdownString(item.tooltip) : undefined;
    if (item.icon) {
      shown.iconPath = new vscode.ThemeIcon(item.icon.id, item.icon.color === undefined ? undefined : new vscode.ThemeColor(item.icon.color));
    }
    shown.contextValue = item.context;
    shown.accessibilityInformation = { label: [item.label, item.description].filter(Boolean).join(', ') };
    if (item.spot) {
      const options: vscode.TextDocumentShowOptions = { selection: place(item.spot.range), preserveFocus: true };
      shown.command = { command: 'vscode.open', title: t('Open'), arguments: [vscode.Uri.parse(item.spot.uri), options] };
    }
    return shown;
  }

  showFailing(failingOnly: boolean): void {
    this.failingOnly = failingOnly;
    void vscode.commands.executeCommand('setContext', FAILING_ONLY, failingOnly);
    this.show();
  }

  private show(): void {
    const coverage = total(this.store.folders);
    this.view.badge = coverage.fails > 0 ? { value: coverage.fails, tooltip: said(coverage) } : undefined;
    void vscode.commands.executeCommand('setContext', KNOWN, this.store.isScanned);
    this.say();
    this.changes.fire();
  }

  /** How many were checked, and why no more can be. */
  private say(): void {
    const { tone, tooltip } = wording(this.healths.of(undefined));
    this.view.message = headline(total(this.store.folders), this.failingOnly, tone === 'plain' ? '' : tooltip);
  }

  dispose(): void {
    vscode.Disposable.from(...this.listening).dispose();
  }
}

function collapsible({ children, isOpen }: Item): vscode.TreeItemCollapsibleState {
  if (!children) {
    return vscode.TreeItemCollapsibleState.None;
  }
  return isOpen ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed;
}

function folderName(uri: string): string {
  return vscode.workspace.getWorkspaceFolder(vscode.Uri.parse(uri))?.name ?? uri;
}
