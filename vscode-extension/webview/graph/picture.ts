/** The graph as Cytoscape draws it: elements from what is visible and where ELK put it. */

import cytoscape, { type Core, type ElementDefinition, type EventObject, type NodeSingular } from 'cytoscape';
import { moduleId, type Visible } from './folding';
import { relative, shortened, sizeOf, type Layout } from './layout';
import type { Edge, GraphNode } from './model';
import type { Module } from './modules';
import { style } from './style';

/** From here on, while the picture is moved a texture is moved instead of each node. */
const MANY = 300;

export class Picture {
  private cy: Core | undefined;

  constructor(
    private readonly canvas: HTMLElement,
    private readonly onTap: (id: string) => void,
    private readonly onOpen: (id: string) => void,
  ) {}

  draw(seen: Visible, layout: Layout): void {
    const before = this.cy ? { zoom: this.cy.zoom(), pan: { ...this.cy.pan() } } : undefined;
    this.cy?.destroy();
    const cy = cytoscape({ container: this.canvas, ...behaviour(seen), elements: elements(seen, layout), style: style(), layout: { name: 'preset', fit: false } });
    this.cy = cy;
    cy.on('tap', 'node', (event) => this.onTap(tapped(event).id()));
    cy.on('dbltap', 'node', (event) => this.onOpen(tapped(event).id()));
    cy.on('select unselect', 'node', (event) => {
      tapped(event).connectedEdges().toggleClass('near', tapped(event).selected());
    });
    if (before) {
      cy.viewport(before);
    } else {
      this.fit();
    }
  }

  restyle(): void {
    this.cy?.style(style());
  }

  /** The whole, but no larger than can be read; of what is tall, the top. */
  fit(): void {
    const cy = this.cy;
    if (!cy) {
      return;
    }
    cy.resize();
    cy.fit(undefined, 24);
    if (cy.zoom() > 1.2) {
      cy.zoom(1.2);
      cy.center();
    } else if (cy.zoom() < 0.55) {
      const box = cy.elements().boundingBox();
      cy.viewport({ zoom: 0.8, pan: { x: cy.width() / 2 - (0.8 * (box.x1 + box.x2)) / 2, y: 24 - 0.8 * box.y1 } });
    }
  }

  mark(className: string, ids: ReadonlySet<string>): void {
    this.cy?.batch(() => {
      this.cy?.nodes().forEach((node) => void node.toggleClass(className, ids.has(node.id())));
    });
  }

  show(id: string): void {
    const node = this.cy?.getElementById(id);
    if (this.cy && node?.nonempty()) {
      this.cy.viewport({ zoom: Math.max(this.cy.zoom(), 0.8), pan: this.cy.pan() });
      this.cy.center(node);
    }
  }

  select(id: string): void {
    this.cy?.nodes(':selected').unselect();
    this.cy?.getElementById(id).select();
  }

  /** Where a node is on the page; for tests and for assistive tools. */
  where(id: string): { x: number; y: number } | undefined {
    const node = this.cy?.getElementById(id);
    return node?.nonempty() ? node.renderedPosition() : undefined;
  }

  get size(): number {
    return this.cy?.nodes().length ?? 0;
  }
}

function tapped(event: EventObject): NodeSingular {
  return event.target as NodeSingular;
}

function behaviour(seen: Visible): cytoscape.CytoscapeOptions {
  const many = seen.nodes.length + seen.folded.length > MANY;
  return { minZoom: 0.02, maxZoom: 3, autoungrabify: true, boxSelectionEnabled: false, textureOnViewport: many, hideEdgesOnViewport: many, pixelRatio: many ? 1 : 'auto' };
}

/**
 * Boxes around others are nodes like any, below the rest: Cytoscape's own compound nodes measure all that
 * is in them again and again, and ELK has said where everything ends.
 */
function elements(seen: Visible, layout: Layout): ElementDefinition[] {
  return [
    ...seen.unfolded.map((module) => container(module, layout)),
    ...seen.folded.map((module) => leaf(moduleId(module.path), [module.label, `${module.size} operators`], 'module', layout)),
    ...seen.nodes.map((node) => leaf(node.id, [node.title, node.value], classes(node), layout)),
    ...seen.edges.map((edge) => line(edge, layout)),
  ];
}

function container(module: Module, layout: Layout): ElementDefinition {
  const id = moduleId(module.path);
  const { x, y, width, height } = layout.boxes.get(id) ?? NOWHERE;
  return { group: 'nodes', classes: 'container', data: { id, label: module.label, width, height, depth: module.depth }, position: { x, y } };
}

function leaf(id: string, lines: readonly string[], kind: string, layout: Layout): ElementDefinition {
  const { x, y } = layout.boxes.get(id) ?? NOWHERE;
  const label = lines.filter((text) => text !== '').map(shortened).join('\n');
  return { group: 'nodes', classes: kind, data: { id, label, ...sizeOf(lines) }, position: { x, y } };
}

const NOWHERE = { x: 0, y: 0, width: 0, height: 0 };

function classes({ kind, findings }: GraphNode): string {
  const worst = ['error', 'warning'].find((severity) => findings.some((finding) => finding.severity === severity));
  return worst === undefined ? kind : `${kind} ${worst}`;
}

function line({ from, to }: Edge, layout: Layout): ElementDefinition {
  const id = `${from} > ${to}`;
  const [start, end, bends] = [layout.boxes.get(from), layout.boxes.get(to), layout.bends.get(id) ?? []];
  if (!start || !end || bends.length === 0) {
    return { group: 'edges', data: { id, source: from, target: to } };
  }
  const parts = bends.map((point) => relative(point, start, end));
  const data = { id, source: from, target: to, weights: parts.map(({ weight }) => weight), distances: parts.map(({ distance }) => distance) };
  return { group: 'edges', classes: 'bent', data };
}
