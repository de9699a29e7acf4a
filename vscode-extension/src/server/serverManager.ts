/**
 * The server: started, restarted, stopped.
 *
 * The rule: at most one server lives at a time; requests go to the one that runs now, and get undefined
 * where none does.
 */

import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import { t } from '../l10n';
import type { Interpreters } from '../python/interpreters';
import type { Python } from '../python/probe';
import { CoalescingQueue } from './coalescingQueue';
import { commandLine, isSame, type CommandLine, type ImportStrategy } from './launch';
import type { Choice, ServerState } from './serverState';
import type { FolderStatus } from './protocol';

/** Longer than a server takes to start. */
const PATIENCE = 60_000;

export class ServerManager implements vscode.Disposable {
  private readonly queue = new CoalescingQueue();
  private readonly states = new vscode.EventEmitter<ServerState>();
  private readonly statuses = new vscode.EventEmitter<FolderStatus>();
  private readonly targets = new vscode.EventEmitter<string>();
  private readonly models = new vscode.EventEmitter<void>();
  private readonly choices = new vscode.EventEmitter<Choice>();
  private client: LanguageClient | undefined;
  /** The command line of the server that runs now. */
  private line: CommandLine | undefined;
  private mustRestart = false;
  private trace: vscode.LogOutputChannel | undefined;
  private disposed = false;

  readonly onDidChangeState = this.states.event;
  readonly onStatus = this.statuses.event;
  /** The targets of the document with this URI are others now, or something came of them. */
  readonly onDidChangeTargets = this.targets.event;
  /** There are other models now, or something came of one. */
  readonly onDidChangeModels = this.models.event;
  /** A server was started on an interpreter. */
  readonly onDidChoose = this.choices.event;

  constructor(
    private readonly interpreters: Interpreters,
    private readonly log: vscode.LogOutputChannel,
    private readonly extension: string,
  ) {}

  restart(): Promise<void> {
    this.mustRestart = true;
    return this.queue.run(() => this.goOn());
  }

  /**
   * Another interpreter may have been chosen for a folder. The server is told, and takes up that folder's
   * alone; it is started anew only where it would itself run on another one.
   */
  follow(): Promise<void> {
    return this.queue.run(() => this.goOn());
  }

  async request<Answer>(method: string, params: object): Promise<Answer | undefined> {
    return this.client?.isRunning() ? this.client.sendRequest<Answer>(method, params) : undefined;
  }

  /** What the user asks for while the server starts, also after a crash, is done when it runs. */
  async execute(command: string, ...args: unknown[]): Promise<unknown> {
    await this.started();
    return this.request('workspace/executeCommand', { command, arguments: args });
  }

  private started(): Promise<void> {
    if (!this.client || this.client.isRunning()) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        listening.dispose();
        resolve();
      };
      const timer = setTimeout(done, PATIENCE);
      const listening = this.states.event(({ kind }) => (kind === 'running' ? done() : undefined));
    });
  }

  /** The server asks for all settings again, and so for the interpreters. */
  async configurationChanged(): Promise<void> {
    if (this.client?.isRunning()) {
      await this.client.sendNotification('workspace/didChangeConfiguration', { settings: null });
    }
  }

  /** Whoever asks last comes to this; that somebody before wanted a restart is not forgotten. */
  private async goOn(): Promise<void> {
    const mustRestart = this.mustRestart;
    this.mustRestart = false;
    await (mustRestart ? this.startAnew() : this.followed());
  }

  private async followed(): Promise<void> {
    const choice = await this.interpreters.forServer();
    const line = choice.python && this.lineFor(choice.python);
    if (!line || !this.client?.isRunning() || !isSame(line, this.line)) {
      await this.startAnew();
      return;
    }
    this.choices.fire(choice);
    await this.configurationChanged();
  }

  private async startAnew(): Promise<void> {
    await this.stop();
    if (this.disposed) {
      return;
    }
    this.states.fire({ kind: 'starting' });
    const choice = await this.interpreters.forServer();
    if (choice.python === undefined) {
      this.states.fire({ kind: 'noPython', choice });
      return;
    }
    this.choices.fire(choice);
    await this.start(this.lineFor(choice.python));
  }

  private lineFor(python: Python): CommandLine {
    return commandLine(python, strategy(), this.extension, vscode.workspace.isTrusted);
  }

  private async start(line: CommandLine): Promise<void> {
    this.line = line;
    this.log.info(`${line.command} ${line.args.join(' ')}`);
    // Four fifths of the code are the client's; it is loaded when activation is over.
    const { initialOptions, newClient, SERVER_STATES } = await import('./client.js');
    const client = newClient(line, await initialOptions(this.interpreters), this.interpreters, this.channels());
    client.onDidChangeState(({ newState }) => this.states.fire({ kind: SERVER_STATES[newState] }));
    client.onNotification('fullgraph/status', (status: FolderStatus) => this.statuses.fire(status));
    client.onNotification('fullgraph/targetsChanged', ({ uri }: { uri: string }) => this.targets.fire(uri));
    client.onNotification('fullgraph/modelsChanged', () => this.models.fire());
    this.client = client;
    try {
      await client.start();
    } catch (error) {
      this.log.error(t('The server did not start: {0}', String(error)));
      this.states.fire({ kind: 'stopped' });
    }
  }

  private channels(): { log: vscode.LogOutputChannel; trace: vscode.LogOutputChannel } {
    this.trace ??= vscode.window.createOutputChannel('Fullgraph (protocol)', { log: true });
    return { log: this.log, trace: this.trace };
  }

  private async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    try {
      await client?.dispose(5_000);
    } catch (error) {
      // A server that crashed, or never came up, has nobody to say good-bye to.
      this.log.debug(`stopping the server: ${String(error)}`);
    }
  }

  /** What VS Code waits for before the extension host ends. */
  async end(): Promise<void> {
    this.disposed = true;
    await this.stop();
  }

  dispose(): void {
    this.disposed = true;
    this.trace?.dispose();
    vscode.Disposable.from(this.states, this.statuses, this.targets, this.models, this.choices).dispose();
  }
}

function strategy(): ImportStrategy {
  return vscode.workspace.getConfiguration('fullgraph').get<ImportStrategy>('importStrategy', 'useBundled');
}
