/** The graph views: one panel for each target, and the ways between it and the text. */

import * as vscode from 'vscode';
import { t } from '../l10n';
import { LEVELS, type GraphAnswer, type Level } from '../server/protocol';
import type { ServerManager } from '../server/serverManager';
import type { FromPage, ToPage } from './graphMessages';
import { graphBody } from './graphPage';
import { fill, newPanel, type Parts } from './panel';
import { open } from './places';

export class GraphViews implements vscode.Disposable {
  private readonly views = new Map<string, GraphView>();
  private readonly listening: vscode.Disposable;

  constructor(
    private readonly server: ServerManager,
    private readonly extension: vscode.Uri,
  ) {
    this.listening = vscode.Disposable.from(
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => this.follow(textEditor)),
      vscode.workspace.onDidSaveTextDocument((document) => this.saved(document.uri.toString())),
    );
  }

  async show(uri: string, target: string, level: unknown): Promise<void> {
    const key = `${uri} ${target}`;
    const view = this.views.get(key) ?? this.open(key, uri, target);
    view.panel.reveal(undefined, true);
    await view.load(isLevel(level) ? level : view.level);
  }

  private open(key: string, uri: string, target: string): GraphView {
    const view = new GraphView(this.server, this.extension, uri, target);
    this.views.set(key, view);
    view.panel.onDidDispose(() => this.views.delete(key));
    return view;
  }

  private follow(editor: vscode.TextEditor): void {
    const uri = editor.document.uri.toString();
    for (const view of this.views.values()) {
      view.say({ kind: 'reveal', uri, line: editor.selection.active.line });
    }
  }

  private saved(uri: string): void {
    [...this.views.values()].filter((view) => view.uri === uri).forEach((view) => view.stale());
  }

  dispose(): void {
    this.listening.dispose();
    [...this.views.values()].forEach((view) => void view.panel.dispose());
  }
}

class GraphView {
  readonly panel: vscode.WebviewPanel;
  level: Level = 'training';
  private readonly ready: Promise<void>;
  private latest = 0;
  private due: NodeJS.Timeout | undefined;

  constructor(
    private readonly server: ServerManager,
    extension: vscode.Uri,
    readonly uri: string,
    private readonly target: string,
  ) {
    this.panel = newPanel(extension, parts(target));
    this.ready = new Promise((resolve) => {
      this.panel.webview.onDidReceiveMessage((message: FromPage) => this.received(message, resolve));
    });
    const worker = this.panel.webview.asWebviewUri(vscode.Uri.joinPath(extension, 'dist', 'elk-worker.js'));
    fill(this.panel, extension, parts(target), graphBody(worker.toString()));
    this.panel.onDidDispose(() => clearTimeout(this.due));
  }

  /** Asks for the program; an answer that a later question has overtaken is dropped. */
  async load(level: Level): Promise<void> {
    this.level = level;
    const number = ++this.latest;
    await this.ready;
    this.say({ kind: 'loading', level });
    const answer = await this.answer(level);
    if (number === this.latest) {
      this.say(answer);
    }
  }

  /** The text was saved: the graph follows when that has come to rest. */
  stale(): void {
    clearTimeout(this.due);
    this.due = setTimeout(() => void this.load(this.level), 1_500);
  }

  say(message: ToPage): void {
    void this.panel.webview.postMessage(message);
  }

  private async answer(level: Level): Promise<ToPage> {
    try {
      const question = { uri: this.uri, target: this.target, level };
      const answer = await this.server.request<GraphAnswer>('fullgraph/graph', question);
      return answer ? { kind: 'program', answer } : { kind: 'failed', message: t('The language server is not running.') };
    } catch (error) {
      return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
    }
  }

  private received(message: FromPage, ready: () => void): void {
    switch (message.kind) {
      case 'ready':
        return ready();
      case 'open':
        return void open(message.spot);
      case 'level':
        return void this.load(message.level);
    }
  }
}

function isLevel(level: unknown): level is Level {
  return LEVELS.some((each) => each === level);
}

function parts(target: string): Parts {
  const name = target.slice(target.indexOf(':') + 1);
  return { type: 'fullgraph.graph', title: t('Graph: {0}', name), icon: 'graph', script: 'dist/graph.js', styles: ['media/graph.css'] };
}
