/** The report views: one panel for each target, kept up to date. */

import * as vscode from 'vscode';
import { t } from '../l10n';
import type { Report, Spot } from '../server/protocol';
import type { ServerManager } from '../server/serverManager';
import { fill, newPanel, type Parts } from './panel';
import { open } from './places';
import { missingBody, reportBody } from './reportPage';

interface Message {
  readonly kind: 'open' | 'fix';
  readonly spot: Spot;
}

interface Shown {
  readonly uri: string;
  readonly target: string;
  readonly panel: vscode.WebviewPanel;
}

export class ReportViews implements vscode.Disposable {
  private readonly shown = new Map<string, Shown>();
  private readonly listening: vscode.Disposable;

  constructor(
    private readonly server: ServerManager,
    private readonly extension: vscode.Uri,
  ) {
    this.listening = server.onDidChangeTargets((uri) => void this.refresh(uri));
  }

  async show(uri: string, target: string): Promise<void> {
    const key = `${uri} ${target}`;
    const before = this.shown.get(key);
    before?.panel.reveal();
    const view = before ?? { uri, target, panel: this.panel(key, target) };
    this.shown.set(key, view);
    await this.fill(view);
  }

  private panel(key: string, target: string): vscode.WebviewPanel {
    const panel = newPanel(this.extension, parts(target));
    panel.onDidDispose(() => this.shown.delete(key));
    panel.webview.onDidReceiveMessage((message: Message) => void received(message));
    return panel;
  }

  private async refresh(uri: string): Promise<void> {
    const views = [...this.shown.values()].filter((view) => view.uri === uri);
    await Promise.all(views.map((view) => this.fill(view)));
  }

  private async fill({ uri, target, panel }: Shown): Promise<void> {
    const report = await this.server.request<Report | null>('fullgraph/report', { uri, target });
    fill(panel, this.extension, parts(target), report ? reportBody(report) : missingBody(target));
  }

  dispose(): void {
    this.listening.dispose();
    [...this.shown.values()].forEach(({ panel }) => void panel.dispose());
  }
}

function parts(target: string): Parts {
  const name = target.slice(target.indexOf(':') + 1);
  return { type: 'fullgraph.report', title: t('Report: {0}', name), icon: 'report', script: 'dist/report.js', styles: ['media/report.css'] };
}

async function received({ kind, spot }: Message): Promise<void> {
  await open(spot);
  if (kind === 'fix') {
    await vscode.commands.executeCommand('editor.action.quickFix');
  }
}
