/** The Models view in the side bar. What it shows is in `tree.ts`. */

import * as vscode from 'vscode';
import { t } from '../l10n';
import { place } from '../views/places';
import { said, total } from './coverage';
import type { ModelStore } from './store';
import { roots, type Item } from './tree';

export const VIEW = 'fullgraph.models';
const FAILING_ONLY = 'fullgraph.failingOnly';
const KNOWN = 'fullgraph.modelsKnown';

export class ModelsView implements vscode.TreeDataProvider<Item>, vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<void>();
  private readonly view: vscode.TreeView<Item>;
  private readonly listening: vscode.Disposable[];
  private failingOnly = false;

  readonly onDidChangeTreeData = this.changes.event;

  constructor(private readonly store: ModelStore) {
    this.view = vscode.window.createTreeView(VIEW, { treeDataProvider: this, showCollapseAll: true });
    this.listening = [this.view, this.changes, store.onDidChange(() => this.show())];
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
    const known = said(coverage);
    this.view.message = known && this.failingOnly ? t('{0}. Only those that fail are shown.', known) : known;
    this.view.badge = coverage.fails > 0 ? { value: coverage.fails, tooltip: known } : undefined;
    void vscode.commands.executeCommand('setContext', KNOWN, this.store.isScanned);
    this.changes.fire();
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
