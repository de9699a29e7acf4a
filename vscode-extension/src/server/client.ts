/** A language client for one run of the server, set up and not yet started. */

import * as vscode from 'vscode';
import {
  LanguageClient,
  RevealOutputChannelOn,
  State as ClientState,
  type ConfigurationParams,
  type LanguageClientOptions,
  type ServerCapabilities,
  type StaticFeature,
} from 'vscode-languageclient/node';
import type { Interpreters } from '../python/interpreters';
import { withInterpreter, type Options, type Settings } from './configuration';
import type { CommandLine } from './launch';

export interface Channels {
  readonly log: vscode.LogOutputChannel;
  readonly trace: vscode.LogOutputChannel;
}

export const SERVER_STATES: Readonly<Record<ClientState, 'starting' | 'running' | 'stopped'>> = {
  [ClientState.Stopped]: 'stopped',
  [ClientState.StartFailed]: 'stopped',
  [ClientState.Starting]: 'starting',
  [ClientState.Running]: 'running',
};

export function newClient(line: CommandLine, options: Options, interpreters: Interpreters, channels: Channels): LanguageClient {
  const executable = { command: line.command, args: [...line.args] };
  const client = new LanguageClient('fullgraph', 'Fullgraph', executable, clientOptions(options, interpreters, channels));
  client.registerFeature(new OwnCommands());
  return client;
}

function clientOptions(options: Options, interpreters: Interpreters, channels: Channels): LanguageClientOptions {
  return {
    documentSelector: ['file', 'untitled', 'vscode-notebook-cell'].map((scheme) => ({ scheme, language: 'python' })),
    initializationOptions: options,
    outputChannel: channels.log,
    traceOutputChannel: channels.trace,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    middleware: {
      // The status bar has our own item, which says the same and more.
      handleWorkDoneProgress: () => undefined,
      workspace: { configuration: async (params, token, next) => answered(params, await next(params, token), interpreters) },
    },
  };
}

async function answered(params: ConfigurationParams, answers: unknown, interpreters: Interpreters): Promise<Settings[]> {
  const given = Array.isArray(answers) ? answers : [];
  return Promise.all(params.items.map((item, index) => filled(item.scopeUri, given[index], interpreters)));
}

async function filled(scope: string | undefined, settings: unknown, interpreters: Interpreters): Promise<Settings> {
  return withInterpreter(settings, await interpreters.ofFolder(scope ? vscode.Uri.parse(scope) : undefined));
}

export async function initialOptions(interpreters: Interpreters): Promise<Options> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const settings = folders.map(async ({ uri }) => [uri.toString(), await settingsOf(uri, interpreters)] as const);
  return {
    settings: await settingsOf(undefined, interpreters),
    folders: Object.fromEntries(await Promise.all(settings)),
    trusted: vscode.workspace.isTrusted,
    showsStatus: true,
    showsModels: true,
  };
}

async function settingsOf(folder: vscode.Uri | undefined, interpreters: Interpreters): Promise<Settings> {
  const section: unknown = vscode.workspace.getConfiguration(undefined, folder).get('fullgraph');
  return withInterpreter(section, await interpreters.ofFolder(folder));
}

/**
 * The server's commands are called by this extension's own, which know of panels and dialogs. The client
 * would register them under the same names, and VS Code refuses a name that is taken.
 */
class OwnCommands implements StaticFeature {
  preInitialize(capabilities: ServerCapabilities): void {
    delete capabilities.executeCommandProvider;
  }

  fillClientCapabilities(): void {}

  initialize(): void {}

  getState(): { kind: 'static' } {
    return { kind: 'static' };
  }

  clear(): void {}
}
