"""Every model below tests/fixtures, and every example: what the pipeline says is what is written there.

`pytest tests/test_fixtures.py --update` writes it anew, to be read in the diff.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib.metadata import version as version_of
from pathlib import Path

import pytest
from fullgraph.model import Finding, Place, Position, Range, Related, Report

from tests.annotations import Note, annotated, notes_by_file, plain, wordless
from tests.checking import Checking

FIXTURES = Path(__file__).parent / "fixtures"
FOLDERS = sorted(
    # Those of `fixes` stand in pairs, those of `finders` are not run, and both have their own tests.
    folder
    for folder in FIXTURES.iterdir()
    if folder.is_dir() and folder.name[0] != "." and folder.name not in ("fixes", "finders")
)
WRITTEN_WITH = "2.13."
SLOW = {"examples", "further_models", "models"}  # `rules` has each rule, and is enough to run often


@dataclass(frozen=True)
class Rendered:
    """The texts of one folder as they are to be, by the path of the file in it."""

    wanted: dict[Path, str]
    found: dict[Path, str]


def files_in(folder: Path) -> list[Path]:
    kinds = (path for path in folder.rglob("*") if path.suffix in (".py", ".toml"))
    return sorted(path for path in kinds if not any(part.startswith((".", "__")) for part in path.parts))


def read(file: Path) -> str:
    """Latin-1 keeps every byte where it is, whatever the encoding the file declares."""
    return file.read_bytes().decode(encoding_of(file))


def encoding_of(file: Path) -> str:
    return "latin-1" if b"coding: latin-1" in file.read_bytes()[:200] else "utf-8"


def render(folder: Path, there: Path, checking: Checking) -> Rendered:
    """Checks the plain texts of a folder in a copy of it, and annotates them."""
    wanted = {file: read(file) for file in files_in(folder)}
    shutil.copytree(folder, there)
    if not (there / "pyproject.toml").exists():
        (there / "pyproject.toml").write_text("")
    copies = {file: there / file.relative_to(folder) for file in wanted}
    for file, copy in copies.items():
        copy.write_bytes(plain(wanted[file]).encode(encoding_of(file)))
    # Whether a class is a part of others is no matter here. A machine with much else to do is no reason for
    # another finding.
    report = checking(there, timeout=600.0, parts=True)
    notes = notes_by_file(report, {str(copy): plain(wanted[file]) for file, copy in copies.items()})
    found = {file: annotated(plain(wanted[file]), notes.pop(str(copy), [])) for file, copy in copies.items()}
    assert not notes, f"findings in files that are none of the fixtures: {list(notes)}"
    return Rendered(wanted, found)


def accept(rendered: Rendered) -> None:
    for file, text in rendered.found.items():
        file.write_bytes(text.encode(encoding_of(file)))


@pytest.mark.parametrize(
    "folder",
    [pytest.param(f, id=f.name, marks=[pytest.mark.slow] if f.name in SLOW else []) for f in FOLDERS],
)
def test_findings_are_those_written(folder: Path, tmp_path: Path, checking: Checking, update: bool) -> None:
    rendered = render(folder, tmp_path / folder.name, checking)
    if update:
        accept(rendered)
    # Another torch than the one they were written with says the same in other words.
    as_written = str if version_of("torch").startswith(WRITTEN_WITH) else wordless
    for file in rendered.wanted:
        wanted = read(file) if update else rendered.wanted[file]
        assert as_written(rendered.found[file]) == as_written(wanted), file.name


# -- the form itself ---------------------------------------------------------------------------------


def note(line: int, *lines: str) -> Note:
    return Note(line, (0,), lines)


@pytest.mark.parametrize(
    "source",
    [
        "x = 1\ny = 2\n",
        "x = 1\r\ny = 2\r\n",
        "\ufeffx = 1\ny = 2",
        "x = 1\r\ny = 2",
        "\tx = 1\n\f\ty = 2\n",
        "x = '\u2028'\ny = 2\n",
        "x = 1\n",
        "",
    ],
)
def test_annotations_come_out_as_they_went_in(source: str) -> None:
    last = max(len(source.splitlines()) - 1, 0)
    notes = [note(0, "#  ^^ error[a]: b", "#| hint"), note(last, "#<< error[c]: d")]
    text = annotated(source, notes)
    assert "error[a]" in text
    assert "error[c]" in text
    assert plain(text) == source
    assert annotated(plain(text), notes) == text


def test_without_words_the_place_and_the_rule_stay() -> None:
    text = written("x = f(1)\n", (0, 4, 0, 8), hint="do not")
    assert wordless(text) == "x = f(1)\n#   ^^^^ error[a-rule]\n"
    assert wordless(text.replace("^^^^", "^^^")) != wordless(text)
    assert wordless(text.replace("error", "warning")) != wordless(text)
    assert wordless("#= exports (x: int[]) -> int[]\nf (x) error[y] z") == "#= exports\nf (x) error[y] z"


def test_ordinary_comments_stay() -> None:
    source = "# a comment\n#: another\n    # fullgraph: args=()\n#!shebang\n"
    assert plain(source) == source


def test_a_changed_finding_is_seen(tmp_path: Path, checking: Checking) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    gate = (FIXTURES / "rules/data-dependent-branch/gate.py").read_text()
    (folder / "gate.py").write_text(gate.replace("^^^^^^", "^^^^^"))
    rendered = render(folder, tmp_path / "copy", checking)
    [(wanted, found)] = zip(rendered.wanted.values(), rendered.found.values(), strict=True)
    assert found == gate
    assert found != wanted


def written(text: str, where: tuple[int, int, int, int], **more: object) -> str:
    """A text with one finding at (line, character, end line, end character)."""
    line, character, end_line, end_character = where
    place = Place("/m.py", Range(Position(line, character), Position(end_line, end_character)))
    finding = Finding("a-rule", "error", "says so", place, **more)  # type: ignore[arg-type]
    return annotated(text, notes_by_file(Report(findings=(finding,)), {"/m.py": text})["/m.py"])


@pytest.mark.parametrize(
    ("text", "where", "below"),
    [
        ("    if x > 1:\n", (0, 7, 0, 12), "    #  ^^^^^ error[a-rule]: says so"),
        ("\t\tif x:\n", (0, 5, 0, 6), "\t\t#  ^ error[a-rule]: says so"),
        ("    x()\n", (0, 4, 0, 7), "    #<< error[a-rule]: says so"),
        ("x = f(\n  1)\n", (0, 4, 1, 4), "#   ^^ … +1:4 error[a-rule]: says so"),
        ("größe = 日本\n", (0, 8, 0, 10), "#       ^^ error[a-rule]: says so"),
    ],
)
def test_the_carets_are_under_the_range(text: str, where: tuple[int, int, int, int], below: str) -> None:
    assert written(text, where).split("\n")[1] == below


def test_hints_and_related_places_follow() -> None:
    near = Place("/m.py", Range(Position(0, 0), Position(0, 1)))
    far = Place("/other.py", Range(Position(4, 2), Position(4, 9)))
    related = (Related("made here", near), Related("and there", far))
    text = written("x = 1\ny = x\n", (1, 4, 1, 5), hint="do not", related=related)
    assert text.split("\n")[2:6] == [
        "#   ^ error[a-rule]: says so",
        "#| hint: do not",
        "#| made here: 1 line above, 0-1",
        "#| and there: other.py, line 5, 2-9",
    ]
