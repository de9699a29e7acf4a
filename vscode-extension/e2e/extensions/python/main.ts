/**
 * A stand-in for the Python extension, which the tests cannot have: it comes from the marketplace alone.
 *
 * The rule: its API is the published one (`@vscode/python-extension` checks the types), and it does what the
 * real one does of what Fullgraph asks: the chosen environment of a folder, by default that of the setting
 * `python.defaultInterpreterPath`; details by running the interpreter; an event with each change.
 */

import { execFileSync } from 'node:child_process';
import { basename, dirname, join } from 'node:path';
import type { ActiveEnvironmentPathChangeEvent, Environment, EnvironmentPath, PythonExtension, ResolvedEnvironment, Resource } from '@vscode/python-extension';
import * as vscode from 'vscode';

const chosen = new Map<string, string>();
const changed = new vscode.EventEmitter<ActiveEnvironmentPathChangeEvent>();

export function activate(context: vscode.ExtensionContext): PythonExtension {
  context.subscriptions.push(vscode.commands.registerCommand('python.setInterpreter', setInterpreter));
  return { ready: Promise.resolve(), debug: DEBUG, environments };
}

const DEBUG: PythonExtension['debug'] = {
  getRemoteLauncherCommand: () => Promise.resolve([]),
  getDebuggerPackagePath: () => Promise.resolve(undefined),
};

const environments: PythonExtension['environments'] = {
  getActiveEnvironmentPath: (resource) => asPath(activePath(uriOf(resource))),
  updateActiveEnvironmentPath: (environment, resource) => {
    choose(typeof environment === 'string' ? environment : environment.path, uriOf(resource));
    return Promise.resolve();
  },
  onDidChangeActiveEnvironmentPath: changed.event,
  known: [],
  onDidChangeEnvironments: new vscode.EventEmitter<never>().event,
  refreshEnvironments: () => Promise.resolve(),
  resolveEnvironment: (environment) => Promise.resolve(resolved(typeof environment === 'string' ? environment : environment.path)),
  getEnvironmentVariables: () => process.env,
  onDidEnvironmentVariablesChange: new vscode.EventEmitter<never>().event,
};

function uriOf(resource: Resource | undefined): vscode.Uri | undefined {
  return resource && 'uri' in resource ? resource.uri : resource;
}

/** As the real one has it: one for each folder; without a folder, that of the workspace. */
function folderOf(uri: vscode.Uri | undefined): vscode.WorkspaceFolder | undefined {
  return (uri && vscode.workspace.getWorkspaceFolder(uri)) ?? vscode.workspace.workspaceFolders?.[0];
}

function activePath(uri: vscode.Uri | undefined): string {
  const folder = folderOf(uri);
  const set = vscode.workspace.getConfiguration('python', folder?.uri).get<string>('defaultInterpreterPath', 'python');
  return chosen.get(folder?.uri.toString() ?? '') ?? set.replaceAll('${workspaceFolder}', folder?.uri.fsPath ?? '');
}

function choose(path: string, uri: vscode.Uri | undefined): void {
  const folder = folderOf(uri);
  chosen.set(folder?.uri.toString() ?? '', path);
  changed.fire({ ...asPath(path), resource: folder });
}

function asPath(path: string): EnvironmentPath {
  return { id: path === 'python' ? 'DEFAULT_PYTHON' : path, path };
}

/** Undefined where there is no such environment; one of conda may be without a Python. */
function resolved(path: string): ResolvedEnvironment | undefined {
  if (!vscode.workspace.isTrusted) {
    throw new Error('Not allowed to resolve environment in an untrusted workspace');
  }
  try {
    const question = 'import sys; print(sys.executable, sys.prefix, *sys.version_info[:3], sep="\\n")';
    const [executable = '', prefix = '', ...version] = execFileSync(path, ['-I', '-c', question], { encoding: 'utf8' }).trim().split('\n');
    return described(path === basename(path) ? executable : path, prefix, version.map(Number));
  } catch {
    return undefined;
  }
}

function described(path: string, sysPrefix: string, [major = 3, minor = 0, micro = 0]: number[]): ResolvedEnvironment {
  return {
    ...asPath(path),
    executable: { uri: vscode.Uri.file(path), bitness: '64-bit', sysPrefix },
    environment: { type: 'VirtualEnvironment', name: basename(dirname(dirname(path))), folderUri: vscode.Uri.file(join(path, '..', '..')), workspaceFolder: undefined } satisfies Environment['environment'],
    version: { major, minor, micro, release: { level: 'final', serial: 0 }, sysVersion: `${major}.${minor}.${micro}` },
    tools: ['Venv'],
  };
}

/** What the real one offers in a list; the tests type the path. */
async function setInterpreter(): Promise<void> {
  const path = await vscode.window.showInputBox({ title: 'Select Interpreter' });
  if (path) {
    choose(path, vscode.window.activeTextEditor?.document.uri);
  }
}
