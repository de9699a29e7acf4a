"""torch's private names and its wording stand in `torch_compat` alone, held by the syntax trees.

What is private: a name below `torch` with an underscore, all of `torch.fx.experimental`, such names as
strings, and what `torch_compat` declares as attributes of torch's objects. What is a pattern over wording:
one with two words in a row. What rules and rewrites do with a failure's message: they show it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import fullgraph
import pytest

PACKAGE = Path(fullgraph.__file__).parent
TRACING = PACKAGE / "tracing"
COMPAT = TRACING / "torch_compat"

_PRIVATE_MODULES = ("torch.fx.experimental",)
_PYTHONS_OWN = {
    *(("sys", "_getframe"), ("os", "_exit"), ("ast", "expr")),
    *(("parser", "_actions"), ("parser", "_mutually_exclusive_groups")),  # argparse has no other way to ask
}
_OF_NAMED_TUPLES = ("_fields", "_make")
"""Which Python documents; it has the underscore so that no field is called the same."""

_PYTHONS_WORDS = ("(most recent call first)",)
_MATCHING = ("compile", "search", "match", "fullmatch", "findall", "finditer", "sub", "split")
_OF_TEXT = ("startswith", "endswith", "partition", "split", "removeprefix", "find", "index")


def declared(*kinds: str) -> dict[str, str]:
    """The private names that `torch_compat` looks up, and what is lost without each; read from its trees."""
    found: dict[str, str] = {}
    for file in COMPAT.glob("*.py"):
        tree = ast.parse(file.read_text("utf-8"))
        texts = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and _name(call.func) in (kinds or ("Private", "Attribute")):
                name, observation = call.args[:2]
                assert isinstance(name, ast.Constant)
                told = (
                    observation.value if isinstance(observation, ast.Constant) else texts[_name(observation)]
                )
                found[str(name.value)] = str(told)
    return found


def trespasses(source: str, attributes: frozenset[str] = frozenset()) -> list[str]:
    """What of one file belongs into `torch_compat`; `attributes` are those that it declares."""
    tree = ast.parse(source)
    own = _own_names(tree)
    found = [
        *_imports(tree),
        *(said for node in ast.walk(tree) for said in _attributes(node, attributes - own, own)),
        *(said for node in ast.walk(tree) for said in _words(node)),
    ]
    return sorted(set(found))


def readings(source: str) -> list[str]:
    """Where a rule or a rewrite takes torch's words apart: by a pattern, or in any way but to show them."""
    tree = ast.parse(source)
    shown = {
        id(argument)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and _name(call.func) == "first_sentence"
        for argument in call.args
    }
    found = [said for node in ast.walk(tree) for said in _words(node)]
    found += [
        f"line {node.lineno} reads a failure's message"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "message" and id(node) not in shown
        if _dotted(node.value).rpartition(".")[2] in ("failure", "fact")
    ]
    return sorted(set(found))


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (f"line {node.lineno} imports {name}" for name in names if _is_private(name))


def _is_private(dotted: str) -> bool:
    first, *rest = dotted.split(".")
    if first not in ("torch", "functorch"):
        return False
    return dotted.startswith(_PRIVATE_MODULES) or any(map(_has_underscore, rest))


def _has_underscore(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__") and name not in _OF_NAMED_TUPLES


def _attributes(node: ast.AST, attributes: frozenset[str], own: frozenset[str]) -> Iterator[str]:
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value)
        if _is_private(f"{owner}.{node.attr}"):
            yield f"line {node.lineno} uses {owner}.{node.attr}"
        elif owner in ("self", "cls") or (owner, node.attr) in _PYTHONS_OWN:
            return
        elif (_has_underscore(node.attr) and node.attr not in own) or node.attr in attributes:
            yield f"line {node.lineno} reads .{node.attr}"
    elif isinstance(node, ast.Call) and _name(node.func) in (
        "getattr",
        "hasattr",
        "setattr",
        "patched",
        "hooked",
    ):
        for argument in node.args[1:2]:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                name = argument.value
                if _has_underscore(name) or name in attributes:
                    yield f"line {node.lineno} reads {name!r}"


def _words(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        texts = [a.value for a in node.args[:1] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        of_re = _dotted(node.func.value) == "re" and node.func.attr in _MATCHING
        of_error = node.func.attr in _OF_TEXT and _is_message(node.func.value)
        yield from (f"line {node.lineno} matches {text!r}" for text in texts if of_re and _is_sentence(text))
        yield from (f"line {node.lineno} takes apart a message by {text!r}" for text in texts if of_error)
    elif isinstance(node, ast.Compare) and isinstance(node.left, ast.Constant):
        said = node.left.value
        asks = any(isinstance(op, (ast.In, ast.NotIn)) for op in node.ops)
        of_error = any(map(_is_message, node.comparators))
        is_said = isinstance(said, str) and said not in _PYTHONS_WORDS
        if asks and is_said and (of_error or _is_sentence(str(said))):
            yield f"line {node.lineno} looks for {said!r}"


def _is_sentence(pattern: str) -> bool:
    return re.search(r"[A-Za-z]{3,} [a-z]{2,}", pattern) is not None


def _is_message(node: ast.expr) -> bool:
    """`str(error)`, `failure.message`."""
    if isinstance(node, ast.Call) and _name(node.func) == "str" and len(node.args) == 1:
        return isinstance(node.args[0], ast.Name) and node.args[0].id in ("error", "exception", "cause")
    return isinstance(node, ast.Attribute) and node.attr == "message"


def _own_names(tree: ast.AST) -> frozenset[str]:
    """What the file itself defines: functions, and attributes of `self` or of a class body."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and _dotted(node.value) == "self"
        ):
            names.add(node.attr)
    return frozenset(names)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def outside() -> list[Path]:
    return sorted(file for file in TRACING.rglob("*.py") if COMPAT not in file.parents)


def undocumented() -> frozenset[str]:
    """The declared attributes, but for those that other classes have as well."""
    common = {"replace", "node", "replacements", "guards"}
    return frozenset(name.rpartition(".")[2] for name in declared("Attribute")) - common


@pytest.mark.parametrize("file", outside(), ids=lambda file: str(file.relative_to(TRACING)))
def test_no_private_name_and_no_wording_of_torchs_is_used_outside(file: Path) -> None:
    assert trespasses(file.read_text("utf-8"), undocumented()) == []


@pytest.mark.parametrize(
    "file",
    sorted(file for room in ("rules", "rewrites") for file in (PACKAGE / room).rglob("*.py")),
    ids=lambda file: str(file.relative_to(PACKAGE)),
)
def test_rules_and_rewrites_ask_for_what_was_recognized(file: Path) -> None:
    assert readings(file.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "'Suggested fixes:' in failure.message",
        "any(words in failure.message for words in _RAISED)",
        "_CLASS.search(failure.message)",
        "message = case.failure.message",
        "re.search(r'must always be equal', said)",
        "first_sentence(failure.message.split('For')[0])",
    ],
)
def test_a_reading_is_seen(line: str) -> None:
    assert readings(line) != []


@pytest.mark.parametrize(
    "line", ["said = first_sentence(failure.message)", "failure.said('aliasing')", "finding.message"]
)
def test_what_a_rule_may_do_is_let_be(line: str) -> None:
    assert readings(line) == []


@pytest.mark.parametrize("file", sorted(COMPAT.glob("*.py")), ids=lambda file: file.name)
def test_inside_each_private_name_is_looked_up_when_used(file: Path) -> None:
    """None is imported or reached by an attribute: it is declared, and so can be missing."""
    found = [said for said in trespasses(file.read_text("utf-8")) if "imports" in said or "uses" in said]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "from torch._dynamo import exc",
        "import torch._guards",
        "from torch.utils import _pytree",
        "from torch.fx.experimental.symbolic_shapes import ShapeEnv",
        "def late():\n    from torch._ops import OpOverload",
        "torch._dynamo.reset()",
        "kinds = torch.nn.modules.dropout._DropoutNd",
        "module._parameters.clear()",
        "schema = getattr(node.target, '_schema', None)",
        "hooks.patched(torch.nn.Module, '_call_impl', make)",
        "env.source_to_var",
        "size.node.expr",
        "re.search(r'must always be equal', text)",
        "_FORCED = re.compile(r'must be specialized to (-?\\d+)')",
        "if 'Suggested fixes:' in str(error): pass",
        "if 'is not supported' in text: pass",
        "str(error).partition('Got graph break/error:')",
    ],
)
def test_a_trespass_is_seen(line: str) -> None:
    assert trespasses(line, undocumented()) != []


@pytest.mark.parametrize(
    "line",
    [
        "import torch.export",
        "from ..torch_compat.names import Private",
        "self._parameters = 1",
        "frame = sys._getframe()",
        "class A:\n    def _mine(self): ...\n\ndef f(a: A): return a._mine()",
        "re.compile(r'(\\w+) % (\\d+)')",
        "torch.nn.Module.__setattr__",
    ],
)
def test_what_is_allowed_is_let_be(line: str) -> None:
    assert trespasses(line, undocumented()) == []


def test_the_names_are_declared_once() -> None:
    names = declared()
    assert len(names) > 50
    assert "ShapeEnv._log_guard" in names
    assert "torch._guards.TracingContext" in names
    assert all(names.values())
