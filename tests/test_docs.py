"""What the documents say is what the program does: tables, options, examples, links, the map of the code.

The parts between `<!-- … -->` and `<!-- end -->`, and docs/rules.md, are rendered from the program itself;
`pytest tests/test_docs.py --update` writes them anew.
"""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Iterator
from pathlib import Path

import fullgraph
import pytest
from fullgraph import cli, rules
from fullgraph.cli.formats import text
from fullgraph.cli.formats.summary import NOUNS
from fullgraph.cli.formats.view import View
from fullgraph.discovery import discover
from fullgraph.discovery.finders.pyproject import KEYS
from fullgraph.project.files import ModuleFile
from fullgraph.settings.config import _SETTINGS, read_config
from fullgraph.text.source import SourceText

from tests.checking import Checking

ROOT = Path(__file__).parents[1]
PACKAGE = Path(fullgraph.__file__).parent
README = ROOT / "README.md"
PAGES = ROOT / "docs/rules.md"
DOCUMENTS = (
    README,
    *(ROOT / name for name in ("ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted(ROOT.glob("docs/*.md")),
)

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def blocks(document: Path, language: str) -> list[str]:
    """The code of every block of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", document.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def section(document: Path, heading: str) -> str:
    found = re.search(
        rf"^## {heading}$(.*?)(?=^## |\Z)", document.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert found, f"{document.name} has no section {heading!r}"
    return found[1]


# -- what is rendered --------------------------------------------------------------------------------


def hold(document: Path, wanted: str, update: bool) -> None:
    if update:
        document.write_text(wanted, encoding="utf-8")
    assert document.read_text("utf-8") == wanted


def around(document: Path, name: str) -> tuple[str, str]:
    """The text before and after the part `<!-- name -->`."""
    found = re.fullmatch(
        rf"(.*<!-- {re.escape(name)} -->\n).*?(<!-- end -->.*)", document.read_text("utf-8"), re.DOTALL
    )
    assert found, f"{document.name} has no part {name!r}"
    return found[1], found[2]


def link(name: str) -> str:
    return f"docs/rules.md#{name}"


def table_of_rules() -> str:
    rows = (f"| [`{r.name}`]({link(r.name)}) | {NOUNS[r.severity]} | {r.summary} |\n" for r in rules.RULES)
    return "| rule | severity | |\n|---|---|---|\n" + "".join(rows)


def pages() -> str:
    """Every rule's page below a heading of its own; `fullgraph explain` prints the same."""
    each = [
        f"## {rule.name}\n\n*{NOUNS[rule.severity]}*\n\n{deeper(rule.page.strip())}\n" for rule in rules.RULES
    ]
    index = table_of_rules().replace("(docs/rules.md#", "(#")
    return f"# The rules\n\n{index}\n" + "\n".join(each)


def deeper(page: str) -> str:
    """A page with its headings one level further down; a `#` in code is none."""
    pieces = re.split(r"(^```.*?^```)", page, flags=re.MULTILINE | re.DOTALL)
    return "".join(p if p.startswith("```") else re.sub(r"^##", "###", p, flags=re.MULTILINE) for p in pieces)


def test_the_readme_lists_the_rules(update: bool) -> None:
    before, after = around(README, "rules")
    hold(README, before + table_of_rules() + after, update)


def test_the_pages_are_those_of_the_rules(update: bool) -> None:
    hold(PAGES, pages(), update)


def test_the_headings_of_a_page_go_down_and_its_code_stays() -> None:
    assert deeper("a\n## b\n```python\n## c\n```\n## d") == "a\n### b\n```python\n## c\n```\n### d"


def test_the_readme_shows_a_real_run(checking: Checking, update: bool) -> None:
    file = "examples/detector.py"
    view = View(base=ROOT, color=False, width=None, encoding="utf-8", rules=rules.RULES)
    said = text.render(checking(ROOT / file), view)
    before, after = around(README, f"output: {file}")
    hold(README, f"{before}```\n$ fullgraph check {file}\n{without_times(said)}```\n{after}", update)


def without_times(output: str) -> str:
    """They depend on the machine, so the document goes without them."""
    return re.sub(r"  [\d. ]+(?:min [\d. ]+)?s$| \([\d.]+ (?:min \d+ )?s\)", "", output, flags=re.MULTILINE)


def test_times_are_left_out() -> None:
    said = "✗ a:A()  fails (1 error)  1 min 3 s\n✓ b:B()  exports  9.7 s\n\nFound 1 error in 1 of 2 targets (9.9 s).\n"
    plain = "✗ a:A()  fails (1 error)\n✓ b:B()  exports\n\nFound 1 error in 1 of 2 targets.\n"
    assert without_times(said) == plain


# -- what is said ------------------------------------------------------------------------------------


def first_column(markdown: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)`", markdown, re.MULTILINE)


def test_the_readme_has_every_setting() -> None:
    assert first_column(section(README, "Configuration")) == list(_SETTINGS)


@pytest.mark.parametrize("key", KEYS)
def test_the_readme_has_every_key_of_a_target(key: str) -> None:
    assert f"`{key}`" in section(README, "Three ways to say a target")


def options() -> Iterator[tuple[str, str]]:
    for command in cli.SUBCOMMANDS:
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        for action in parser._actions:
            yield from (
                (command.name, name) for name in action.option_strings if name not in ("-h", "--help")
            )


@pytest.mark.parametrize(("command", "option"), sorted(set(options())))
def test_the_readme_has_every_option(command: str, option: str) -> None:
    commands = part_of_commands()
    assert re.search(rf"(?<![\w-]){option}(?![\w-])", commands), f"{option} of {command}"


def part_of_commands() -> str:
    return README.read_text("utf-8").partition("\n## Commands\n")[2].partition("\n## ")[0]


@each_document
def test_the_settings_shown_are_accepted(document: Path) -> None:
    for toml in (block for block in blocks(document, "toml") if "[tool.fullgraph" in block):
        source = SourceText(str(ROOT / "pyproject.toml"), toml)
        found = read_config(source, lambda said: ModuleFile("mlp", str(ROOT / said)), rules.NAMES)
        assert found.findings == ()
        assert found.config != type(found.config)()


def test_the_targets_shown_are_targets() -> None:
    """In the order of the README: the first example, a comment, names in the module."""
    found = [discover(SourceText("models.py", code), "models") for code in blocks(README, "python")]
    assert [[target.name for target in each.targets] for each in found if each.targets] == [
        ["models:Gate()"],
        ["models:Mlp(width=32).eval()"],
        ["models:model"],
    ]
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
    before, after = around(ARCHITECTURE, "rooms")
    hold(ARCHITECTURE, before + rooms() + after, update)
