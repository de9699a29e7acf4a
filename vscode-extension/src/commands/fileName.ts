/** `models.gate:Gate(width=3)` is offered as `gate.pt2`. */
export function fileName(target: string): string {
  const model = target.slice(target.lastIndexOf(':') + 1);
  const [name = 'model'] = /[A-Za-z_]\w*/.exec(model) ?? [];
  return `${name.toLowerCase()}.pt2`;
}
