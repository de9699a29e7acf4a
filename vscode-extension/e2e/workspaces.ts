/** The folders that are opened: written anew for each run, with files as users have them. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const GATE = `import torch
from torch import nn


# fullgraph: args=(torch.randn(3, 64),), dynamic_shapes={"x": {0: Dim("batch", max=512)}}
class Gate(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(64, 64)

    def forward(self, x):
        h = self.body(x)
        if h.isnan().any():
            h = torch.zeros_like(h)
        return torch.sigmoid(h) * x
`;

const ENCODER = `import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)

    def forward(self, x):
        h = self.norm(x)
        h = torch.nn.functional.gelu(self.up(h))
        return x + self.down(h)


# fullgraph: args=(torch.randint(0, 100, (2, 12)),), dynamic_shapes={"tokens": {0: Dim("batch"), 1: Dim("seq", max=512)}}
class Encoder(nn.Module):
    def __init__(self, width=32, depth=3):
        super().__init__()
        self.embed = nn.Embedding(100, width)
        self.blocks = nn.ModuleList(Block(width) for _ in range(depth))
        self.head = nn.Linear(width, 10)

    def forward(self, tokens):
        x = self.embed(tokens)
        for block in self.blocks:
            x = block(x)
        pooled = x.mean(dim=1)
        return self.head(pooled)
`;

const CRASH = `import ctypes

import torch
from torch import nn


# fullgraph: args=(torch.randn(3, 4),)
class Crash(nn.Module):
    def forward(self, x):
        ctypes.string_at(0)
        return x + 1
`;

/** In a notebook each cell is an editor of its own. */
const CELLS = [
  ['import torch\n', 'from torch import nn'],
  [
    '# fullgraph: args=(torch.randn(3, 8),)\n',
    'class Choice(nn.Module):\n',
    '    def forward(self, x):\n',
    '        if x.sum() > 0:\n',
    '            return x + 1\n',
    '        return x - 1',
  ],
];

const NOTEBOOK = {
  cells: CELLS.map((source, index) => ({ cell_type: 'code', id: `cell${index}`, execution_count: null, metadata: {}, outputs: [], source })),
  metadata: { language_info: { name: 'python' } },
  nbformat: 4,
  nbformat_minor: 5,
};

export interface Workspaces {
  readonly models: string;
  readonly stranger: string;
  readonly torchless: string;
}

export function write(root: string, python: string): Workspaces {
  const made = { models: join(root, 'models'), stranger: join(root, 'stranger'), torchless: join(root, 'torchless') };
  fill(made.models, { 'gate.py': GATE, 'encoder.py': ENCODER, 'crash.py': CRASH, 'choice.ipynb': JSON.stringify(NOTEBOOK), 'pyproject.toml': '[tool.fullgraph]\n' });
  // Whatever runs this file leaves a trace of it.
  fill(made.stranger, { 'gate.py': `${GATE}\n\nopen(__file__ + ".was-run", "w").close()\n` });
  const bare = join(root, 'bare');
  spawnSync(python, ['-m', 'venv', '--without-pip', bare], { stdio: 'inherit' });
  const settings = { 'fullgraph.interpreter': [join(bare, 'bin', 'python')] };
  fill(made.torchless, { 'gate.py': GATE, '.vscode/settings.json': JSON.stringify(settings) });
  return made;
}

function fill(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}
