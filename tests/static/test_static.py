"""The first look: what it says, and of what it says nothing. Each case was compared with torch's own answer."""

from __future__ import annotations

import pytest

from tests.static.looking import HEAD, in_forward, looked

BRANCH, LOOP, ASSERT = "data-dependent-branch: ", "data-dependent-loop: ", "data-dependent-assert: "
LEAVES, OUTPUT, GUARD = "tensor-to-python: ", "data-dependent-output: ", "data-dependent-guard: "
LOST, EFFECT = "lost-state: ", "traced-side-effect: "


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("if x.sum() > 0: pass", BRANCH + "x.sum() > 0"),
        ("if x.sum(): pass", BRANCH + "x.sum()"),
        ("if not x.any(): pass", BRANCH + "x.any()"),
        ("if x.shape[0] > 1 and x.any(): pass", BRANCH + "x.any()"),
        ("y = -x if x.mean() > 0 else x", BRANCH + "x.mean() > 0"),
        ("y = x.sum() or 3", BRANCH + "x.sum()"),
        ("y = 0 < x.sum() < 1", BRANCH + "0 < x.sum() < 1"),
        ("while x.max() > 1: x = x / 2", BRANCH + "x.max() > 1"),
        ("y = [row for row in x if row.any()]", BRANCH + "row.any()"),
        ("y = any(x[0] > 0)", BRANCH + "any(x[0] > 0)"),
        ("if x.isnan().any(): raise ValueError(f'{x.max():.2f}')", BRANCH + "x.isnan().any()"),
        ("n = x.max().item()\nif n > 3: pass\nif n > 3: pass", BRANCH + "n > 3"),
        ("y = x[x > 0]\nif y.shape[0] > 3: pass", BRANCH + "y.shape[0] > 3"),
        ("y = x.nonzero()\nif y.numel() == 0: pass", BRANCH + "y.numel() == 0"),
        ("n, _ = x.nonzero().shape\nif n == 1: pass", BRANCH + "n == 1"),
        ("y = len(x[x > 0])", GUARD + "len(x[x > 0])"),
        ("assert x.min() >= 0, 'negative'", ASSERT + "x.min() >= 0"),
        ("assert x.max().item() < 9, 'large'", ASSERT + "x.max().item() < 9"),
        ("n = x.max().item()\nassert n < 9 and n > 2", ASSERT + "n < 9"),
        ("assert not x.isnan().any()", ASSERT + "x.isnan().any()"),
        ("for i in range(x.max().item()): pass", LOOP + "range(x.max().item())"),
        ("for row in x.nonzero(): pass", LOOP + "x.nonzero()"),
        ("y = float(x.max())", LEAVES + "float(x.max())"),
        ("y = int(x.argmax().item())", LEAVES + "int(x.argmax().item())"),
        ("y = x.detach().cpu().numpy()", LEAVES + "x.detach().cpu().numpy()"),
        ("y = math.sqrt(x.max())", LEAVES + "math.sqrt(x.max())"),
        ("y = f'{x.max().item():.2f}'", LEAVES + "f'{x.max().item():.2f}'"),
        ("if torch.equal(x, x): pass", OUTPUT + "torch.equal(x, x)"),
        ("print('now')", EFFECT + "print('now')"),
        ("match x.argmax():\n    case 3: pass", BRANCH + "3"),
        ("if (total := x.sum()) > 0: pass", BRANCH + "(total := x.sum()) > 0"),
        ("a, (b, *c) = x, (x + 1, 2)\nif b.any(): pass", BRANCH + "b.any()"),
        ("d = {'a': x, 'b': 1}\nif d['b']: pass\nif d['a'].any(): pass", BRANCH + "d['a'].any()"),
        ("f = lambda y: y.any()\nif f(x): pass", BRANCH + "f(x)"),
        ("for i, (a, b) in enumerate(zip(x, x)):\n    if i and a.any(): pass", BRANCH + "a.any()"),
        (
            "rows = []\nfor r in x: rows.append(r)\nif torch.stack(rows).any(): pass",
            BRANCH + "torch.stack(rows).any()",
        ),
        ("values, at = x.max(1)\nif values.any(): pass", BRANCH + "values.any()"),
    ],
)
def test_found(body: str, found: str) -> None:
    assert in_forward(body) == [found]


@pytest.mark.parametrize(
    "body",
    [
        "if x.shape[0] > 1 and x.dim() == 2 and len(x) and x.is_cuda: pass",
        "if x is None or isinstance(x, list) or x == None: pass",
        "if x.dtype == torch.float32 and x.size(0) == x.numel(): pass",
        "y = x * x.max().item()",
        "assert x.max().item() < 9",
        "y = x.max().item() == 3",
        "y = max(x.sum(), x.mean())",
        "for row in x: pass",
        "for i in range(x.shape[0]): pass",
        "if torch.tensor(3.0) > 0: pass",
        "n = x.nonzero().shape[0]\nif n >= 0: pass",
        "n = x.max().item()\ntorch._check(n > 3)\nif n > 3: pass",
        "if self.training:\n    if x.any(): pass",
        "if torch.jit.is_scripting():\n    if x.any(): pass",
        "if not torch.compiler.is_exporting():\n    print(x.max().item())",
        "try:\n    if x.any(): pass\nexcept RuntimeError:\n    pass",
        "return x\nif x.any(): pass",
        "y = x\ny = y.shape\nif y[0]: pass",
        "y = 1 if x.ndim == 2 else x\nif y: pass",
        "found = None\nfor r in x:\n    if r.shape[0] > 3:\n        found = 3\n        break\nif found: pass",
        "y = f'{x}'",
        "def inner(z):\n    if z.any(): pass\ny = torch.cond(True, inner, inner, (x,))",
        "if x.requires_grad and x.device.type == 'cpu': pass",
        "y = unknown(x)\nif y: pass",
        "if x in [x]: pass",
        "y = [0] * x.shape[0]\nif y: pass",
    ],
)
def test_not_found(body: str) -> None:
    assert in_forward(body) == []


@pytest.mark.parametrize(
    ("arguments", "is_tensor"),
    [
        ("y: Tensor", True),
        ("y: torch.Tensor | None = None", True),
        ("y: 'Optional[Tensor]' = None", True),
        ("y: Float[Tensor, 'batch 4']", True),
        ("y", False),
        ("y: bool", False),
        ("y=True", False),
        ("y=0.5", False),
        ("y=None", False),
        ("y: Tensor | float", False),
        ("y: Config", False),
        ("*y", False),
        ("**y", False),
    ],
)
def test_which_arguments_are_tensors(arguments: str, is_tensor: bool) -> None:
    assert bool(in_forward("if y: pass", arguments)) is is_tensor


@pytest.mark.parametrize(
    "use", ["y.unsqueeze(0)", "self.layer(y)", "F.relu(y)", "torch.softmax(y, 0)", "y.shape"]
)
def test_what_is_done_with_an_argument_tells(use: str) -> None:
    assert in_forward(f"if y: pass\nz = {use}\nif y: pass", "y", "self.layer = nn.Linear(3, 4)") == [
        BRANCH + "y"
    ]


def test_what_self_has() -> None:
    init = """
        self.weight = nn.Parameter(torch.ones(3))
        self.register_buffer("mean", torch.zeros(3))
        self.size, self.scale = 3, 0.5
        self.layers = nn.ModuleList([nn.Linear(3, 3) for _ in range(3)])
        self.head = nn.Sequential(nn.Linear(3, 3), nn.ReLU())
    """
    body = """
        if self.size > 3 or self.scale or self.layers: pass
        if self.weight.sum() > 0: pass
        if self.mean.any(): pass
        for layer in self.layers:
            x = layer(x)
        if self.head(x).any(): pass
    """
    expected = [BRANCH + each for each in ("self.weight.sum() > 0", "self.mean.any()", "self.head(x).any()")]
    assert in_forward(body, "x", init) == expected


def test_state_that_is_lost() -> None:
    init = """
        self.count, self.last, self.flag = 0, None, False
        self.seen = []
        self.known = {}
        self.register_buffer("mean", torch.zeros(3))
    """
    body = """
        self.count += 1
        self.seen.append(x)
        self.known["x"] = x
        self.last = x
        self.flag = False
        self.mean = self.mean + 1
        if x.shape[0] > 3:
            self.flag = True
    """
    changed = ("self.count", "self.seen.append(x)", 'self.known["x"]', "self.last")
    assert in_forward(body, "x: Tensor", init) == [LOST + each for each in changed]


def test_what_forward_calls() -> None:
    text = f"""{HEAD}
def gate(x, flag=False):
    if flag:
        return x
    return -x if x.any() else x

class Inner(nn.Module):
    def forward(self, x):
        return x.shape, x.relu()

class Base(nn.Module):
    def helper(self, y):
        if y.all(): return y

class Net(Base):
    def __init__(self):
        super().__init__()
        self.inner = Inner()
    def forward(self, x):
        shape, y = self.inner(x)
        if shape: pass
        if y.any(): pass
        self.helper(y)
        return gate(y)
"""
    expected = [BRANCH + each for each in ("x.any()", "y.all()", "y.any()")]
    assert looked(text) == expected


def test_other_modules_of_the_workspace() -> None:
    base = "from torch import nn\nclass Base(nn.Module):\n    def norm(self, x): return x.norm()"
    text = "from base import Base\nimport tools as t\nclass Net(Base):\n    def forward(self, x):\n"
    text += "        if self.norm(x) > 1: pass\n        if t.largest(x): pass\n"
    assert looked(text, base=base, tools="def largest(x): return x.max()") == [
        BRANCH + "self.norm(x) > 1",
        BRANCH + "t.largest(x)",
    ]
    assert looked(text) == []


def test_modules_that_import_each_other() -> None:
    text = "from b import *\nfrom b import Base, thing\nclass Net(Base):\n    def forward(self, x):\n        thing(x)\n"
    assert looked(text, b="from c import Base, thing", c="from b import Base, thing") == []


def test_what_is_no_module_is_left_alone() -> None:
    assert looked(f"{HEAD}class Net:\n    def forward(self, x: Tensor):\n        if x.any(): pass\n") == []


def test_text_that_does_not_parse() -> None:
    assert looked("class Net(nn.Module):\n    def forward(self, x:") == []


def test_the_message_says_that_no_trace_confirms_it() -> None:
    from fullgraph import static
    from fullgraph.text.source import SourceText

    text = f"{HEAD}class Net(nn.Module):\n    def forward(self, x: Tensor):\n        if x.any(): pass\n"
    (finding,) = static.find(SourceText("/m.py", text), "m")
    assert finding.severity == "information"
    assert finding.target is None
    assert finding.message == (
        "`if` condition `x.any()` is data-dependent: not known at export time (static analysis, not confirmed by a trace)"
    )


def test_what_a_constructor_is_given_is_no_input_of_the_model() -> None:
    """numpy's methods have the names of tensors' methods."""
    text = f"""{HEAD}class Net(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.count = np.unique(sizes).sum()
        self.register_buffer("done", torch.BoolTensor([False]))

    def forward(self, x: Tensor):
        for i in range(self.count):
            x = x + i
        return x if self.done else -x
"""
    assert looked(text) == [BRANCH + "self.done"]


def test_to_ask_for_an_attribute_of_the_model_changes_nothing_of_it() -> None:
    body = """
    if hasattr(self, "offset"):
        x = x + self.offset
    if not self.training or torch.rand(1) > 0.5:
        x = -x
    """
    assert in_forward(body) == []


def test_a_name_of_a_loop_is_known_from_its_first_round() -> None:
    assert in_forward("for i in range(3):\n    x = x + i\nif x.any() and i: pass") == [BRANCH + "x.any()"]
