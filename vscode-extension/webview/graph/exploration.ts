/**
 * One graph as a person goes through it: what is unfolded, what was searched, where the cursor is.
 *
 * The rule: no drawing here, and no page; each question is answered from the state as it is.
 */

import type { Finding, Graph, Program } from '../../src/server/protocol';
import { unfoldedAtFirst, visible, type Visible } from './folding';
import { modelOf, type GraphNode, type Model } from './model';
import { modulesOf, type Module } from './modules';
import { ancestors } from './paths';
import { matches } from './search';

/** So many boxes can be read at a glance. */
const AT_FIRST = 80;

export class Exploration {
  readonly model: Model;
  private readonly modules: ReadonlyMap<string, Module>;
  private readonly nodes: ReadonlyMap<string, GraphNode>;
  private unfolded: Set<string>;
  seen: Visible;
  words = '';
  found: readonly GraphNode[] = [];
  index = 0;
  here: readonly GraphNode[] = [];

  constructor(graph: Graph, program: Program, findings: readonly Finding[]) {
    this.model = modelOf(graph, program, findings);
    this.modules = modulesOf(this.model.nodes);
    this.nodes = new Map(this.model.nodes.map((node) => [node.id, node]));
    this.unfolded = unfoldedAtFirst(this.model, this.modules, AT_FIRST);
    this.seen = this.look();
  }

  node(id: string): GraphNode | undefined {
    return this.nodes.get(id);
  }

  /** What is drawn for a node: itself, or a module that is folded. */
  box(node: GraphNode): string {
    return this.seen.standsFor.get(node.id) ?? node.id;
  }

  boxes(nodes: readonly GraphNode[]): ReadonlySet<string> {
    return new Set(nodes.map((node) => this.box(node)));
  }

  toggle(path: string): void {
    if (!this.unfolded.delete(path)) {
      this.unfolded.add(path);
    }
    this.seen = this.look();
  }

  foldAll(): void {
    this.unfolded = new Set();
    this.seen = this.look();
  }

  unfoldAll(): void {
    this.unfolded = new Set(this.modules.keys());
    this.seen = this.look();
  }

  search(words: string): void {
    this.words = words.trim();
    this.found = matches(this.model.nodes, words);
    this.index = 0;
  }

  get current(): GraphNode | undefined {
    return this.found[this.index];
  }

  /** To the next match; the modules around it are unfolded. */
  next(by: number): { unfolded: boolean } {
    this.index = this.found.length === 0 ? 0 : (this.index + by + this.found.length) % this.found.length;
    const around = ancestors(this.current?.box ?? '').filter((path) => !this.unfolded.has(path));
    around.forEach((path) => this.unfolded.add(path));
    this.seen = around.length > 0 ? this.look() : this.seen;
    return { unfolded: around.length > 0 };
  }

  /** The nodes of a line in the text; false where they are the same as before. */
  cursor(uri: string, line: number): boolean {
    const here = this.model.nodes.filter(({ spot }) => spot?.uri === uri && spot.range.start.line === line);
    const same = here.length === this.here.length && here.every((node, index) => node === this.here[index]);
    this.here = here;
    return !same;
  }

  private look(): Visible {
    return visible(this.model, this.modules, this.unfolded);
  }
}
