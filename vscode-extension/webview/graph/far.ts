/** A large graph from far away: each box a speck, painted in one go, and none too small to be seen. */

import type { Item } from './scene';

export interface Camera {
  readonly zoom: number;
  readonly pan: { readonly x: number; readonly y: number };
}

export function paint(canvas: HTMLCanvasElement, specks: readonly Item[], { zoom, pan }: Camera, colour: (item: Item) => string): void {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const sharpness = window.devicePixelRatio;
  canvas.width = width * sharpness;
  canvas.height = height * sharpness;
  const context = canvas.getContext('2d');
  if (!context) {
    return;
  }
  context.setTransform(sharpness * zoom, 0, 0, sharpness * zoom, sharpness * pan.x, sharpness * pan.y);
  const least = 1 / zoom;
  for (const item of specks) {
    const [w, h] = [Math.max(item.width, 2 * least), Math.max(item.height, least)];
    context.fillStyle = colour(item);
    context.fillRect(item.x - w / 2, item.y - h / 2, w, h);
  }
}
