/**
 * The targets in VS Code's Test Explorer: one item for each, below its file; to run it is to check it.
 *
 * The rule: the server is asked for what there is; nothing is remembered here but the items.
 */

import * as vscode from 'vscode';
import { t } from '../l10n';
import type { Target } from '../server/protocol';
import type { ServerManager } from '../server/serverManager';
import { place } from '../views/places';
import { byDocument, label, outcome, type Message } from './tree';

/** Longer than the time limit of any one check, for several in a row. */
const PATIENCE = 600_000;

export class Tests implements vscode.Disposable {
  private readonly controller = vscode.tests.createTestController('fullgraph', 'Fullgraph');
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly server: ServerManager) {
    this.controller.createRunProfile(t('Export'), vscode.TestRunProfileKind.Run, (request, token) => this.run(request, token), true);
    this.controller.refreshHandler = () => this.refresh();
    this.disposables = [
      this.controller,
      server.onDidChangeTargets(() => void this.refresh()),
      server.onDidChangeState(({ kind }) => (kind === 'running' ? void this.refresh() : undefined)),
    ];
  }

  private async refresh(): Promise<void> {
    const targets = (await this.server.request<Target[]>('fullgraph/targets', {})) ?? [];
    const files = [...byDocument(targets)].map(([uri, own]) => this.file(vscode.Uri.parse(uri), own));
    this.controller.items.replace(files);
  }

  private file(uri: vscode.Uri, targets: readonly Target[]): vscode.TestItem {
    const name = vscode.workspace.asRelativePath(uri);
    const item = this.controller.items.get(uri.toString()) ?? this.controller.createTestItem(uri.toString(), name, uri);
    item.children.replace(targets.map((target) => this.item(uri, target)));
    return item;
  }

  private item(uri: vscode.Uri, target: Target): vscode.TestItem {
    const item = this.controller.createTestItem(target.name, label(target), uri);
    item.description = target.origin;
    item.range = target.range ? place(target.range) : undefined;
    return item;
  }

  private async run(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    const run = this.controller.createTestRun(request);
    const wanted = this.leaves(request);
    wanted.forEach((item) => run.started(item));
    const uris = new Set(wanted.map((item) => item.uri?.toString() ?? ''));
    await Promise.all([...uris].map((uri) => this.check(uri, wanted, run, token)));
    run.end();
  }

  private leaves(request: vscode.TestRunRequest): vscode.TestItem[] {
    const roots = request.include ?? items(this.controller.items);
    const all = roots.flatMap((item) => (item.children.size > 0 ? items(item.children) : [item]));
    return all.filter((item) => !request.exclude?.includes(item));
  }

  /** Checks one file, and tells what came of each of its targets that was asked for. */
  private async check(uri: string, wanted: readonly vscode.TestItem[], run: vscode.TestRun, token: vscode.CancellationToken): Promise<void> {
    await this.server.execute('fullgraph.checkFile', uri);
    const targets = await this.settled(uri, token);
    for (const item of wanted.filter((each) => each.uri?.toString() === uri)) {
      tell(run, item, targets.find((target) => target.name === item.id));
    }
  }

  /** The targets of a file, as soon as nothing of it is being checked. */
  private settled(uri: string, token: vscode.CancellationToken): Promise<Target[]> {
    return new Promise((resolve) => {
      const look = async (last: boolean): Promise<void> => {
        const targets = (await this.server.request<Target[]>('fullgraph/targets', { uri })) ?? [];
        if (last || targets.every((target) => !['running', 'none'].includes(outcome(target).kind))) {
          clearTimeout(timer);
          vscode.Disposable.from(...listening).dispose();
          resolve(targets);
        }
      };
      const timer = setTimeout(() => void look(true), PATIENCE);
      const listening = [
        this.server.onDidChangeTargets(() => void look(false)),
        this.server.onStatus(() => void look(false)),
        token.onCancellationRequested(() => void look(true)),
      ];
      void look(false);
    });
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }
}

function items(collection: vscode.TestItemCollection): vscode.TestItem[] {
  return [...collection].map(([, item]) => item);
}

function tell(run: vscode.TestRun, item: vscode.TestItem, target: Target | undefined): void {
  const what = target && outcome(target);
  switch (what?.kind) {
    case 'passed':
      return run.passed(item, what.milliseconds);
    case 'failed':
      return run.failed(item, what.messages.map(testMessage), what.milliseconds);
    case 'errored':
      return run.errored(item, what.messages.map(testMessage));
    default:
      return run.skipped(item);
  }
}

function testMessage({ text, spot }: Message): vscode.TestMessage {
  const message = new vscode.TestMessage(text);
  if (spot) {
    message.location = new vscode.Location(vscode.Uri.parse(spot.uri), place(spot.range));
  }
  return message;
}
