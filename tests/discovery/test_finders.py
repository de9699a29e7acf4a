"""Each finder has a file below tests/fixtures/finders: what is found in it stands at its end.

`pytest tests/discovery/test_finders.py --update` writes that anew, to be read in the diff.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from fullgraph.discovery import FINDERS, Discovered, discover
from fullgraph.text.source import SourceText

FIXTURES = Path(__file__).parents[1] / "fixtures/finders"

ELSEWHERE = {"pyproject", "recorded"}
"""Found in other files than the module's; test_pyproject.py and test_recorded.py have them."""

MARK = "\n#= "


def rendered(found: Discovered) -> str:
    lines = []
    for target in found.targets:
        parts = {name: getattr(target, name) for name in ("model", "args", "kwargs", "dynamic_shapes")}
        said = "".join(f"{MARK}    {name}: {part.text}" for name, part in parts.items() if part)
        lines.append(f"{MARK}{target.origin} {target.name}{said}")
    lines += [f"{MARK}{finding.severity}[{finding.rule}]: {finding.message}" for finding in found.findings]
    return "".join(lines)


@pytest.mark.parametrize("file", sorted(FIXTURES.glob("*.py")), ids=lambda file: file.stem)
def test_what_is_found_is_what_the_file_says(file: Path, update: bool) -> None:
    text = file.read_text("utf-8")
    plain = text.partition(f"\n{MARK}")[0].rstrip() + "\n"
    found = discover(SourceText(str(file), plain), file.stem)
    wanted = f"{plain}{rendered(found)}\n"
    if update:
        file.write_text(wanted, "utf-8")
    assert text == wanted or update
    assert _origin(file) in {target.origin for target in found.targets}


def _origin(file: Path) -> str:
    """A finder may have a second fixture: `eager_in_turn`."""
    return file.stem.partition("_in_")[0]


def test_each_finder_has_a_fixture() -> None:
    assert set(map(_origin, FIXTURES.glob("*.py"))) == {each.origin for each in FINDERS} - ELSEWHERE


def test_no_two_finders_have_one_name() -> None:
    assert len({finder.origin for finder in FINDERS}) == len(FINDERS)
