"""What the worker tells of an exported program, with the real torch in the real worker."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fullgraph.check.options import Options
from fullgraph.check.plan import plan_for
from fullgraph.model import (
    DescribeProgram,
    Facts,
    Level,
    NoProgram,
    Program,
    ProgramRequest,
    Saved,
    SaveProgram,
    TraceRequest,
)
from fullgraph.model.wire import dumps, loads
from fullgraph.workers import Interpreter, Worker, start

HEAD = """\
import torch
from torch import nn

"""

MIXED = """\
seq = torch.export.Dim("seq", min=3, max=64)


# fullgraph: args=(torch.randn(5, 4), torch.randn(4, 4)), dynamic_shapes={"x": {0: seq}, "y": {0: seq - 1}}
class Mixed(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 4)
        self.norm = nn.BatchNorm1d(4)
        self.register_buffer("count", torch.zeros(()))
        self.register_buffer("scratch", torch.zeros(4), persistent=False)
        self.offset = torch.ones(4)

    def forward(self, x, y):
        self.count.add_(1)
        self.scratch.view(2, 2).mul_(2)
        h = self.norm(self.linear(x))
        positive = (x > 0).sum().item()
        z = torch.fft.rfft(h.flatten()[:8] + self.offset.sum()).abs()
        return {"a": h[1:] + y, "b": [h.sum(), z], "n": positive, "three": 3}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("programs")


@pytest.fixture(scope="module")
def worker(folder: Path) -> Iterator[Worker]:
    yield from started(folder, fork=True)


@pytest.fixture(scope="module")
def forkless(folder: Path) -> Iterator[Worker]:
    yield from started(folder, fork=False)


def started(folder: Path, *, fork: bool) -> Iterator[Worker]:
    worker = start(Interpreter(sys.executable, fork=fork), str(folder))
    assert isinstance(worker, Worker), worker
    with worker:
        yield worker


Ask = Callable[[str, ProgramRequest], Facts]


@pytest.fixture
def ask(worker: Worker, folder: Path, request: pytest.FixtureRequest) -> Ask:
    def asked(source: str, wanted: ProgramRequest) -> Facts:
        return worker.trace(asking(folder, request.node.name, source, wanted))

    return asked


def asking(folder: Path, name: str, source: str, wanted: ProgramRequest) -> TraceRequest:
    """The request for the first target of a module of that source."""
    from dataclasses import replace

    file = folder / f"{''.join(c if c.isalnum() else '_' for c in name)}.py"
    file.write_text(HEAD + textwrap.dedent(source))
    [task, *_] = plan_for(Options((str(file),), python=sys.executable)).tasks
    return replace(task.request, program=wanted)


def described(ask: Ask, source: str, level: Level = "training") -> Program:
    facts = ask(source, DescribeProgram(level))
    assert isinstance(facts.program, Program), (facts.program, facts.failures)
    return facts.program


def nodes(program: Program) -> list[str]:
    """Every call as `line text: operator(arguments) → value`."""
    return [
        f"{node.operator}({node.arguments}) -> {node.value}"
        for graph in program.graphs
        for group in graph.groups
        for node in group.nodes
    ]


# -- describing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["training", "inference", "core"])
def test_signature_is_the_same_at_every_level(ask: Ask, level: Level) -> None:
    program = described(ask, MIXED, level)
    assert program.level == level
    assert [(each.kind, each.tensor.name, each.tensor.shape) for each in program.carried] == [
        ("parameter", "self.linear.weight", (4, 4)),
        ("parameter", "self.linear.bias", (4,)),
        ("parameter", "self.norm.weight", (4,)),
        ("parameter", "self.norm.bias", (4,)),
        ("buffer", "self.count", ()),
        ("buffer", "self.scratch", (4,)),
        ("buffer", "self.norm.running_mean", (4,)),
        ("buffer", "self.norm.running_var", (4,)),
        ("buffer", "self.norm.num_batches_tracked", ()),
        ("constant", "self.offset", (4,)),
    ]
    assert [each.tensor.name for each in program.carried if not each.persistent] == ["self.scratch"]
    assert [(out.name, out.dtype, out.shape) for out in program.outputs] == [
        ("output['a']", "float32", ("seq - 1", 4)),
        ("output['b'][0]", "float32", ()),
        ("output['b'][1]", "float32", (5,)),
        ("output['n']", "int", ()),
        ("output['three']", "int", ()),
    ]
    statistics = {f"self.norm.{name}" for name in ("running_mean", "running_var", "num_batches_tracked")}
    assert set(program.written) == {"self.count", "self.scratch", *statistics}


def test_symbols_have_the_users_names_and_ranges(ask: Ask) -> None:
    seq, size = described(ask, MIXED).symbols
    assert (seq.name, seq.lower, seq.upper) == ("seq", 3, 64)
    assert size.made_by == "(x > 0).sum().item()"
    assert size.made_at is not None


def test_nodes_stand_beside_the_line_that_made_them(ask: Ask, folder: Path) -> None:
    source = """
        # fullgraph: args=(torch.randn(2, 4),), dynamic_shapes={"x": {0: torch.export.Dim("batch")}}
        class Model(nn.Module):
            def __init__(self):
                super().__init__()
                self.inner = nn.Sequential(nn.Linear(4, 3), nn.ReLU())

            def forward(self, x):
                y = self.inner(x)
                return 2 * y
    """
    facts = ask(source, DescribeProgram())
    assert isinstance(facts.program, Program)
    [graph] = facts.program.graphs
    lines = (HEAD + textwrap.dedent(source)).splitlines()
    shown = [
        (lines[group.place.range.start.line].strip(), group.module, node.operator, node.arguments, node.value)
        for group in graph.groups
        if group.place
        for node in group.nodes
    ]
    linear = "x, self.inner.0.weight, self.inner.0.bias"
    assert shown == [
        ("y = self.inner(x)", "self.inner.0", "aten.linear.default", linear, "float32[batch, 3]"),
        ("y = self.inner(x)", "self.inner.1", "aten.relu.default", "linear", "float32[batch, 3]"),
        ("return 2 * y", "self", "aten.mul.Tensor", "relu, 2", "float32[batch, 3]"),
    ]
    assert graph.result == "(mul,)"
    assert loads(dumps(facts)) == facts


LINEAR = """
    # fullgraph: args=(torch.randn(2, 4),)
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(4, 4)

        def forward(self, x):
            return self.linear(x).add_(1)
"""


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("training", ["aten.add_.Tensor", "aten.linear.default"]),
        ("inference", ["aten.add.Tensor", "aten.linear.default"]),
        ("core", ["aten.add.Tensor", "aten.addmm.default", "aten.permute.default"]),
    ],
)
def test_levels(ask: Ask, level: Level, expected: list[str]) -> None:
    assert [operator.name for operator in described(ask, LINEAR, level).operators] == expected


def test_operators_that_are_not_core_are_told_with_their_line(ask: Ask) -> None:
    source = """
        @torch.library.custom_op("programs::twice", mutates_args=())
        def twice(x: torch.Tensor) -> torch.Tensor:
            return x * 2


        @twice.register_fake
        def _(x):
            return torch.empty_like(x)


        # fullgraph: args=(torch.randn(3, 4),)
        class Model(nn.Module):
            def forward(self, x):
                y = torch.cond(x.sum() > 0, lambda x: twice(x), lambda x: x.cos(), (x,))
                return twice(y) + y
    """
    program = described(ask, source, "core")
    kinds = {operator.name: (operator.kind, operator.count) for operator in program.operators}
    assert kinds["programs.twice.default"] == ("custom", 2)
    assert kinds["higher_order.cond"] == ("higher-order", 1)
    assert kinds["aten.cos.default"] == ("core", 1)
    lines = (HEAD + textwrap.dedent(source)).splitlines()
    [twice] = [operator for operator in program.operators if operator.kind == "custom"]
    assert [lines[place.range.start.line].strip()[:10] for place in twice.places] == [
        "return twi",
        "y = torch.",
    ]
    assert [graph.name for graph in program.graphs] == ["", "true_graph_0", "false_graph_0"]


def test_an_input_that_is_written_through_a_view(ask: Ask) -> None:
    source = """
        # fullgraph: args=([torch.ones(2, 4), torch.ones(4)],), kwargs={"b": torch.ones(1), "a": torch.ones(1)}
        class Model(nn.Module):
            def forward(self, pair, *, a, b):
                first, second = pair[0].unbind()
                second[1:].mul_(2)
                return pair[0] + a * b.neg()
    """
    program = described(ask, source)
    assert program.written == ("pair[0]",)
    assert "aten.neg.default(b) -> float32[1]" in nodes(program)


def test_a_program_that_torch_cannot_decompose(ask: Ask) -> None:
    source = """
        @torch.library.custom_op("programs::stuck", mutates_args=())
        def stuck(x: torch.Tensor) -> torch.Tensor:
            return x * 2


        calls = []


        @stuck.register_fake
        def _(x):
            calls.append(x)
            if len(calls) > 1:
                raise RuntimeError("not again")
            return torch.empty_like(x)


        # fullgraph: args=(torch.randn(3, 4),)
        class Model(nn.Module):
            def forward(self, x):
                return stuck(x)
    """
    facts = ask(source, DescribeProgram("core"))
    assert facts.exported
    assert isinstance(facts.program, NoProgram)
    assert (facts.program.during, "not again" in facts.program.words) == ("decompose", True)
    assert facts.program.frame is not None


GATE = """
    # fullgraph: args=(torch.randn(3, 4),)
    class Gate(nn.Module):
        def forward(self, x):
            return x if x.sum() > 0 else -x
"""


def test_what_does_not_export_has_no_program(ask: Ask, folder: Path) -> None:
    for wanted in (DescribeProgram(), SaveProgram(str(folder / "gate.pt2"))):
        facts = ask(GATE, wanted)
        assert (facts.exported, facts.program) == (False, None)
        assert facts.failures
    assert not (folder / "gate.pt2").exists()


# -- saving ------------------------------------------------------------------------------------------


def saved(ask: Ask, source: str, path: Path) -> Saved:
    facts = ask(source, SaveProgram(str(path)))
    assert isinstance(facts.program, Saved), (facts.program, facts.failures)
    assert facts.program.size == path.stat().st_size
    return facts.program


def shapes(program: Saved) -> list[dict[str, tuple[Any, ...]]]:
    return [{t.name: t.shape for t in comparison.inputs} for comparison in program.comparisons]


def test_a_saved_program_is_compared_on_other_sizes(ask: Ask, tmp_path: Path) -> None:
    program = saved(ask, MIXED, tmp_path / "mixed.pt2")
    tried = [{"x": (rows, 4), "y": (rows - 1, 4)} for rows in (5, 3, 10, 6, 64, 4)]
    assert shapes(program) == tried
    assert not any(comparison.differences for comparison in program.comparisons)
    # Five outputs, and the five buffers that a forward pass changes but for `scratch`, which stays 0.
    assert [comparison.compared for comparison in program.comparisons] == [9] * len(tried)


def test_without_fork_too(forkless: Worker, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "mixed.pt2"
    facts = forkless.trace(asking(folder, "forkless", MIXED, SaveProgram(str(path))))
    assert isinstance(facts.program, Saved), (facts.program, facts.failures)
    assert len(facts.program.comparisons) > 1
    assert not any(comparison.differences for comparison in facts.program.comparisons)


def test_sizes_that_the_eager_model_refuses_are_not_used(ask: Ask, tmp_path: Path) -> None:
    source = """
        # fullgraph: args=(torch.randn(4, 8),), dynamic_shapes={"x": {0: torch.export.Dim("batch", max=6)}}
        class Model(nn.Module):
            def forward(self, x):
                if not torch.compiler.is_exporting() and x.shape[0] == 5:
                    raise ValueError("five")
                return x + 1
    """
    assert shapes(saved(ask, source, tmp_path / "m.pt2")) == [{"x": (rows, 8)} for rows in (4, 1, 6, 3)]


def test_why_there_are_no_other_sizes(ask: Ask, tmp_path: Path) -> None:
    source = """
        # fullgraph: args=(torch.randn(4, 8),), dynamic_shapes={"x": {0: torch.export.Dim("batch", max=8)}}
        class Model(nn.Module):
            def forward(self, x):
                if not torch.compiler.is_exporting() and x.shape[0] != 4:
                    raise ValueError("four alone")
                return x + 1
    """
    assert saved(ask, LINEAR, tmp_path / "l.pt2").no_other_sizes == "no dimension is dynamic"
    assert saved(ask, source, tmp_path / "m.pt2").no_other_sizes.endswith("four alone")


def test_sizes_that_the_program_made_constant_are_not_used(ask: Ask, tmp_path: Path) -> None:
    source = """
        # fullgraph: args=(torch.randn(4, 8),), dynamic_shapes={"x": {0: torch.export.Dim.AUTO, 1: torch.export.Dim.AUTO}}
        class Model(nn.Module):
            def forward(self, x):
                return sum(x[i] for i in range(x.shape[0]))
    """
    program = saved(ask, source, tmp_path / "m.pt2")
    assert shapes(program) == [{"x": (4, columns)} for columns in (8, 2, 16, 9, 7)]
    assert "x.shape[0] = 2, x.shape[1] = 2" in program.refused


PATCHES = """
    from torch.export import Dim
    import torch.nn.functional as F

    # fullgraph: args=(torch.randn(2, 1, 12, 20),), dynamic_shapes=SPEC
    class Model(nn.Module):
        def forward(self, image):
            rows = image.shape[2] // 4
            grid = torch.ones(1, 1, 2, 2)
            grid = F.interpolate(grid, scale_factor=(rows / 2, 1.0))
            return F.avg_pool2d(image, 4).sum(3) * grid.sum(3)
"""
SPECS = (
    '{"image": {0: Dim("b", max=9), 2: 4 * Dim("rows", min=2, max=9)}}',
    '{"image": {0: Dim("b", max=9), 2: Dim.AUTO}}',
)


@pytest.mark.parametrize("spec", SPECS)
def test_each_dimension_is_tried_at_other_sizes(ask: Ask, tmp_path: Path, spec: str) -> None:
    source = PATCHES.replace("SPEC", spec)
    program = saved(ask, source, tmp_path / "m.pt2")
    batches = {comparison.inputs[0].shape[0] for comparison in program.comparisons}
    heights = {comparison.inputs[0].shape[2] for comparison in program.comparisons}
    assert batches >= {1, 2, 4, 9}
    assert heights <= {12, 13}  # of which both have three rows of patches
    words = " and ".join(program.refused)
    assert "rows = 2" in words and "rows = 9" in words if "rows" in spec else "image.shape[2] = 24" in words


def test_a_program_that_gives_something_else(ask: Ask, tmp_path: Path) -> None:
    source = """
        # fullgraph: args=(torch.randn(4, 8),)
        class Model(nn.Module):
            def forward(self, x):
                return x, (x + 1 if torch.compiler.is_exporting() else x)
    """
    [comparison] = saved(ask, source, tmp_path / "m.pt2").comparisons
    [difference] = comparison.differences
    assert difference.startswith("output[1]: ")
    assert "not close" in difference


def test_randomness_is_seeded(ask: Ask, tmp_path: Path) -> None:
    source = """
        # fullgraph: args=(torch.randn(4, 8),)
        class Model(nn.Module):
            def forward(self, x):
                return torch.dropout(x, 0.5, True) + torch.randn_like(x)
    """
    [comparison] = saved(ask, source, tmp_path / "m.pt2").comparisons
    assert comparison.differences == ()


def test_inputs_that_cannot_be_written(ask: Ask, tmp_path: Path) -> None:
    source = """
        class Pair:
            def __init__(self, left, right):
                self.left, self.right = left, right


        pytree = torch.utils._pytree
        pytree.register_pytree_node(
            Pair,
            lambda p: ([p.left, p.right], None),
            lambda leaves, _: Pair(*leaves),
            flatten_with_keys_fn=lambda p: (
                [(pytree.GetAttrKey("left"), p.left), (pytree.GetAttrKey("right"), p.right)], None
            ),
        )


        # fullgraph: args=(Pair(torch.randn(3), torch.randn(3)),)
        class Model(nn.Module):
            def forward(self, pair):
                return pair.left + pair.right
    """
    facts = ask(source, SaveProgram(str(tmp_path / "m.pt2")))
    assert facts.exported
    assert isinstance(facts.program, NoProgram)
    assert facts.program.during == "save"
    assert facts.program.words
