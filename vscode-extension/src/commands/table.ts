/** The commands. This table is the list of them; package.json has their titles. */

import * as vscode from 'vscode';
import type { Interpreters } from '../python/interpreters';
import type { ServerManager } from '../server/serverManager';
import { freeDimension } from '../models/freeDimension';
import type { Item } from '../models/tree';
import type { ModelsView } from '../models/view';
import type { StatusItem } from '../status/item';
import { showMenu } from '../status/menu';
import type { GraphViews } from '../views/graph';
import type { ReportViews } from '../views/report';
import { activeFile, activeFolder, whichTarget } from './prompts';
import { exportTarget } from './exporting';
import { chooseInterpreter } from './interpreter';
import { record } from './recording';

export interface App {
  readonly extension: string;
  readonly log: vscode.LogOutputChannel;
  readonly interpreters: Interpreters;
  readonly server: ServerManager;
  readonly status: StatusItem;
  readonly models: ModelsView;
  readonly graphs: GraphViews;
  readonly reports: ReportViews;
}

type Command = (app: App, ...args: unknown[]) => unknown;

const COMMANDS: Readonly<Record<string, Command>> = {
  'fullgraph.checkFile': (app, uri) => onFile(app, 'fullgraph.checkFile', uri),
  'fullgraph.checkWorkspace': (app) => app.server.execute('fullgraph.checkWorkspace'),
  'fullgraph.checkParts': (app) => app.server.execute('fullgraph.checkWorkspace', true),
  'fullgraph.showGraph': (app, uri, target, level) => onTarget(app, uri, target, (at, of) => app.graphs.show(at, of, level)),
  'fullgraph.showReport': (app, uri, target) => onTarget(app, uri, target, (at, of) => app.reports.show(at, of)),
  'fullgraph.export': (app, uri, target) => exportTarget(app.server, uri, target),
  'fullgraph.editInputs': (app, uri, target) => passOn(app, 'fullgraph.editInputs', uri, target),
  'fullgraph.declareTarget': (app, uri, target) => passOn(app, 'fullgraph.declareTarget', uri, target),
  'fullgraph.models.check': (app, item) => onItem(item, (uri) => app.server.execute('fullgraph.checkFile', uri)),
  'fullgraph.models.declare': (app, item) => declare(app, item as Item),
  'fullgraph.models.free': (app, item) => freeDimension(app.server, (item as Item).target),
  'fullgraph.models.report': (app, item) => onItem(item, (uri, target) => app.reports.show(uri, target)),
  'fullgraph.models.graph': (app, item) => onItem(item, (uri, target) => app.graphs.show(uri, target, undefined)),
  'fullgraph.models.export': (app, item) => onItem(item, (uri, target) => exportTarget(app.server, uri, target)),
  'fullgraph.models.failing': (app) => app.models.showFailing(true),
  'fullgraph.models.all': (app) => app.models.showFailing(false),
  'fullgraph.recordInputs': (app) => record(app.interpreters, app.extension),
  'fullgraph.restartWorker': (app) => app.server.execute('fullgraph.restartWorker', ...folderArgument()),
  'fullgraph.restartServer': (app) => app.server.restart(),
  'fullgraph.clearCache': (app) => app.server.execute('fullgraph.clearCache'),
  'fullgraph.chooseInterpreter': () => chooseInterpreter(),
  'fullgraph.showOutput': (app) => app.log.show(),
  'fullgraph.openSettings': () => vscode.commands.executeCommand('workbench.action.openSettings', '@ext:fullgraph.fullgraph'),
  'fullgraph.showMenu': (app) => showMenu(app.status.health),
};

export function registerCommands(app: App): vscode.Disposable {
  const registered = Object.entries(COMMANDS).map(([name, command]) =>
    vscode.commands.registerCommand(name, (...args: unknown[]) => command(app, ...args)),
  );
  return vscode.Disposable.from(...registered);
}

function onItem(item: unknown, run: (uri: string, target: string) => unknown): unknown {
  const { target } = item as Item;
  return target && run(target.document, target.name);
}

/** A model that nothing is known of how to export gets a comment to fill in. */
function declare(app: App, { target, model }: Item): unknown {
  if (target) {
    return app.server.execute('fullgraph.declareTarget', target.document, target.name);
  }
  return model?.uri == null ? undefined : app.server.execute('fullgraph.declareModel', model.uri, model.name);
}

async function onFile(app: App, command: string, uri: unknown): Promise<void> {
  const file = typeof uri === 'string' ? uri : uri instanceof vscode.Uri ? uri.toString() : activeFile();
  if (file !== undefined) {
    await app.server.execute(command, file);
  }
}

async function onTarget(app: App, uri: unknown, target: unknown, show: (uri: string, target: string) => unknown): Promise<void> {
  const named = await whichTarget(app.server, uri, target);
  if (named) {
    await show(named.uri, named.target);
  }
}

async function passOn(app: App, command: string, uri: unknown, target: unknown): Promise<void> {
  await onTarget(app, uri, target, (at, of) => app.server.execute(command, at, of));
}

function folderArgument(): string[] {
  const folder = activeFolder();
  return folder ? [folder.uri.toString()] : [];
}
