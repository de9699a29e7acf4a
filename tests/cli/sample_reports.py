"""Reports as a check would give them, on source files that are written out for the occasion.

A place is found by the text that stands there, so that no test counts columns by hand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from fullgraph.model import (
    Assumed,
    Checked,
    Edit,
    Expression,
    Facts,
    Finding,
    Fix,
    FoundModel,
    InferredInputs,
    NoInputs,
    Origin,
    Place,
    Position,
    Range,
    Related,
    Report,
    Role,
    Runtime,
    Status,
    Symbol,
    Target,
    Tensor,
    Verdict,
)

GATE = """\
import torch
from torch import nn
from torch.export import Dim


# fullgraph: args=(torch.randn(2, 64),), dynamic_shapes={"x": {0: Dim("batch", max=8)}}
class Gate(nn.Module):
    def forward(self, x):
        scores = x.softmax(-1)
        top = int(scores.max().item())
        if scores.sum() > 0 and top > 3:
            x = x * scores
        return torch.where(
            scores > 0.5,
            x,
            torch.zeros_like(x),
        ).view(top, -1)


# fullgraph: args=(torch.randn(2, 64),)
class Counter(nn.Module):
    def forward(self, x):
        self.calls = self.calls + 1
        print("called", self.calls)
        return x
"""

PYPROJECT = """\
[[tool.fullgraph.targets]]
module = "models.gate"
model = "Gaet()"
"""

ODD = (
    "def forward(self, x):\n"
    "\tif x[0]:\t# tabs\n"
    "\t\treturn x\n"
    "    größe = prüfe(x)  # 例え\n"
    "    名前 = 関数(値, x[0]) + e\u0301tage\n"
    "    s = 'a\x1b[31mred\u202eback'; y = x.item()\n"
    f"    z = [{'1, ' * 80}x.item(), {'2, ' * 80}]\n"
)

RUNTIME = Runtime("3.11.7", "2.13.0+cpu")

FILES = {"models/gate.py": GATE, "pyproject.toml": PYPROJECT, "models/odd [1].py": ODD}


@dataclass(frozen=True)
class Samples:
    """Reports about the files that stand in `root`."""

    root: Path

    def file(self, name: str) -> str:
        return str(self.root / name)

    def place(self, name: str, needle: str) -> Place:
        """Where `needle` first stands in the file."""
        text = FILES[name]
        offset = text.index(needle)
        return Place(self.file(name), Range(_position(text, offset), _position(text, offset + len(needle))))

    def target(self, name: str, place: Place, origin: Origin = "comment") -> Target:
        file = self.file("models/gate.py")
        return Target(name, "models.gate", file, origin, place, Expression(name.partition(":")[2], place))

    def checked(self, name: str, needle: str, status: Status, facts: Facts) -> Checked:
        return Checked(self.target(name, self.place("models/gate.py", needle)), status, facts, RUNTIME)

    @property
    def gate(self) -> Checked:
        facts = Facts(
            exported=False,
            inputs=(Tensor("x", "float32", ("batch", 64)),),
            outputs=(Tensor("output", "float32", ("u0", "64*batch//u0")),),
            symbols=(
                Symbol("batch", "s77", "x.shape[0]", 2, 8),
                Symbol("u0", "u0", made_at=self.place("models/gate.py", "scores.max().item()")),
            ),
            seconds=1.234567,
        )
        return self.checked("models.gate:Gate()", "Gate", "fails", facts)

    @property
    def counter(self) -> Checked:
        return self.checked("models.gate:Counter()", "Counter", "unsound", Facts(exported=True, seconds=0.61))

    @property
    def misspelt(self) -> Checked:
        place = self.place("pyproject.toml", '"Gaet()"')
        return Checked(self.target("models.gate:Gaet()", place, "pyproject"), "error", Facts(), RUNTIME)

    def passing(self, name: str = "models.gate:Identity()", seconds: float = 0.4) -> Checked:
        return self.checked(name, "nn", "exports", Facts(exported=True, seconds=seconds))

    def mixed(self) -> Report:
        """Every status and severity, related places, a range of several lines, a hint of several lines."""
        findings = (
            self.branch(),
            self.guard(),
            self.range_contradicted(),
            *self.of_counter(),
            self.misspelling(),
        )
        targets = (self.gate, self.counter, self.misspelt, self.passing())
        return Report(targets, findings)

    def clean(self, *targets: Checked, findings: tuple[Finding, ...] = ()) -> Report:
        return Report(targets, findings)

    def model(self, name: str, role: Role = "model", needs: tuple[str, ...] = ()) -> FoundModel:
        return FoundModel(f"models.gate.{name}", self.place("models/gate.py", name), role, "used", needs)

    def of(self, name: str, origin: Origin = "inferred") -> Target:
        """A target for a class of the sample."""
        place = self.place("models/gate.py", name)
        return replace(self.target(f"models.gate:{name}()", place, origin), model_class=f"models.gate.{name}")

    def partly(self) -> Report:
        """Two models and a part: the main one is not checked, the other one with inputs that were inferred."""
        reason = NoInputs("`self.fc` takes 64 features, and got 24", 12)
        skipped = Checked(self.of("Gate"), "error", Facts(failures=(reason,)), RUNTIME)
        inferred = InferredInputs("(torch.randn(2, 3), None)", "", '{"x": {0: Dim.AUTO}, "y": None}')
        assumed = (Assumed("checkpoint", "best.pt", "weights as initialized"),)
        facts = Facts(exported=True, seconds=0.4, inferred=inferred, assumed=assumed)
        counter = Checked(self.of("Counter"), "exports", facts, RUNTIME)
        models = (self.model("Gate"), self.model("Counter"), self.model("Module", "part"))
        message = f"not checked: no inputs declared, and none could be inferred ({reason.reason})"
        why = Finding(
            "target-skipped",
            "information",
            message,
            skipped.target.place,
            skipped.target.name,
            "declare them",
        )
        return Report((counter,), (why,), (skipped,), models)

    def branch(self) -> Finding:
        return Finding(
            "data-dependent-branch",
            "error",
            "`if` condition `scores.sum() > 0` is data-dependent: not known at export time; the branches differ: `x` is bound in only one",
            self.place("models/gate.py", "scores.sum() > 0"),
            "models.gate:Gate()",
            "use `torch.cond` to capture both branches:\n    x = torch.cond(scores.sum() > 0, scale, keep, (x, scores))",
            (Related("`scores` is defined here", self.place("models/gate.py", "x.softmax(-1)")),),
            "https://docs.pytorch.org/docs/stable/cond.html",
            (self.fix(),),
        )

    def fix(self) -> Fix:
        edit = Edit(
            self.place("models/gate.py", "x * scores"), "torch.where(scores.sum() > 0, x * scores, x)"
        )
        return Fix(
            "Rewrite as torch.where", (edit,), Verdict("verified", "equal on 24 inputs"), preferred=True
        )

    def guard(self) -> Finding:
        message = "`torch.where(…)` cannot guard on the data-dependent expression `Eq(Mod(64*batch, u0), 0)`"
        related = (
            Related(
                "`u0` is created by `scores.max().item()`",
                self.place("models/gate.py", "scores.max().item()"),
            ),
            Related(
                "in this line of library code",
                Place(
                    str(self.root.parent / "site-packages/gone.py"),
                    Range(Position(1233, 8), Position(1233, 20)),
                ),
            ),
        )
        place = self.place(
            "models/gate.py",
            GATE[GATE.index("torch.where(") : GATE.index("\n\n\n# fullgraph: args=(torch.randn(2, 64),)\n")],
        )
        return Finding("data-dependent-guard", "error", message, place, "models.gate:Gate()", related=related)

    def range_contradicted(self) -> Finding:
        return Finding(
            "dim-range",
            "error",
            "the guard on `x.shape[0] > 4` narrows `batch` to `batch <= 4`, but `dynamic_shapes` declares a wider range",
            self.place("models/gate.py", 'Dim("batch", max=8)'),
            "models.gate:Gate()",
            'Dim("batch", max=4)',
        )

    def of_counter(self) -> tuple[Finding, ...]:
        name = "models.gate:Counter()"
        lost = self.place("models/gate.py", "self.calls = self.calls + 1")
        printed = self.place("models/gate.py", 'print("called", self.calls)')
        return (
            Finding(
                "lost-state",
                "warning",
                "assignment to `self.calls` is lost: it runs once at export time",
                lost,
                name,
            ),
            Finding("traced-side-effect", "information", "`print` runs once at export time", printed, name),
        )

    def misspelling(self) -> Finding:
        message = "the target cannot be built: NameError: name 'Gaet' is not defined"
        place = self.place("pyproject.toml", '"Gaet()"')
        return Finding(
            "target-error", "error", message, place, "models.gate:Gaet()", hint="did you mean 'Gate'?"
        )

    def odd(self) -> Report:
        """Everything that could upset a screen: markup, escapes, wide characters, places that are not there."""
        name = "models/odd [1].py"
        beyond = Place(self.file(name), Range(Position(99, 4), Position(99, 5)))
        missing = Place(self.file("models/gone.py"), Range(Position(0, 0), Position(0, 1)))
        label = (Related("[bold]here[/bold]", self.place(name, "prüfe(x)")),)
        findings = (
            self.said(self.place(name, "x[0]"), "[bold]x[/bold] is a Tensor[2, 'batch'] \x1b[2J\u202e"),
            self.said(self.place(name, "x[0]:\t# tabs\n\t\treturn x"), "tabs in a range of two lines"),
            self.said(self.place(name, "x[0]) + e\u0301tage"), "wide and combined", related=label),
            self.said(self.place(name, "関数(値"), "wide characters under the marks"),
            self.said(self.place(name, "x.item()"), "after an escape sequence"),
            self.said(self.place(name, "x.item(), 2"), "in a long line"),
            self.said(
                self.place(name, ODD[ODD.index("z = ") :].rstrip()), "a long range\r\nof a long line\n"
            ),
            self.said(self.place(name, "def forward(self, x):\n"), "up to the start of the next line"),
            self.said(
                beyond,
                "beyond the text",
                related=(Related("nor is this one", missing),),
                hint="nothing to see",
            ),
            self.said(missing, "in a file that is gone"),
        )
        return Report((), findings)

    def said(self, place: Place, message: str, related: tuple[Related, ...] = (), hint: str = "") -> Finding:
        return Finding("export-error", "error", message, place, None, hint, related)


def _position(text: str, offset: int) -> Position:
    before = text[:offset]
    return Position(before.count("\n"), offset - (before.rfind("\n") + 1))
