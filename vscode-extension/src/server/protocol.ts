/**
 * What the server and this extension say to each other beside LSP; docs/protocol.md of the project describes it.
 *
 * The rule: types alone. Positions are LSP's: lines from 0, characters in UTF-16.
 */

export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** Both null where the text was changed since. */
export interface Place {
  readonly uri: string | null;
  readonly range: Range | null;
}

/** A place that is there. */
export interface Spot {
  readonly uri: string;
  readonly range: Range;
}

export type State = 'starting' | 'checking' | 'idle' | 'noTorch' | 'unsuitable' | 'untrusted' | 'crashed' | 'static';

export type StartReason =
  | 'cannot-launch'
  | 'is-folder'
  | 'not-python'
  | 'too-old'
  | 'no-torch'
  | 'unusable-torch'
  | 'not-ready'
  | 'crashed'
  | 'keeps-crashing'
  | 'updated';
export type Remedy = 'choose-interpreter' | 'try-again' | 'restart' | (string & {});

/** Why there is no worker. What is empty is not known, or says nothing for this reason. */
export interface StartFailure {
  /** The server may learn further ones. */
  readonly reason: StartReason | (string & {});
  readonly remedy: Remedy;
  readonly interpreter: string;
  readonly python: string;
  readonly torch: string;
  readonly error: string;
  readonly ended: string;
  readonly output: string;
  readonly seconds: number;
  readonly suggestion: string;
}

export interface FolderStatus {
  readonly folder: string;
  readonly state: State;
  readonly message: string;
  readonly startFailure: StartFailure | null;
  readonly done: number;
  readonly total: number;
  readonly problems: number;
  readonly exports: number;
}

export type Severity = 'error' | 'warning' | 'information';
export type Verdict = 'verified' | 'verified-one-branch' | 'unverified-exports' | 'not-verified';

export interface Fix {
  readonly title: string;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly preferred: boolean;
}

export interface Finding extends Place {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly hint: string;
  readonly link: string | null;
  readonly byHand: { readonly pattern: string; readonly reason: string } | null;
  readonly related: readonly (Place & { readonly message: string })[];
  readonly fixes: readonly Fix[];
}

export type TargetStatus = 'exports' | 'unsound' | 'fails' | 'error' | 'checking' | 'unknown';

export interface Target extends Place {
  readonly name: string;
  readonly origin: string;
  /** The server may learn further ones. */
  readonly status: TargetStatus | (string & {});
  readonly findings: readonly Finding[];
  readonly seconds: number | null;
}

export interface Tensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | string)[];
}

export interface Symbol {
  readonly name: string;
  readonly source: string;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly definedBy: string | null;
  readonly definedAt: Place | null;
}

export interface Dimension {
  readonly source: string;
  readonly requested: string;
  readonly outcome: 'dynamic' | 'specialized' | 'derived';
  readonly size: string;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly guards: readonly (Place & { readonly text: string })[];
}

/** What the exported program requires of sizes. */
export interface Condition extends Place {
  readonly text: string;
  readonly sizes: readonly string[];
  readonly guards: readonly string[];
  readonly expression: string;
}

export interface Report extends Place {
  readonly name: string;
  readonly origin: string;
  readonly status: string;
  readonly python: string;
  readonly torch: string;
  readonly seconds: number;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly symbols: readonly Symbol[];
  readonly dimensions: readonly Dimension[];
  readonly conditions: readonly Condition[];
  readonly findings: readonly Finding[];
  readonly lost: readonly Lost[];
}

/** What could not be observed, as this torch lacks a private name. */
export interface Lost {
  readonly name: string;
  readonly observation: string;
}

export type Level = 'training' | 'inference' | 'core';
export const LEVELS: readonly Level[] = ['training', 'inference', 'core'];

export interface Call {
  readonly name: string;
  readonly operator: string;
  readonly arguments: string;
  readonly value: string;
}

export interface CallGroup extends Place {
  readonly module: string;
  readonly nodes: readonly Call[];
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly groups: readonly CallGroup[];
  readonly result: string;
}

export interface Operator {
  readonly name: string;
  readonly kind: 'core' | 'torch' | 'custom' | 'higher-order' | 'check' | 'python';
  readonly count: number;
}

export interface Program {
  readonly level: Level;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly lifted: readonly (Tensor & { readonly kind: 'parameter' | 'buffer' | 'constant' })[];
  readonly graphs: readonly Graph[];
  readonly operators: readonly Operator[];
}

export interface GraphAnswer {
  readonly target: string;
  readonly level: Level;
  readonly problem: string | null;
  readonly findings: readonly Finding[];
  readonly program: Program | null;
}

export type ModelStatus = 'checking' | 'error' | 'fails' | 'unsound' | 'exports' | 'notChecked';

/** One way to export a model. */
export interface ModelTarget extends Place {
  /** The document that it is checked with: `uri` may be that of a pyproject.toml. */
  readonly document: string;
  readonly name: string;
  readonly origin: string;
  readonly described: string;
  readonly declared: boolean;
  readonly status: ModelStatus | (string & {});
  readonly stale: boolean;
  readonly reason: string;
  readonly inputs: readonly Tensor[];
  /** What the call stands in, outermost first: `torch.no_grad()`. */
  readonly context: readonly string[];
  /** What of the user's run was not there, and what stood in for it. */
  readonly replaced: readonly { readonly kind: string; readonly what: string; readonly by: string }[];
  readonly seconds: number | null;
  readonly findings: readonly Finding[];
}

export interface Model extends Place {
  readonly id: string;
  readonly name: string;
  readonly module: string;
  readonly role: 'model' | 'part';
  /** What its constructor asks for and nothing tells. */
  readonly missing: readonly string[];
  /** Their `id`s. */
  readonly parts: readonly string[];
  readonly status: ModelStatus | (string & {});
  readonly reason: string;
  readonly targets: readonly ModelTarget[];
}

export interface Coverage {
  readonly models: number;
  readonly checked: number;
  readonly exports: number;
  readonly fails: number;
}

export interface FolderModels {
  readonly folder: string;
  /** False until its files have been looked through. */
  readonly scanned: boolean;
  readonly models: readonly Model[];
  readonly coverage: Coverage;
}

export function isSpot(place: Place | null | undefined): place is Spot {
  return place?.uri != null && place.range != null;
}
