/** The graph view's page: what the user does, and what the extension says. */

import type { FromPage, Setting, ToPage } from '../../src/views/graphMessages';
import type { Finding, GraphAnswer, Level } from '../../src/server/protocol';
import { details } from './details';
import { Engine } from './engine';
import { Exploration } from './exploration';
import { pathOf } from './folding';
import { layoutOf } from './layout';
import { legend, reasons } from './lists';
import { Picture } from './picture';
import { sceneOf } from './scene';
import { setWords, word } from './words';

interface Host {
  postMessage(message: FromPage): void;
}

declare function acquireVsCodeApi(): Host;

const host = acquireVsCodeApi();
const main = element('main');
const { worker, words } = JSON.parse(main.dataset.setting ?? '{}') as Setting;
setWords(words);
const engine = new Engine(worker);
const picture = new Picture(element('near'), element('far'), tapped);
let shown: Exploration | undefined;
let given: GraphAnswer | undefined;

/** The elements that graphPage.ts makes. */
interface Elements {
  readonly main: HTMLElement;
  readonly canvas: HTMLElement;
  readonly near: HTMLElement;
  readonly far: HTMLCanvasElement;
  readonly note: HTMLElement;
  readonly said: HTMLElement;
  readonly findings: HTMLElement;
  readonly legend: HTMLElement;
  readonly details: HTMLElement;
  readonly matches: HTMLElement;
  readonly search: HTMLInputElement;
  readonly level: HTMLSelectElement;
  readonly graphs: HTMLSelectElement;
  readonly fit: HTMLButtonElement;
  readonly fold: HTMLButtonElement;
  readonly unfold: HTMLButtonElement;
}

function element<Id extends keyof Elements>(id: Id): Elements[Id] {
  return document.getElementById(id) as Elements[Id];
}

// -- what the extension says ---------------------------------------------------------------------------

window.addEventListener('message', ({ data }: MessageEvent<ToPage>) => {
  switch (data.kind) {
    case 'loading':
      element('level').value = data.level;
      return note(word('loading'));
    case 'failed':
      return nothing(data.message, []);
    case 'program':
      return programGiven(data.answer);
    case 'reveal':
      return follow(data.uri, data.line);
  }
});

function programGiven(answered: GraphAnswer): void {
  given = answered;
  const names = answered.program?.graphs.map(({ name }) => name) ?? [];
  const select = element('graphs');
  select.replaceChildren(...names.map((name, index) => new Option(name === '' ? answered.target : name, String(index))));
  select.hidden = names.length < 2;
  graphChosen(0);
}

function graphChosen(index: number): void {
  const program = given?.program;
  const graph = program?.graphs[index];
  if (!given || !program || !graph) {
    return nothing(given?.problem ?? word('nothing'), given?.findings ?? []);
  }
  shown = new Exploration(graph, program, given.findings);
  void redraw(true);
}

function note(text: string, findings: readonly Finding[] = []): void {
  element('note').hidden = text === '';
  element('said').textContent = text;
  element('findings').replaceChildren(...reasons(findings, (spot) => host.postMessage({ kind: 'open', spot })));
}

/** No graph, and why: what was drawn before is of a program that is no more. */
function nothing(text: string, findings: readonly Finding[]): void {
  shown = undefined;
  picture.clear();
  delete main.dataset.nodes;
  element('details').hidden = true;
  element('legend').hidden = true;
  note(findings.length > 0 ? word('noProgram') : text, findings);
}

// -- drawing -------------------------------------------------------------------------------------------

async function redraw(fit: boolean): Promise<void> {
  const exploration = shown;
  if (!exploration) {
    return;
  }
  const { seen } = exploration;
  note(word('layingOut', seen.nodes.length + seen.folded.length));
  const layout = await engine.layout((ask) => layoutOf(seen, ask)).catch((error: unknown) => {
    nothing(word('notLaidOut', String(error)), []);
    return undefined;
  });
  if (!layout || exploration !== shown) {
    return;
  }
  picture.draw(sceneOf(seen, layout));
  element('legend').replaceChildren(...legend(seen));
  element('legend').hidden = false;
  note('');
  main.dataset.nodes = String(picture.size);
  if (fit) {
    picture.begin();
  }
  mark();
}

function mark(): void {
  if (shown) {
    picture.mark('match', shown.boxes(shown.found));
    picture.mark('here', shown.boxes(shown.here));
    const current = shown.current;
    element('matches').textContent = shown.words === '' ? '' : current ? searchWords(shown) : word('noMatch');
    if (current) {
      picture.show(shown.box(current));
    }
  }
}

function searchWords({ index, found }: Exploration): string {
  return word('search', index + 1, found.length);
}

// -- what the user does --------------------------------------------------------------------------------

function tapped(id: string): void {
  const path = pathOf(id);
  if (path !== undefined) {
    shown?.toggle(path);
    void redraw(false);
    return;
  }
  opened(id);
}

/** A node's details, and its line in the text. */
function opened(id: string): void {
  const node = shown?.node(id);
  if (!node) {
    return;
  }
  picture.select(id);
  element('details').hidden = false;
  element('details').replaceChildren(...details(node));
  if (node.spot) {
    host.postMessage({ kind: 'open', spot: node.spot });
  }
}

function follow(uri: string, line: number): void {
  if (shown?.cursor(uri, line)) {
    mark();
    const [first] = shown.here;
    if (first) {
      picture.show(shown.box(first));
    }
  }
}

element('search').addEventListener('input', ({ target }) => {
  shown?.search((target as HTMLInputElement).value);
  mark();
});

element('search').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && shown) {
    const moved = shown.next(event.shiftKey ? -1 : 1);
    void (moved.unfolded ? redraw(false) : mark());
  }
});

element('level').addEventListener('change', ({ target }) => {
  host.postMessage({ kind: 'level', level: (target as HTMLSelectElement).value as Level });
});
element('graphs').addEventListener('change', ({ target }) => graphChosen(Number((target as HTMLSelectElement).value)));
element('fit').addEventListener('click', () => picture.fit());
element('fold').addEventListener('click', () => (shown?.foldAll(), void redraw(true)));
element('unfold').addEventListener('click', () => (shown?.unfoldAll(), void redraw(true)));
document.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') {
    element('details').hidden = true;
  }
});

/** VS Code changes the body's class with the theme. */
new MutationObserver(() => picture.restyle()).observe(document.body, { attributes: true, attributeFilter: ['class'] });

/** What a test, or a person at the developer tools, may ask of the picture. */
Object.assign(window, { fullgraphPicture: { where: (id: string) => picture.where(id), drawn: () => picture.drawn } });

host.postMessage({ kind: 'ready' });
