"""What the documents say is what the program does: tables, options, examples, links, the map of the code.

The parts between `<!-- … -->` and `<!-- end -->`, the pages of rules and fixes, and the picture of the README
are rendered from the program itself; `pytest tests/test_docs.py --update` writes them anew.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import fullgraph
import pytest
from fullgraph import cli, patterns, rewrites, rules
from fullgraph.cli.formats import text
from fullgraph.cli.formats.view import View
from fullgraph.discovery import FINDERS, discover
from fullgraph.discovery.finders.pyproject import KEYS
from fullgraph.model.finding import NOUNS, VerdictKind
from fullgraph.project.files import ModuleFile
from fullgraph.rewrites import Rewrite
from fullgraph.settings.config import _SETTINGS, read_config
from fullgraph.text.source import SourceText
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from tests.checking import Checking

ROOT = Path(__file__).parents[1]
PACKAGE = Path(fullgraph.__file__).parent
DOCS = ROOT / "docs"
README = ROOT / "README.md"
DOCUMENTS = (
    README,
    *(ROOT / name for name in ("ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *(ROOT / name for name in ("examples/README.md", "vscode-extension/README.md")),
    *sorted(DOCS.rglob("*.md")),
)

each_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix()
)
each_command = pytest.mark.parametrize("command", cli.SUBCOMMANDS, ids=lambda command: command.name)


def blocks(document: Path, language: str) -> list[str]:
    """The code of every block of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", document.read_text("utf-8"), re.MULTILINE | re.DOTALL)


# -- what is rendered --------------------------------------------------------------------------------


def hold(document: Path, wanted: str, update: bool) -> None:
    if update:
        document.write_text(wanted, encoding="utf-8")
    assert document.exists(), f"{document.relative_to(ROOT)} is missing"
    assert document.read_text("utf-8") == wanted


def hold_part(document: Path, name: str, wanted: str, update: bool) -> None:
    """The text between `<!-- name -->` and the next `<!-- end -->`."""
    found = re.fullmatch(
        rf"(.*<!-- {re.escape(name)} -->\n).*?(<!-- end -->.*)", document.read_text("utf-8"), re.DOTALL
    )
    assert found, f"{document.name} has no part {name!r}"
    hold(document, found[1] + wanted + found[2], update)


def hold_pages(folder: Path, wanted: dict[str, str], update: bool) -> None:
    """The pages of a folder beside its index, by name: each is there, and no other."""
    others = {path for path in folder.glob("*.md") if path.name != "index.md"}
    gone = others - {folder / f"{name}.md" for name in wanted}
    for path in gone if update else ():
        path.unlink()
    assert update or not gone
    for name, page in wanted.items():
        hold(folder / f"{name}.md", page, update)


def deeper(page: str) -> str:
    """A page with its headings one level further down; a `#` in code is none."""
    pieces = re.split(r"(^```.*?^```)", page, flags=re.MULTILINE | re.DOTALL)
    return "".join(p if p.startswith("```") else re.sub(r"^##", "###", p, flags=re.MULTILINE) for p in pieces)


def test_the_headings_of_a_page_go_down_and_its_code_stays() -> None:
    assert deeper("a\n## b\n```python\n## c\n```\n## d") == "a\n### b\n```python\n## c\n```\n### d"


def test_the_rules_are_listed(update: bool) -> None:
    rows = (f"| [`{r.name}`]({r.name}.md) | {NOUNS[r.severity]} | {r.summary} |\n" for r in rules.RULES)
    table = "| rule | severity | |\n|---|---|---|\n" + "".join(rows)
    hold_part(DOCS / "rules/index.md", "rules", table, update)


def test_each_rule_has_its_page(update: bool) -> None:
    hold_pages(DOCS / "rules", {rule.name: rule.document for rule in rules.RULES}, update)


def test_the_patterns_are_listed(update: bool) -> None:
    rows = (f"| [`{each.name}`]({each.name}.md) | {each.summary} |\n" for each in patterns.PATTERNS)
    hold_part(DOCS / "patterns/index.md", "patterns", "| pattern | |\n|---|---|\n" + "".join(rows), update)


def test_each_pattern_has_its_page(update: bool) -> None:
    hold_pages(DOCS / "patterns", {each.name: each.document for each in patterns.PATTERNS}, update)


def groups() -> dict[str, list[Rewrite]]:
    """The rewrites by the package that they are in; one that is in none is a group by itself."""
    found: dict[str, list[Rewrite]] = {}
    for rewrite in rewrites.REWRITES:
        found.setdefault(rewrite.find.__module__.split(".")[2], []).append(rewrite)
    return found


def test_the_fixes_are_listed(update: bool) -> None:
    rows = (
        f"| [`{rewrite.name}`]({group}.md#{rewrite.name}) | {rewrite.summary} |\n"
        for group, members in groups().items()
        for rewrite in members
    )
    hold_part(DOCS / "fixes/index.md", "fixes", "| rewrite | |\n|---|---|\n" + "".join(rows), update)


def test_each_group_of_fixes_has_its_page(update: bool) -> None:
    pages = {}
    for group, members in groups().items():
        package = importlib.import_module(f"fullgraph.rewrites.{group}")
        said = "" if len(members) == 1 else f"{(package.__doc__ or '').partition(chr(10))[0]}\n\n"
        pages[group] = f"# {group.capitalize()}\n\n{said}" + "\n".join(map(_section, members))
    hold_pages(DOCS / "fixes", pages, update)


def _section(rewrite: Rewrite) -> str:
    whole = rewrite.rules >= rules.NAMES
    of = ", ".join(f"[`{name}`](../rules/{name}.md)" for name in sorted(rewrite.rules))
    return f"## {rewrite.name}\n\n{deeper(rewrite.page.strip())}\n\nFor {'any rule' if whole else of}.\n"


def test_the_commands_are_listed(update: bool) -> None:
    rows = (f"| [`fullgraph {c.name}`]({c.name}.md) | {c.summary} |\n" for c in cli.SUBCOMMANDS)
    hold_part(DOCS / "commands/index.md", "commands", "| command | |\n|---|---|\n" + "".join(rows), update)


@each_command
def test_each_command_has_its_options(command: cli.Subcommand, update: bool) -> None:
    parser = argparse.ArgumentParser(add_help=False)
    command.add_arguments(parser)
    table = "| argument | |\n|---|---|\n" + "".join(map(_row, parser._actions))
    hold_part(DOCS / f"commands/{command.name}.md", f"options: {command.name}", table, update)


def _row(action: argparse.Action) -> str:
    metavar = str(action.metavar or "")
    if action.choices is not None:
        metavar = "\\|".join(map(str, action.choices))
    value = f" {metavar}" if action.nargs != 0 and metavar else ""
    names = [f"`{name}{value}`" for name in action.option_strings] or [f"`{metavar or action.dest}`"]
    return f"| {', '.join(names)} | {(action.help or '').replace('|', chr(92) + '|')} |\n"


def test_the_page_of_check_shows_a_real_run(checking: Checking, update: bool) -> None:
    file = "examples/detector.py"
    view = View(base=ROOT, color=False, width=None, encoding="utf-8", rules=rules.RULES)
    said = text.render(checking(ROOT / file), view)
    shown = f"```\n$ fullgraph check {file}\n{without_times(said)}```\n"
    hold_part(DOCS / "commands/check.md", f"output: {file}", shown, update)


def without_times(output: str) -> str:
    """They depend on the machine, so the document goes without them."""
    seconds = r"(?:\x1b\[2m)?  [\d. ]+(?:min [\d. ]+)?s(?=(?:\x1b\[0m)?(?:$|(?:\x1b\[2m)?  ))"
    return re.sub(rf"{seconds}| \([\d.]+ (?:min \d+ )?s\)", "", output, flags=re.MULTILINE)


def test_times_are_left_out() -> None:
    said = (
        "✗ a:A()  fails (1 error)  1 min 3 s\n✓ b:B()  exports\x1b[2m  9.7 s\x1b[0m\n"
        "\nFound 1 error in 1 of 2 targets (9.9 s).\n"
    )
    plain = "✗ a:A()  fails (1 error)\n✓ b:B()  exports\x1b[0m\n\nFound 1 error in 1 of 2 targets.\n"
    assert without_times(said) == plain


@pytest.mark.slow
def test_the_picture_of_the_readme_is_a_real_run_of_its_example(tmp_path: Path, update: bool) -> None:
    file = tmp_path / "models/gate.py"
    file.parent.mkdir()
    file.write_text(blocks(README, "python")[0], encoding="utf-8")
    (tmp_path / "pyproject.toml").touch()
    shown = [_run(command, tmp_path) for command in ("check models/gate.py", "fix models", "check models")]
    hold(DOCS / "images/check.svg", drawn("\n".join(shown)), update)


def _run(command: str, folder: Path) -> str:
    """What a terminal shows of a command, in color."""
    arguments = [*command.split(), "--python", sys.executable, "--color", "always"]
    done = subprocess.run(
        [sys.executable, "-m", "fullgraph", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    return f"\x1b[1m$ fullgraph {command}\x1b[0m\n{without_times(done.stdout)}"


def drawn(output: str) -> str:
    """A terminal's output as a picture. Its fonts are the reader's own: nothing is loaded."""
    console = Console(
        record=True, width=108, file=io.StringIO(), force_terminal=True, color_system="standard"
    )
    console.print(Text.from_ansi(output))
    form = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    svg = console.export_svg(title="models/gate.py", code_format=form, unique_id="fullgraph")
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def test_the_picture_loads_nothing() -> None:
    assert "url(http" not in drawn("\x1b[31ma\x1b[0m")


def test_the_schema_has_every_origin(update: bool) -> None:
    schema = DOCS / "check.schema.json"
    values = json.dumps([finder.origin for finder in FINDERS], indent=2).replace("\n", "\n          ")
    text = schema.read_text("utf-8")
    hold(schema, re.sub(r'(?<="origin": \{\n          "enum": )\[[^\]]*\]', lambda _: values, text), update)
    assert schema_origins(json.loads(schema.read_text("utf-8"))) == [finder.origin for finder in FINDERS]


def schema_origins(schema: object) -> object:
    """The values of the only key `origin` in it."""
    if not isinstance(schema, dict):
        return None
    if isinstance(origin := schema.get("origin"), dict):
        return origin["enum"]
    return next(filter(None, map(schema_origins, schema.values())), None)


def test_the_schema_has_every_verdict() -> None:
    schema = json.loads((DOCS / "check.schema.json").read_text("utf-8"))
    assert schema["$defs"]["fix"]["properties"]["verdict"]["enum"] == list(get_args(VerdictKind))


def test_the_origins_are_listed(update: bool) -> None:
    rows = (f"| `{finder.origin}` | {finder.described} | {finder.tier} |\n" for finder in FINDERS)
    hold_part(DOCS / "json.md", "origins", "| `origin` | | |\n|---|---|---|\n" + "".join(rows), update)


def test_the_conventions_are_listed(update: bool) -> None:
    items = (f"- {finder.described}\n" for finder in FINDERS if finder.tier == "convention")
    hold_part(DOCS / "targets.md", "conventions", "".join(items), update)


# -- what is said ------------------------------------------------------------------------------------


def test_the_readme_is_short() -> None:
    assert len(README.read_text("utf-8").split()) <= 700


def first_column(markdown: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)`", markdown, re.MULTILINE)


def test_every_setting_is_described() -> None:
    assert first_column((DOCS / "configuration.md").read_text("utf-8")) == list(_SETTINGS)


def test_every_verdict_is_described() -> None:
    assert set(get_args(VerdictKind)) <= set(first_column((DOCS / "fixes/index.md").read_text("utf-8")))


@pytest.mark.parametrize("key", KEYS)
def test_every_key_of_a_target_is_described(key: str) -> None:
    assert f"`{key}`" in (DOCS / "targets.md").read_text("utf-8")


@each_document
def test_the_settings_shown_are_accepted(document: Path) -> None:
    for toml in (block for block in blocks(document, "toml") if "[tool.fullgraph" in block):
        source = SourceText(str(ROOT / "pyproject.toml"), toml)
        found = read_config(source, lambda said: ModuleFile("mlp", str(ROOT / said)), rules.NAMES)
        assert found.findings == ()
        assert found.config != type(found.config)()


@pytest.mark.parametrize(
    ("document", "targets"),
    [
        (README, [["models:Gate()"]]),
        (DOCS / "targets.md", [["models:Mlp(width=32).eval()"], ["models:model"]]),
    ],
    ids=["readme", "targets"],
)
def test_the_targets_shown_are_targets(document: Path, targets: list[list[str]]) -> None:
    found = [discover(SourceText("models.py", code), "models") for code in blocks(document, "python")]
    assert [[target.name for target in each.targets] for each in found if each.targets] == targets
    assert all(each.findings == () for each in found)


@each_document
def test_links_lead_somewhere(document: Path) -> None:
    for target, _, anchor in links(document):
        file = document.parent / target if target else document
        assert file.exists(), f"{document.name} links to {target}"
        if anchor and file.suffix == ".md":
            assert anchor in anchors(file), f"{document.name} links to {target}#{anchor}"


def links(document: Path) -> list[tuple[str, str, str]]:
    found = re.findall(r"\]\((?!https?:)([^)#\s]*)(#?)([^)\s]*)\)", prose(document))
    return [(target, mark, anchor) for target, mark, anchor in found]


def anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def prose(document: Path) -> str:
    return re.sub(r"^```.*?^```", "", document.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


# -- the map of the code -----------------------------------------------------------------------------


ARCHITECTURE = ROOT / "ARCHITECTURE.md"
PACKAGES = (PACKAGE, ROOT / "server/fullgraph_server")


def rooms() -> str:
    """Every package by its own docstring's first line; a package within another stands below it."""
    return "\n".join(f"- `{name}/`: {said}" for name, said in _packages()) + "\n"


def _packages() -> Iterator[tuple[str, str]]:
    for top in PACKAGES:
        for file in sorted(top.rglob("__init__.py")):
            said = ast.get_docstring(ast.parse(file.read_text("utf-8")))
            assert said, f"{file.relative_to(ROOT)} says nothing of its package"
            yield str(file.parent.relative_to(top.parent)), said.partition("\n")[0]


def test_the_map_has_every_room(update: bool) -> None:
    hold_part(ARCHITECTURE, "rooms", rooms(), update)
