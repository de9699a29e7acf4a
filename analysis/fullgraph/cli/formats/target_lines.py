"""A line for each target: its verdict, with which inputs, and what of the user's run was replaced."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.cells import cell_len
from rich.text import Text

from ...model import (
    INFERRED,
    NOTHING,
    Assumed,
    Checked,
    Expression,
    InferredInputs,
    Place,
    Report,
    RunAs,
    Status,
    Target,
)
from ..screen.visible import visible
from .conditions import requires, verdict_note
from .paragraph import paragraph
from .summary import counted, duration
from .view import View, relative

_LONGEST_NAME = 60
_MOST_PASSING = 20
"""So many targets that export have a line of their own; more are counted, where nobody asks for all."""

_FACTORIES = frozenset({"randn", "rand", "zeros", "ones", "empty"})


@dataclass(frozen=True, slots=True)
class Mark:
    """How a status is shown; `plain` stands where the output's encoding lacks the sign."""

    sign: str
    plain: str
    style: str
    words: str

    def in_(self, encoding: str) -> str:
        return self.sign if visible(self.sign, encoding) == self.sign else self.plain


MARKS: dict[Status, Mark] = {
    "exports": Mark("✓", "+", "green", "exports"),
    "fails": Mark("✗", "x", "red", "fails"),
    "unsound": Mark("!", "!", "yellow", "exports, but unsound"),
    "error": Mark("?", "?", "magenta", "does not run"),
}


def target_lines(report: Report, view: View) -> Iterator[Text]:
    """The targets in the order in which they matter, and an empty line at the end."""
    shown, left = _chosen(report, view)
    names = [visible(checked.target.name, view.encoding) for checked in shown]
    widest = min(_LONGEST_NAME, max(map(cell_len, names), default=0))
    for checked, name in zip(shown, names, strict=True):
        yield from _target(checked, name + " " * (widest - cell_len(name)), report, view)
        if checked.target.run_as:
            yield from paragraph(
                Text("    "), run_as(checked.target.run_as, view.base), view, "dim", hanging=4
            )
        if checked.target.context:
            yield from paragraph(
                Text("    "), f"under {in_words(checked.target.context)}", view, "dim", hanging=4
            )
        if said := requires(checked, everything=view.verbose):
            yield from paragraph(Text("    "), visible(said, view.encoding), view, "dim", hanging=4)
        if said := _assumed(_beside_inputs(checked), view):
            yield from paragraph(Text("    "), said, view, "dim", hanging=4)
    if left:
        mark = MARKS["exports"]
        yield Text(f"{mark.in_(view.encoding)} and {left} more export (--verbose lists them)", mark.style)
    if report.targets:
        yield Text()


def _chosen(report: Report, view: View) -> tuple[list[Checked], int]:
    """Those with a line of their own, and how many others there are, all of which export."""
    plain = [each for each in report.targets if _is_plain(each, report)]
    left = [] if view.verbose else plain[_MOST_PASSING:]
    out = {id(each) for each in left}
    return [each for each in report.targets if id(each) not in out], len(left)


def _is_plain(checked: Checked, report: Report) -> bool:
    return checked.status == "exports" and not _findings(checked, report) and not checked.hidden_conditions


def _target(checked: Checked, name: str, report: Report, view: View) -> Iterator[Text]:
    """The inputs stand behind the verdict, and on a narrow terminal below it."""
    mark = MARKS[checked.status]
    own = _findings(checked, report)
    outcome = mark.words + verdict_note(checked) + (f" ({own})" if own else "")
    time = (f"  {duration(checked.facts.seconds)}", "dim") if checked.facts.seconds else ""
    sign = (mark.in_(view.encoding), f"bold {mark.style}")
    line = Text.assemble(sign, f" {name}  ", (outcome, mark.style), time, (_where(checked, view), "dim"))
    inputs = (
        Text(f"  {visible(_inferred(checked), view.encoding)}", "dim") if checked.facts.inferred else Text()
    )
    if view.width is None or line.cell_len + inputs.cell_len <= view.width:
        yield line + inputs
        return
    yield line
    if inputs:
        yield from paragraph(Text("    "), _inferred(checked), view, "dim", hanging=4)


def _where(checked: Checked, view: View) -> str:
    """The class where the name does not have it, and the file of a script in a folder.

    Many folders have a `main`, and no import names it.
    """
    target = checked.target
    kind = target.model_class.rpartition(".")[2]
    named = f"  {visible(kind, view.encoding)}" if kind not in target.name else ""
    return named + _script(target, view)


def _script(target: Target, view: View) -> str:
    path = relative((target.model_place or target.place).file, view.base)
    module = target.name.partition(":")[0]
    in_folder = len(path.parts) > 1 and not {".", "/"} & set(module)
    return f"  {visible(path.as_posix(), view.encoding)}" if in_folder else ""


def _findings(checked: Checked, report: Report) -> str:
    return counted(finding for finding in report.findings if checked.target.name in finding.targets)


# -- inferred inputs ---------------------------------------------------------------------------------


def _inferred(checked: Checked) -> str:
    """`inputs inferred in place of train.bin: idx=torch.randint(0, 10, (2, 24))`."""
    missing = ", ".join(dict.fromkeys(each.what for each in checked.facts.assumed if each.by == INFERRED))
    return f"inputs inferred{f' in place of {missing}' if missing else ''}: {inferred_inputs(checked)}"


def _beside_inputs(checked: Checked) -> Sequence[Assumed]:
    """What was replaced, without what the inputs themselves are in place of."""
    if not checked.facts.inferred:
        return checked.facts.assumed
    return [each for each in checked.facts.assumed if each.by != INFERRED]


def inferred_inputs(checked: Checked) -> str:
    """`x=(2, 3, 224, 224)` of `(torch.randn(2, 3, 224, 224),)`; another dtype than float is said."""
    inferred = checked.facts.inferred
    if inferred is None:
        return ""
    given, names = _items(inferred.args), _names(inferred)
    if len(names) >= len(given):
        given = [f"{name}={text}" for name, text in zip(names, given, strict=False)]
    return ", ".join((*given, *_items(inferred.kwargs)))


def _names(inferred: InferredInputs) -> list[str]:
    """The parameters that the inputs are for, which the spec names in their order."""
    tree = _tree(inferred.dynamic_shapes)
    keys = tree.keys if isinstance(tree, ast.Dict) else ()
    return [key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]


def _items(text: str) -> list[str]:
    """The arguments that a text gives, shortened; the text itself where it is no tuple and no dict."""
    tree = _tree(text)
    if isinstance(tree, ast.Tuple):
        return [_short(item) for item in tree.elts]
    if isinstance(tree, ast.Dict):
        pairs = ((key, value) for key, value in zip(tree.keys, tree.values, strict=True) if key)
        return [f"{ast.literal_eval(key)}={_short(value)}" for key, value in pairs]
    return [text] if text else []


def _tree(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body if text else None
    except SyntaxError:
        return None


def _short(node: ast.expr) -> str:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _FACTORIES:
        sizes = [ast.unparse(argument) for argument in node.args]
        dtypes = [ast.unparse(each.value) for each in node.keywords if each.arg == "dtype"]
        whole = len(sizes) == 1 and isinstance(node.args[0], ast.Tuple)
        size = sizes[0] if whole else f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"
        return " ".join((size, *dtypes))
    return _structure(node) or ast.unparse(node)


def _structure(node: ast.expr) -> str:
    """Of a list, a dict or an object, each part in short; empty for anything else."""
    match node:
        case ast.List(elts=parts):
            return f"[{', '.join(map(_short, parts))}]"
        case ast.Tuple(elts=[_, *_] as parts) if not all(isinstance(each, ast.Constant) for each in parts):
            return f"({', '.join(map(_short, parts))}{',' if len(parts) == 1 else ''})"
        case ast.Dict(keys=keys, values=values) if all(keys):
            pairs = zip((each for each in keys if each), values, strict=True)
            return f"{{{', '.join(f'{ast.unparse(key)}: {_short(value)}' for key, value in pairs)}}}"
        case ast.Call(
            func=ast.Name(id=kind) | ast.Call(args=[ast.Constant(value=str(kind)), *_]),
            args=[],
            keywords=parts,
        ):
            return f"{kind}({', '.join(f'{each.arg}={_short(each.value)}' for each in parts)})"
    return ""


# -- how it is run -----------------------------------------------------------------------------------


def run_as(known: RunAs, base: Path) -> str:
    """`run with --arch tiny, as in README.md:12`."""
    said = f"run with {' '.join(known.arguments)}"
    if known.place is None:
        return f"{said} (chosen: the file with most of the keys the script reads)"
    return f"{said}, as in {relative(known.place.file, base).as_posix()}:{known.place.range.start.line + 1}"


def in_words(context: Sequence[Expression]) -> str:
    """`torch.no_grad(), torch.autocast("cpu")`: what a call stands in, outermost first."""
    return ", ".join(" ".join(each.text.split()) for each in context)


# -- what was replaced -------------------------------------------------------------------------------


def _assumed(assumed: Sequence[Assumed], view: View) -> str:
    """`weights as initialized in place of best.pt; the CPU in place of cuda; made up: width=64, depth=2`."""
    made_up = [each for each in assumed if each.kind == "number" and each.what.isidentifier()]
    libraries = [f"{each.what}{_at(each.place, view)}" for each in assumed if each.kind == "library"]
    others = [each for each in assumed if each not in made_up and each.kind != "library"]
    said = [f"{_replaced(each)}{_at(each.place, view)}" for each in others]
    said += [_placeholders(tuple(dict.fromkeys(libraries)))] if libraries else []
    values = dict.fromkeys(f"{each.what}={each.by}{_at(each.place, view)}" for each in made_up)
    return "; ".join((*dict.fromkeys(said), *([f"made up: {', '.join(values)}"] if values else [])))


def _replaced(assumed: Assumed) -> str:
    if assumed.kind == "sizes":
        return assumed.by
    if assumed.kind == "statement":
        return f"without {assumed.what}: {assumed.by.removeprefix(NOTHING)}"
    return f"{assumed.by} in place of {assumed.what}"


def _placeholders(names: Sequence[str]) -> str:
    return f"{'placeholders' if len(names) > 1 else 'a placeholder'} for {', '.join(names)}"


def _at(place: Place | None, view: View) -> str:
    if place is None or not view.verbose:
        return ""
    return f" ({relative(place.file, view.base).as_posix()}:{place.range.start.line + 1})"
