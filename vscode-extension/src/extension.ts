/** Wires the parts together, and nothing else. */

import * as vscode from 'vscode';
import { registerCommands, type App } from './commands/table';
import { translateWith } from './l10n';
import { Presence } from './models/presence';
import { ModelStore } from './models/store';
import { ModelsView } from './models/view';
import { Notices } from './notices';
import { Interpreters } from './python/interpreters';
import { followRecordings } from './server/recordings';
import { ServerManager } from './server/serverManager';
import { StatusItem } from './status/item';
import { Tests } from './testing/controller';
import { GraphViews } from './views/graph';
import { ReportViews } from './views/report';

const LOADED = performance.now();

let running: ServerManager | undefined;

export function activate(context: vscode.ExtensionContext): void {
  translateWith((message, ...args) => vscode.l10n.t(message, ...args));
  const log = vscode.window.createOutputChannel('Fullgraph', { log: true });
  const interpreters = new Interpreters(log);
  const server = new ServerManager(interpreters, log, context.extensionPath);
  const models = new ModelStore(server);
  const app: App = {
    extension: context.extensionPath,
    log,
    interpreters,
    server,
    status: new StatusItem(server, models),
    models: new ModelsView(models, server),
    graphs: new GraphViews(server, context.extensionUri),
    reports: new ReportViews(server, context.extensionUri),
  };
  context.subscriptions.push(log, interpreters, server, models, app.status, app.models, app.graphs, app.reports);
  context.subscriptions.push(new Tests(server), registerCommands(app), ...reactions(app));
  running = server;
  log.info(`activated in ${(performance.now() - LOADED).toFixed(1)} ms`);
  // To look for interpreters and to start one is no part of activation, for which other extensions wait.
  setImmediate(() => context.subscriptions.push(whenNeeded(server, models, app.status)));
}

/** The server is started for what there is to do: a folder without torch in it, and without open files, has none. */
function whenNeeded(server: ServerManager, models: ModelStore, status: StatusItem): vscode.Disposable {
  const presence = new Presence(() => {
    status.begin();
    void server.restart();
  });
  const seen = models.onDidChange(() => (models.folders.some((folder) => folder.models.length > 0) ? presence.found() : undefined));
  return vscode.Disposable.from(presence, seen);
}

function reactions({ server, interpreters }: App): vscode.Disposable[] {
  const notices = new Notices();
  return [
    followRecordings(server),
    server.onDidChoose((choice) => notices.chose(choice)),
    server.onDidChangeState((state) => (state.kind === 'noPython' ? notices.chose(state.choice) : undefined)),
    server.onStatus((status) => notices.told(status)),
    interpreters.onDidChange(() => {
      notices.forget();
      void server.follow();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void server.restart()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('fullgraph.importStrategy')) {
        void server.restart();
      } else if (event.affectsConfiguration('fullgraph')) {
        void server.configurationChanged();
      }
    }),
  ];
}

export async function deactivate(): Promise<void> {
  await running?.end();
  running = undefined;
}
