/**
 * The graph as Cytoscape draws it, as much of it as is near the window.
 *
 * The rule: Cytoscape holds a few hundred elements, however many there are; they come and go as the window
 * is moved. What is marked or picked is known here, and put on whatever comes.
 */

import cytoscape, { type Core, type EventObject, type NodeSingular } from 'cytoscape';
import { edgeElement, nodeElement } from './elements';
import { paint } from './far';
import { inView, type InView, type Item, type Scene } from './scene';
import { speckColour, style } from './style';

/** So many can be drawn anew within a frame or two. */
const MOST = 500;
/** What can be read: smaller than this, a label is not drawn. */
const READABLE = 0.55;
const MARGIN = 24;

export class Picture {
  private cy: Core | undefined;
  private scene: Scene | undefined;
  private picked = '';
  private readonly marks = new Map<string, ReadonlySet<string>>();
  private waiting = false;

  constructor(
    private readonly canvas: HTMLElement,
    private readonly far: HTMLCanvasElement,
    private readonly onTap: (id: string) => void,
  ) {
    new ResizeObserver(() => this.resized()).observe(canvas);
  }

  draw(scene: Scene): void {
    const before = this.cy && this.scene ? { zoom: this.cy.zoom(), pan: { ...this.cy.pan() } } : undefined;
    this.scene = scene;
    this.cy ??= this.start();
    this.cy.elements().remove();
    if (before) {
      this.cy.viewport(before);
      this.look();
    } else {
      this.begin();
    }
  }

  clear(): void {
    this.scene = undefined;
    this.cy?.elements().remove();
    paint(this.far, [], { zoom: 1, pan: { x: 0, y: 0 } }, () => '');
  }

  private start(): Core {
    const cy = cytoscape({ container: this.canvas, minZoom: 0.001, maxZoom: 3, autoungrabify: true, autounselectify: true, boxSelectionEnabled: false, style: style(), layout: { name: 'preset', fit: false } });
    cy.on('tap', 'node', (event) => this.onTap(tapped(event).id()));
    cy.on('viewport', () => this.soon());
    return cy;
  }

  private resized(): void {
    this.cy?.resize();
    this.soon();
  }

  /** Once for all moves within a frame. */
  private soon(): void {
    if (!this.waiting) {
      this.waiting = true;
      requestAnimationFrame(() => {
        this.waiting = false;
        this.look();
      });
    }
  }

  private look(): void {
    const { cy, scene } = this;
    if (cy && scene) {
      const seen = inView(scene, cy.extent(), cy.zoom(), MOST);
      cy.batch(() => this.exchange(cy, scene, seen));
      paint(this.far, seen.specks, { zoom: cy.zoom(), pan: cy.pan() }, speckColour(this.marks));
    }
  }

  /** What is out of view goes, what is new to it comes. */
  private exchange(cy: Core, scene: Scene, { items, lines }: InView): void {
    const wanted = new Set([...items, ...lines].map(({ id }) => id));
    cy.remove(cy.elements().filter((element) => !wanted.has(element.id())));
    const isNew = ({ id }: { id: string }): boolean => cy.getElementById(id).empty();
    const nodes = items.filter(isNew);
    cy.add(nodes.map(nodeElement));
    nodes.forEach(({ id }) => this.dress(cy, id));
    const ends = (id: string): Item | undefined => scene.items.get(id);
    cy.add(lines.filter(isNew).flatMap((line) => {
      const [start, end] = [ends(line.from), ends(line.to)];
      return start && end ? [edgeElement(line, start, end)] : [];
    }));
    this.dressEdges(cy);
  }

  private dress(cy: Core, id: string): void {
    const node = cy.getElementById(id);
    this.marks.forEach((ids, className) => node.toggleClass(className, ids.has(id)));
    node.toggleClass('picked', id === this.picked);
  }

  private dressEdges(cy: Core): void {
    cy.edges('.near').removeClass('near');
    cy.getElementById(this.picked).connectedEdges().addClass('near');
  }

  restyle(): void {
    this.cy?.style(style());
    this.look();
  }

  /** As it is first seen: the whole, but no larger than is pleasant, and of what is too large the top. */
  begin(): void {
    const { cy, scene } = this;
    if (cy && scene) {
      cy.resize();
      const { x1, x2, y1 } = scene.whole;
      const zoom = this.zoomOfWhole(cy, scene);
      if (zoom < READABLE) {
        cy.viewport({ zoom: 0.8, pan: { x: cy.width() / 2 - (0.8 * (x1 + x2)) / 2, y: MARGIN - 0.8 * y1 } });
        this.look();
      } else {
        this.fit();
      }
    }
  }

  /** The whole, however small that makes it. */
  fit(): void {
    const { cy, scene } = this;
    if (cy && scene) {
      cy.resize();
      const zoom = Math.min(1.2, this.zoomOfWhole(cy, scene));
      const { x1, x2, y1, y2 } = scene.whole;
      cy.viewport({ zoom, pan: { x: (cy.width() - zoom * (x1 + x2)) / 2, y: (cy.height() - zoom * (y1 + y2)) / 2 } });
      this.look();
    }
  }

  private zoomOfWhole(cy: Core, { whole }: Scene): number {
    const [width, height] = [whole.x2 - whole.x1, whole.y2 - whole.y1];
    return Math.min((cy.width() - 2 * MARGIN) / Math.max(width, 1), (cy.height() - 2 * MARGIN) / Math.max(height, 1));
  }

  mark(className: string, ids: ReadonlySet<string>): void {
    this.marks.set(className, ids);
    this.redress();
  }

  select(id: string): void {
    this.picked = id;
    this.redress();
  }

  private redress(): void {
    const { cy } = this;
    cy?.batch(() => {
      cy.nodes().forEach((node) => this.dress(cy, node.id()));
      this.dressEdges(cy);
    });
  }

  /** Brings a node to the middle, large enough to be read. */
  show(id: string): void {
    const item = this.scene?.items.get(id);
    if (this.cy && item) {
      const zoom = Math.max(this.cy.zoom(), 0.8);
      this.cy.viewport({ zoom, pan: { x: this.cy.width() / 2 - zoom * item.x, y: this.cy.height() / 2 - zoom * item.y } });
      this.look();
    }
  }

  /** Where a node is on the page; for tests and for assistive tools. */
  where(id: string): { x: number; y: number } | undefined {
    const item = this.scene?.items.get(id);
    const zoom = this.cy?.zoom() ?? 1;
    const pan = this.cy?.pan() ?? { x: 0, y: 0 };
    return item && { x: item.x * zoom + pan.x, y: item.y * zoom + pan.y };
  }

  get size(): number {
    return this.scene?.items.size ?? 0;
  }

  /** How many are drawn now. */
  get drawn(): number {
    return this.cy?.elements().length ?? 0;
  }
}

function tapped(event: EventObject): NodeSingular {
  return event.target as NodeSingular;
}
