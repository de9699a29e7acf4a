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

/** An export call as people write it; the inputs of a target are found there. */
const CALLED = `import torch
from torch import nn


class Scale(nn.Module):
    def forward(self, x):
        return x * 2


def save():
    return torch.export.export(Scale(), (torch.randn(2, 3),))
`;

/** A program whose model nobody gave inputs, until it is recorded. */
const TRAIN = `import torch
from torch import nn


class Tower(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Linear(width, width)

    def forward(self, x):
        return self.body(x)


if __name__ == "__main__":
    Tower(8)(torch.randn(4, 8))
    print("one step was done")
`;

/** A repository as it is checked out: models, what they are made of, a test, and one that nothing builds. */
const ZOO: Readonly<Record<string, string>> = {
  'zoo/__init__.py': '',
  'zoo/layers.py': `import torch
from torch import nn


class AdaptiveNorm(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        var = x.var(dim=-1, keepdim=True)
        if (var < 1e-5).any():
            x = x + 1e-5
        return x * torch.rsqrt(var) * self.weight
`,
  'zoo/classifier.py': `import torch
from torch import nn

from .layers import AdaptiveNorm


class Classifier(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.norm = AdaptiveNorm(width)
        self.head = nn.Linear(width, 4)

    def forward(self, x):
        return self.head(self.norm(x))
`,
  'zoo/encoder.py': `import torch
from torch import nn


class ConvolutionalSequenceEncoderWithPositionalEmbeddings(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(8, 8)

    def forward(self, x: torch.Tensor):
        return self.body(x).relu()


class Retriever(nn.Module):
    def __init__(self, encoder, width):
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(width, width)

    def forward(self, tokens, mask):
        return self.head(self.encoder.encode(tokens)) * mask[..., None]
`,
  'export.py': `import torch

from zoo.classifier import Classifier

torch.export.export(Classifier(), (torch.randn(2, 16),), dynamic_shapes={"x": {0: torch.export.Dim("batch")}})
`,
  'tests/test_encoder.py': `import torch

from zoo.encoder import ConvolutionalSequenceEncoderWithPositionalEmbeddings


def test_shape():
    model = ConvolutionalSequenceEncoderWithPositionalEmbeddings()
    assert model(torch.randn(3, 8)).shape == (3, 8)
`,
  'pyproject.toml': '[tool.fullgraph]\n',
};

/** Python, and no torch in it. */
const PLAIN = { 'main.py': 'print("hello")\n', 'README.md': '# Nothing of PyTorch\n' };

/** A network of each kind, far more of them than a window has lines. */
function many(count: number): string {
  const one = (number: number): string => `
class Net${number}(nn.Module):
    def __init__(self, body):
        super().__init__()
        self.body = body
        self.head = nn.Linear(4, 4)

    def forward(self, x):
        return self.head(self.body.encode(x))
`;
  return `from torch import nn\n\n${Array.from({ length: count }, (_, number) => one(number)).join('\n')}`;
}

export interface Workspaces {
  readonly zoo: string;
  readonly plain: string;
  readonly crowd: string;
  readonly models: string;
  readonly stranger: string;
  readonly torchless: string;
  /** Two folders in one window. */
  readonly two: string;
  /** Its setting is an interpreter that is too old. */
  readonly ancient: string;
  /** An interpreter with the torch of the tests, and nothing of Fullgraph; and one with nothing. */
  readonly withTorch: string;
  readonly bare: string;
}

export function write(root: string, python: string): Workspaces {
  const at = (name: string): string => join(root, name);
  const bare = environment(at('bare'), python);
  const withTorch = environment(at('with-torch'), python);
  shareTorch(withTorch, python);
  fill(at('models'), { 'gate.py': GATE, 'encoder.py': ENCODER, 'crash.py': CRASH, 'called.py': CALLED, 'train.py': TRAIN, 'far/away.py': GATE, 'choice.ipynb': JSON.stringify(NOTEBOOK), 'pyproject.toml': '[tool.fullgraph]\n' });
  fill(at('zoo'), ZOO);
  fill(at('plain'), PLAIN);
  fill(at('crowd'), { 'nets.py': many(300) });
  // Whatever runs this file, or takes the workspace's word for an interpreter, leaves a trace of it.
  fill(at('stranger'), { 'gate.py': `${GATE}\n\nopen(__file__ + ".was-run", "w").close()\n`, '.vscode/settings.json': interpreter(spy(at('stranger'), python)) });
  fill(at('torchless'), { 'gate.py': GATE, '.vscode/settings.json': interpreter(bare) });
  fill(at('ancient'), { 'gate.py': GATE, '.vscode/settings.json': interpreter(ancient(at('ancient'))) });
  const chosen = (path: string): string => JSON.stringify({ 'python.defaultInterpreterPath': path });
  fill(at('alpha'), { 'gate.py': GATE, '.vscode/settings.json': chosen(withTorch) });
  fill(at('beta'), { 'gate.py': GATE, '.vscode/settings.json': chosen(bare) });
  fill(root, { 'two.code-workspace': JSON.stringify({ folders: [{ path: 'alpha' }, { path: 'beta' }] }) });
  return { models: at('models'), zoo: at('zoo'), plain: at('plain'), crowd: at('crowd'), stranger: at('stranger'), torchless: at('torchless'), two: at('two.code-workspace'), ancient: at('ancient'), withTorch, bare };
}

function interpreter(path: string): string {
  return JSON.stringify({ 'fullgraph.interpreter': [path] });
}

function environment(home: string, python: string): string {
  const done = spawnSync(python, ['-m', 'venv', '--without-pip', home], { encoding: 'utf8' });
  if (done.status !== 0) {
    throw new Error(`${python} made no environment: ${done.stderr}`);
  }
  return join(home, 'bin', 'python');
}

/** What is installed beside torch is there too; what is installed as editable is not. */
function shareTorch(own: string, python: string): void {
  const place = (of: string): string => spawnSync(of, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))'], { encoding: 'utf8' }).stdout.trim();
  writeFileSync(join(place(own), 'shared.pth'), place(python));
}

/** A Python that the machine may not have: what a 3.8 answers when it is asked what it is. */
function ancient(folder: string): string {
  return script(join(folder, 'python3.8'), '#!/bin/sh\necho fullgraph-probe 3 8 0\n');
}

/** An interpreter that tells on whoever runs it. */
function spy(folder: string, python: string): string {
  return script(join(folder, 'spy'), `#!/bin/sh\ntouch '${folder}/spy.was-run'\nexec '${python}' "$@"\n`);
}

function script(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode: 0o755 });
  return path;
}

function fill(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}
