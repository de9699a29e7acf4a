"""The settings of a project, and what is said of those that cannot be."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from textwrap import dedent

import pytest
from fullgraph.project.files import NoModule, Project, find_module, project_of, read_pyproject
from fullgraph.settings.config import _SETTINGS, Config, Configured, read_config
from fullgraph.text.source import SourceText
from hypothesis import given
from hypothesis import strategies as st

RULES = ("data-dependent-branch", "graph-break", "lost-state")
PYPROJECT = str(Path("/project/pyproject.toml"))


def read(text: str) -> Configured:
    return read_config(SourceText(PYPROJECT, text), lambda said: NoModule(f"no {said}"), RULES)


def setting(line: str) -> Config:
    configured = read(f"[tool.fullgraph]\n{line}\n")
    assert configured.findings == ()
    return configured.config


def test_all_settings() -> None:
    configured = read(
        dedent("""
            [tool.fullgraph]
            python = ".venv/bin/python"
            timeout = 90
            memory = "4GiB"
            select = ["graph-break", "lost-state"]
            ignore = ["data-dependent-branch"]
            strict = true
            jobs = 2
            cuda = "0,1"
            graph-breaks = true
            exclude = ["legacy", "src/**/generated"]
        """)
    )
    assert configured == Configured(
        Config(
            python=str(Path("/project/.venv/bin/python")),
            timeout=90.0,
            memory=4 * 2**30,
            select=("graph-break", "lost-state"),
            ignore=("data-dependent-branch",),
            strict=True,
            jobs=2,
            cuda="0,1",
            graph_breaks=True,
            exclude=("legacy", "src/**/generated"),
        )
    )


def test_each_setting_is_a_field() -> None:
    assert {key.replace("-", "_") for key in _SETTINGS} == {each.name for each in dataclasses.fields(Config)}


@pytest.mark.parametrize(
    "text", ["", "\ufeff", "[tool.other]\ntimeout = 1\n", "[tool.fullgraph]\n", "tool.x = 1"]
)
def test_silence_gives_the_defaults(text: str) -> None:
    assert read(text) == Configured()


@pytest.mark.parametrize(
    ("line", "python"),
    [
        ("python = 'python3.12'", "python3.12"),
        ("python = '/usr/bin/python3'", "/usr/bin/python3"),
        ("python = 'env/bin/python'", "/project/env/bin/python"),
        ("python = '~/env/bin/python'", "/home/me/env/bin/python"),
    ],
)
def test_interpreters(line: str, python: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("USERPROFILE", "/home/me")
    assert setting(line).python == python


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ("1000", 1000),
        ('"1000"', 1000),
        ('"512MB"', 512_000_000),
        ('"512 MiB"', 512 * 2**20),
        ('"1.5GiB"', 3 * 2**29),
        ('"2g"', 2_000_000_000),
        ('"1tib"', 2**40),
        ('"7B"', 7),
    ],
)
def test_amounts_of_memory(said: str, size: int) -> None:
    assert setting(f"memory = {said}").memory == size


@pytest.mark.parametrize(("said", "cuda"), [("true", None), ("false", ""), ('"GPU-1"', "GPU-1"), ('""', "")])
def test_devices(said: str, cuda: str | None) -> None:
    assert setting(f"cuda = {said}").cuda == cuda


@pytest.mark.parametrize(
    ("line", "underlined", "message"),
    [
        ("timeuot = 5", "timeuot", "unknown key `timeuot`: did you mean `timeout`?"),
        ("graph_breaks = true", "graph_breaks", "unknown key `graph_breaks`: did you mean `graph-breaks`?"),
        ('"größe" = 5', '"größe"', "unknown key `größe`: expected `cuda`, `exclude`"),
        ("timeout = 0", "0", "`timeout` must be a number of seconds, above 0"),
        ("timeout = nan", "nan", "`timeout` must be a number of seconds, above 0"),
        ("timeout = inf", "inf", "`timeout` must be a number of seconds, above 0"),
        ("timeout = true", "true", "`timeout` must be a number of seconds, above 0"),
        (f"timeout = 1{'0' * 400}", f"1{'0' * 400}", "`timeout` must be a number of seconds, above 0"),
        ('timeout = "60"', '"60"', "`timeout` must be a number of seconds, above 0"),
        ("jobs = 0", "0", "`jobs` must be an integer"),
        ("jobs = 1.5", "1.5", "`jobs` must be an integer"),
        ("jobs = true", "true", "`jobs` must be an integer"),
        ('memory = "much"', '"much"', "`memory` must be a number of bytes"),
        ("memory = true", "true", "`memory` must be a number of bytes"),
        ("memory = -5", "-5", "`memory` must be a number of bytes"),
        ('memory = "999999999TiB"', '"999999999TiB"', "`memory` must be a number of bytes"),
        ('strict = "yes"', '"yes"', "`strict` must be `true` or `false`"),
        ("graph-breaks = 1", "1", "`graph-breaks` must be `true` or `false`"),
        ("cuda = 0", "0", "`cuda` must be `true`, `false`, or"),
        ('cuda = "\\u0000"', '"\\u0000"', "`cuda` must be `true`, `false`, or"),
        ('python = ""', '""', "`python` must be a string"),
        ('python = ["python3"]', '["python3"]', "`python` must be a string"),
        ('select = "graph-break"', '"graph-break"', "`select` must be an array of strings"),
        ('select = ["graph-break", 4]', "4", "each element of `select` must be a string"),
        ('select = ["graf-break"]', '"graf-break"', "unknown rule `graf-break`: did you mean `graph-break`?"),
        ('ignore = [\n  "lost-state",\n  "{x}" ]', '"{x}"', "unknown rule `{x}`: expected"),
        ("exclude = ['a', '[b']", "'[b'", "`[b` is not a valid pattern"),
        ("exclude = ['[z-a]']", "'[z-a]'", "`[z-a]` is not a valid pattern"),
        ("exclude = ['!']", "'!'", "`!` is not a valid pattern"),
        ("exclude = [' ']", "' '", "this pattern is empty"),
        ("exclude = ['#old']", "'#old'", "`#old` is a comment: write `\\#` for a name"),
        ("exclude = ['./m.py']", "'./m.py'", "`./m.py` is relative: write `/m.py`"),
        ("exclude = ['!./a/../b/c/']", "'!./a/../b/c/'", "`!./a/../b/c/` is relative: write `!b/c/`"),
        ("exclude = ['.']", "'.'", "`.` is relative: write `*`"),
        ("exclude = ['../proj/m.py']", "'../proj/m.py'", "`../proj/m.py` leads out of the project"),
        ("exclude = ['src\\old']", "'src\\old'", "`src\\old` has a backslash: write `/` between folders"),
        ("respect-gitignore = 'no'", "'no'", "`respect-gitignore` must be `true` or `false`"),
        ("exclude = [['a']]", "['a']", "each element of `exclude` must be a string"),
        ("targets = 4", "4", "`targets` must be an array of tables"),
    ],
)
def test_what_cannot_be_is_a_finding_at_its_place(line: str, underlined: str, message: str) -> None:
    source = SourceText(PYPROJECT, f"# ä\n[tool.fullgraph]\r\n{line}\r\n")
    configured = read(source.text)
    (finding,) = configured.findings
    assert source.between(finding.place.range) == underlined
    assert finding.message.startswith(message)
    assert (finding.rule, finding.severity, finding.place.file) == ("target-error", "error", PYPROJECT)
    assert configured.config == Config()


def test_one_slip_leaves_the_rest() -> None:
    configured = read("[tool.fullgraph]\ntimeout = 0\njobs = 3\ncuda = 1\n")
    assert configured.config == Config(jobs=3)
    assert len(configured.findings) == 2


@pytest.mark.parametrize(
    ("text", "underlined"),
    [
        ("tool = 3\n", "3"),
        ("[tool]\nfullgraph = 'x'\n", "'x'"),
        ("[[tool.fullgraph]]\n", "[[tool.fullgraph]]"),
    ],
)
def test_what_is_no_table(text: str, underlined: str) -> None:
    configured = read(text)
    (finding,) = configured.findings
    assert SourceText(PYPROJECT, text).between(finding.place.range) == underlined
    assert finding.message.endswith("must be a table")


def test_a_file_that_does_not_parse() -> None:
    configured = read("[tool.fullgraph]\ntimeout = \n")
    assert configured.config == Config()
    (finding,) = configured.findings
    assert finding.message.startswith("syntax error: ")
    assert finding.place.range.start.line == 1


def test_targets_take_the_projects_strictness_and_files(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "gate.py").touch()
    (tmp_path / "pyproject.toml").write_text(
        "[tool.fullgraph]\nstrict = true\ntargets = [{ module = 'gate', model = 'Gate()' }]\n"
    )
    project: Project = project_of(str(tmp_path))
    source = read_pyproject(project)
    assert isinstance(source, SourceText)
    configured = read_config(source, lambda said: find_module(said, project), RULES)
    (target,) = configured.config.targets
    assert target.file == str(tmp_path / "src" / "gate.py")
    assert target.strict
    assert configured.findings == ()


_SCALARS = st.sampled_from(["0", "-1", "1e400", "nan", "true", "07:32:00", '"\\u0000"', "9" * 3000])
_STRINGS = st.sampled_from(["''", "'x'", "'4GiB'", "'''\n(x\n'''"])
_TABLES = st.sampled_from(
    ["{}", "{ a = 1 }", "[]", "[[]]", "[{}]", "['x']", "[{ module = 'a', model = '(' }]"]
)
_VALUES = _SCALARS | _STRINGS | _TABLES
_LINES = st.lists(
    st.tuples(st.sampled_from([*_SETTINGS, "nothing", "''"]), _VALUES),
    max_size=6,
    unique_by=lambda pair: pair[0],
)


@given(_LINES)
def test_no_values_make_it_fail(lines: list[tuple[str, str]]) -> None:
    text = "[tool.fullgraph]\n" + "".join(f"{key} = {value}\n" for key, value in lines)
    source = SourceText(PYPROJECT, text)
    for finding in read(text).findings:
        assert source.clamped(finding.place.range.end) == finding.place.range.end
        assert finding.place.range.start < finding.place.range.end


@given(st.text(max_size=60))
def test_no_text_makes_it_fail(text: str) -> None:
    read(text)
    read(f"[tool.fullgraph]\n{text}")
