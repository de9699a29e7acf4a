/** What each command does that needs no dialog; those that do are in commands.test.ts. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { family } from '../../processes.ts';
import { until } from '../../until.ts';
import { fileIn, folder, isReadOnly, isTraced, problems, shown, tab } from './looking.ts';
import { servers } from './processes.ts';
import { runAll, type Checks } from './running.ts';

const TARGET = 'gate:Gate()';
const models = (): vscode.WorkspaceFolder => folder('models');
const gate = (): vscode.Uri => fileIn(models(), 'gate.py');

async function execute(command: string, ...args: unknown[]): Promise<void> {
  await vscode.commands.executeCommand(command, ...args);
}

/** What stands above a class in the editor, with its arguments. */
async function lens(uri: vscode.Uri, command: string): Promise<vscode.Command> {
  return until(`a lens for ${command}`, async () => {
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri);
    return lenses.map((each) => each.command).find((each) => each?.command === command);
  });
}

function workers(): number[] {
  return family(process.pid).filter(({ command }) => command.includes('fullgraph/tracing')).map(({ pid }) => pid);
}

function cached(): string[] {
  const home = join(process.env.XDG_CACHE_HOME ?? '', 'fullgraph', 'traces'); // beside it are the pages of rules
  const all = existsSync(home) ? readdirSync(home, { recursive: true, withFileTypes: true }) : [];
  return all.filter((each) => each.isFile()).map(({ name }) => name);
}

const checks: Checks = {
  'every command of package.json is there': async () => {
    await shown(gate());
    const extension = vscode.extensions.getExtension<undefined>('fullgraph.fullgraph');
    assert.ok(extension);
    await extension.activate();
    const { contributes } = extension.packageJSON as { contributes: { commands: readonly { command: string }[] } };
    const known = await vscode.commands.getCommands(true);
    assert.deepEqual(contributes.commands.map(({ command }) => command).filter((command) => !known.includes(command)), []);
  },
  'checkFile exports the models of a file': async () => {
    await isReadOnly(gate()); // the settings of this window ask for no check by itself
    await execute('fullgraph.checkFile', gate());
    await isTraced(gate());
  },
  'checkWorkspace exports those of files that are not open': async () => {
    const far = fileIn(models(), 'far/away.py');
    assert.equal(problems(far).some(({ severity }) => severity === vscode.DiagnosticSeverity.Error), false);
    await execute('fullgraph.checkWorkspace');
    await isTraced(far);
  },
  'a problem leads to the page of its rule': async () => {
    await isTraced(gate());
    const [problem] = problems(gate()).filter(({ severity }) => severity === vscode.DiagnosticSeverity.Error);
    assert.ok(typeof problem?.code === 'object');
    assert.equal(problem.code.value, 'data-dependent-branch');
  },
  'showReport and showGraph open a view of the target': async () => {
    await execute('fullgraph.showReport', gate().toString(), TARGET);
    await tab(/^Report: Gate\(\)$/);
    await execute('fullgraph.showGraph', gate().toString(), TARGET, 'core');
    await tab(/^Graph: Gate\(\)$/);
    await execute('workbench.action.closeAllEditors');
  },
  'editInputs selects their expression': async () => {
    const editor = await shown(gate());
    const { command, arguments: given = [] } = await lens(gate(), 'fullgraph.editInputs');
    await execute(command, ...(given as unknown[]));
    await until('the inputs are selected', () => Promise.resolve(editor.document.getText(vscode.window.activeTextEditor?.selection) === '(torch.randn(3, 64),)'));
  },
  'declareTarget writes an export call as a comment': async () => {
    const called = fileIn(models(), 'called.py');
    const { document } = await shown(called);
    const { command, arguments: given = [] } = await lens(called, 'fullgraph.declareTarget');
    await execute(command, ...(given as unknown[]));
    await until('the comment', () => Promise.resolve(/# fullgraph: .*args=\(torch\.randn\(2, 3\),\).*\nclass Scale/.test(document.getText())));
    await execute('workbench.action.files.revert');
  },
  'clearCache leaves nothing': async () => {
    await until('something is remembered', () => Promise.resolve(cached().length > 0));
    await execute('fullgraph.clearCache');
    await until('nothing is remembered', () => Promise.resolve(cached().length === 0));
  },
  'restartWorker gives another worker, which works': async () => {
    const before = workers();
    assert.ok(before.length > 0);
    await shown(gate());
    await execute('fullgraph.restartWorker');
    await until('they are gone', () => Promise.resolve(!workers().some((pid) => before.includes(pid))));
    await execute('fullgraph.clearCache'); // else the answer is known, and nobody has to work for it
    await execute('fullgraph.checkFile', gate());
    await isTraced(gate());
    await until('others are there', () => Promise.resolve(workers().length > 0));
  },
  'five restarts at once end in one server': async () => {
    const before = servers();
    await Promise.all(Array.from({ length: 5 }, () => execute('fullgraph.restartServer')));
    const now = servers();
    assert.equal(now.length, 1);
    assert.equal(before.some((pid) => now.includes(pid)), false);
    await shown(gate());
    await execute('fullgraph.checkFile', gate());
    await isTraced(gate());
  },
  'a server that was killed is started again': async () => {
    const [before = 0] = servers();
    process.kill(before, 'SIGKILL');
    await until('another server', () => Promise.resolve(servers().length === 1 && !servers().includes(before)));
    await execute('fullgraph.checkFile', gate());
    await isTraced(gate());
  },
};

export function run(): Promise<void> {
  return runAll(checks);
}
