/** Whether a text is of somebody who uses PyTorch. */

const IMPORT = /^[ \t]*(?:import|from)[ \t]+(?:torch|lightning|pytorch_lightning|transformers|timm)\b/m;

export function importsTorch(text: string): boolean {
  return IMPORT.test(text);
}
