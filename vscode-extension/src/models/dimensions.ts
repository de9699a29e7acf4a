/** The dimensions of a target's inputs that are constant. */

import type { Tensor } from '../server/protocol';

export interface Dimension {
  readonly input: string;
  readonly index: number;
  readonly size: number;
  /** `x.shape[0]` */
  readonly source: string;
}

export function constantDimensions(inputs: readonly Tensor[]): Dimension[] {
  return inputs.flatMap(({ name, shape }) =>
    shape.flatMap((size, index) => (typeof size === 'number' ? [{ input: name, index, size, source: `${name}.shape[${String(index)}]` }] : [])),
  );
}

/** The first dimension is the batch, unless something else is called so. */
export function suggestedName({ input, index }: Dimension, inputs: readonly Tensor[]): string {
  const taken = inputs.flatMap(({ shape }) => shape).includes('batch');
  return index === 0 && !taken ? 'batch' : `${/^[A-Za-z_]\w*$/.test(input) ? input : 'dim'}_${String(index)}`;
}
