"""Who may import what, and how large a function may be: the house's rules, held by the text itself."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import fullgraph
import pytest

PACKAGE = Path(fullgraph.__file__).parent

# By part of the package: the parts of ours that it may import, and what of others beside the standard
# library. Of `tracing` the host loads what needs no torch, and says each by name.
_OF_TRACING = (
    "tracing.__init__ tracing.isolation.__init__ "
    "tracing.isolation.channel tracing.isolation.processes tracing.isolation.dumps tracing.isolation.watch"
)

ALLOWED: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    part: (frozenset(ours.split()), frozenset(others.split()))
    for part, ours, others in (
        ("model", "model", ""),
        ("tracing", "model tracing", "torch sympy"),
        ("recording", "recording", "torch"),
        ("text", "model text", "pathspec"),
        ("python", "model text python", "asttokens"),
        ("toml", "model text toml", "tomli"),
        ("configuration", "model text toml configuration", "ruamel"),
        ("project", "model text project", "pathspec"),
        ("discovery", "model text python toml configuration project discovery", ""),
        ("settings", "model text toml discovery settings", ""),
        ("static", "model text python static", ""),
        ("rules", "model rules settings.suppress text.messages", ""),
        ("rewrites", "model text python rewrites", "sympy"),
        ("patterns", "model python patterns", ""),
        (
            "workers",
            f"model text project workers {_OF_TRACING}",
            "",
        ),
        ("check", "model text static rules configuration project discovery settings workers check", ""),
        ("declare", "model text python toml project discovery declare", ""),
        ("fix", "model text python rules rewrites patterns project workers check fix", ""),
        ("cli", "__init__ model text rules patterns project settings check declare fix cli", "rich"),
        ("__init__", "", ""),
        ("__main__", "cli", ""),
    )
}


@dataclass(frozen=True)
class Import:
    """Line `line` of a file imports `name`: dotted, of ours from the package's own top."""

    file: str
    line: int
    name: str
    ours: bool


def imports(source: str, file: str) -> Iterator[Import]:
    """The imports of a file of the package, at any depth; those for type checkers alone are imports too."""
    package = ["fullgraph", *Path(file).parent.parts]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (_absolute(alias.name, node, file) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield _absolute(node.module or "", node, file)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1]
            names = [alias.name for alias in node.names]
            whole = [".".join((*base, *((node.module,) if node.module else ()), name)) for name in names]
            yield from (_absolute(name, node, file) for name in dict.fromkeys(map(_module, whole)))


def _module(name: str) -> str:
    """The module that a dotted name lies in, if its last part is none itself."""
    path = PACKAGE.parent.joinpath(*name.split("."))
    is_module = path.is_dir() or path.with_suffix(".py").is_file()
    return name if is_module else name.rpartition(".")[0]


def _absolute(name: str, node: ast.stmt, file: str) -> Import:
    first, _, rest = name.partition(".")
    ours = first == "fullgraph"
    if ours and PACKAGE.joinpath(*rest.split(".")).is_dir():
        rest = f"{rest}.__init__".removeprefix(".")
    return Import(file, node.lineno, rest if ours else name, ours)


def trespasses(source: str, file: str) -> list[str]:
    """The imports of one file that the table does not allow it."""
    part = Path(file).parts[0].removesuffix(".py")
    assert part in ALLOWED, f"{file}: say in the table what `{part}` may import"
    ours, others = ALLOWED[part]
    return [
        f"{each.file}:{each.line} imports {each.name}"
        for each in imports(source, file)
        if not _is_among(each.name, ours if each.ours else others | sys.stdlib_module_names)
    ]


def _is_among(name: str, allowed: frozenset[str]) -> bool:
    """Whether a module or something that holds it is allowed."""
    parts = name.split(".")
    return any(".".join(parts[:end]) in allowed for end in range(1, len(parts) + 1))


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("file", sources(), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_nothing_imports_what_it_may_not(file: Path) -> None:
    assert trespasses(file.read_text("utf-8"), str(file.relative_to(PACKAGE))) == []


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("model/facts.py", "from .. import text"),
        ("model/facts.py", "import torch"),
        ("tracing/session.py", "from ..check.run import check"),
        ("tracing/locations/syntax.py", "from ... import rules"),
        ("tracing/locations/syntax.py", "import fullgraph.cli"),
        ("rules/rule.py", "from ..tracing import session"),
        ("rules/rule.py", "def late():\n    import torch"),
        ("check/run.py", "from ..tracing import session"),
        ("workers/worker.py", "from ..tracing import session"),
        ("workers/worker.py", "from ..tracing.session import warm"),
        ("check/run.py", "from ..cli import main"),
        ("discovery/finders/comment.py", "from ...check.run import Options"),
        ("cli/formats/text.py", "from ...workers import start"),
        ("settings/config.py", "import yaml"),
        ("static/calls.py", "from .. import project"),
        ("static/calls.py", "import torch"),
        ("python/binding/scopes.py", "from ...discovery.finder import Module"),
    ],
)
def test_a_trespass_is_seen(file: str, line: str) -> None:
    assert len(trespasses(line + "\n", file)) == 1


def test_the_table_has_no_part_that_is_gone() -> None:
    parts = {path.name.removesuffix(".py") for path in PACKAGE.iterdir()}
    assert set(ALLOWED) <= parts


def loaded_by(statement: str) -> set[str]:
    """The modules that a fresh interpreter has after a statement."""
    program = f"import sys\n{statement}\nprint(*sys.modules)"
    command = [sys.executable, "-c", program]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


def test_the_analysis_never_loads_torch() -> None:
    loaded = loaded_by("import fullgraph.cli, fullgraph.check.run")
    assert "fullgraph.check.run" in loaded
    assert loaded.isdisjoint({"torch", "numpy", "sympy", "fullgraph.tracing.session"})


# -- sizes -------------------------------------------------------------------------------------------

LONGEST_FUNCTION = 60
LONGEST_FILE = 420


def functions(source: str) -> list[tuple[str, int]]:
    """Each function and its lines, from `def` to its end, without decorators."""
    nodes = (n for n in ast.walk(ast.parse(source)) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)))
    return [(node.name, (node.end_lineno or 0) - node.lineno + 1) for node in nodes]


@pytest.mark.parametrize("file", sources(), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_no_function_and_no_file_is_too_long(file: Path) -> None:
    text = file.read_text("utf-8")
    long = {name: lines for name, lines in functions(text) if lines > LONGEST_FUNCTION}
    assert long == {}
    assert len(text.splitlines()) <= LONGEST_FILE


def test_most_functions_are_short() -> None:
    lengths = sorted(lines for file in sources() for _, lines in functions(file.read_text("utf-8")))
    assert lengths[len(lengths) // 2] <= 12, "half of the functions"
    assert lengths[len(lengths) * 95 // 100] <= 35, "95 % of the functions"


def test_a_long_function_is_seen() -> None:
    assert functions("def f():\n" + "    x = 1\n" * 60 + "\nasync def g(): ...\n") == [("f", 61), ("g", 1)]


_FLAG = re.compile(r"(^|[\s`])--[a-z]")
SERVER = PACKAGE.parents[1] / "server" / "fullgraph_server"


def flags_named(source: str) -> list[str]:
    """The texts of a file that name a flag of the command line."""
    constants = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    texts = (node.value for node in constants if isinstance(node.value, str))
    return [text for text in texts if _FLAG.search(text)]


_OTHER_FACES = [
    *(file for part in ("model", "workers", "check", "declare", "fix", "discovery", "settings")
      for file in sorted((PACKAGE / part).rglob("*.py"))),
    *(file for file in sorted(SERVER.rglob("*.py")) if file.name != "entry.py"),
]  # fmt: skip


@pytest.mark.parametrize("file", _OTHER_FACES, ids=lambda file: str(file.relative_to(PACKAGE.parents[1])))
def test_flags_of_the_command_line_are_named_by_it_alone(file: Path) -> None:
    assert flags_named(file.read_text("utf-8")) == []


def test_a_flag_that_is_named_elsewhere_is_seen() -> None:
    assert flags_named('raise CannotRun(f"{name}: choose one with `--python PATH`")')
