/** What the Test Explorer shows of the targets: no VS Code here, so that it can be tried without one. */

import { isSpot, type Finding, type Place, type Spot, type Target } from '../server/protocol';

export type Outcome =
  | { readonly kind: 'passed'; readonly milliseconds: number }
  | { readonly kind: 'failed'; readonly messages: readonly Message[]; readonly milliseconds: number }
  | { readonly kind: 'errored'; readonly messages: readonly Message[] }
  | { readonly kind: 'running' }
  | { readonly kind: 'none' };

export interface Message {
  readonly text: string;
  readonly spot: Spot | undefined;
}

/** A model is fine where it exports and what was exported is the same model. */
export function outcome(target: Target): Outcome {
  const milliseconds = (target.seconds ?? 0) * 1000;
  switch (target.status) {
    case 'checking':
      return { kind: 'running' };
    case 'unknown':
      return { kind: 'none' };
    case 'exports':
      return { kind: 'passed', milliseconds };
    case 'error':
      return { kind: 'errored', messages: messages(target) };
    default:
      return { kind: 'failed', messages: messages(target), milliseconds };
  }
}

function messages(target: Target): Message[] {
  const problems = target.findings.filter((finding) => finding.severity !== 'information');
  const said = problems.length > 0 ? problems : target.findings;
  return said.length > 0 ? said.map(message) : [{ text: target.status, spot: spotOf(target) }];
}

function message(finding: Finding): Message {
  const hint = finding.hint ? `\n${finding.hint}` : '';
  return { text: `${finding.message} [${finding.rule}]${hint}`, spot: spotOf(finding) };
}

function spotOf(place: Place): Spot | undefined {
  return isSpot(place) ? { uri: place.uri, range: place.range } : undefined;
}

/** `models.gate:Gate()` is shown below its file as `Gate()`. */
export function label(target: Target): string {
  return target.name.slice(target.name.indexOf(':') + 1);
}

/** Targets by the document they stand in, in their order there. */
export function byDocument(targets: readonly Target[]): Map<string, Target[]> {
  const found = new Map<string, Target[]>();
  for (const target of targets) {
    if (target.uri !== null) {
      found.set(target.uri, [...(found.get(target.uri) ?? []), target]);
    }
  }
  for (const own of found.values()) {
    own.sort((a, b) => (a.range?.start.line ?? 0) - (b.range?.start.line ?? 0));
  }
  return found;
}
