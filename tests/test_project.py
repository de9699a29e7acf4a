"""The user's files on a real disk: what they are called, which are checked, and what cannot be read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fullgraph.model import Position
from fullgraph.project.exclusion import excluded_by, nothing
from fullgraph.project.files import (
    ModuleFile,
    NoModule,
    Project,
    Unreadable,
    find_module,
    module_name,
    project_of,
    read_pyproject,
    read_source,
    search_path,
)
from fullgraph.project.walk import CannotWalk, python_files
from fullgraph.text.source import SourceText


def tree(root: Path, *files: str) -> Project:
    """Makes empty files, and gives the project of `root`."""
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    return project_of(str(root))


# -- the project -------------------------------------------------------------------------------------


def test_the_root_is_that_of_the_nearest_pyproject(tmp_path: Path) -> None:
    tree(tmp_path, "pyproject.toml", "a/b/cases.py", "inner/pyproject.toml", "inner/src/pkg/gate.py")
    assert project_of(str(tmp_path / "a" / "b" / "cases.py")).root == str(tmp_path)
    assert project_of(str(tmp_path / "a")).root == str(tmp_path)
    inner = project_of(str(tmp_path / "inner" / "src" / "pkg" / "gate.py"))
    assert inner.root == str(tmp_path / "inner")
    assert inner.paths == (inner.root, str(tmp_path / "inner" / "src"))
    assert inner.pyproject == str(tmp_path / "inner" / "pyproject.toml")


def test_without_a_pyproject_the_root_is_the_folder(tmp_path: Path) -> None:
    tree(tmp_path, "a/cases.py")
    assert project_of(str(tmp_path / "a" / "cases.py")).root == str(tmp_path / "a")
    assert project_of(str(tmp_path)).root == str(tmp_path)


@pytest.mark.parametrize("mark", [".git/HEAD", ".git", "setup.py", "setup.cfg"])
def test_without_a_pyproject_the_root_is_the_repository_s(tmp_path: Path, mark: str) -> None:
    tree(tmp_path, mark, "tools/train.py", "models/ops/setup.py", "models/ops/deform.py")
    assert project_of(str(tmp_path / "tools" / "train.py")).root == str(tmp_path)
    assert project_of(str(tmp_path / "models" / "ops" / "deform.py")).root == str(tmp_path)
    file = str(tmp_path / "tools" / "train.py")
    assert search_path(file, "train", project_of(file)) == (str(tmp_path / "tools"), str(tmp_path))


def test_a_pyproject_says_more_than_the_repository(tmp_path: Path) -> None:
    tree(tmp_path, ".git/HEAD", "setup.py", "inner/pyproject.toml", "inner/pkg/gate.py")
    assert project_of(str(tmp_path / "inner" / "pkg" / "gate.py")).root == str(tmp_path / "inner")


def test_what_is_installed_belongs_to_no_repository(tmp_path: Path) -> None:
    tree(tmp_path, ".git/HEAD", "venv/lib/site-packages/pkg/gate.py")
    folder = tmp_path / "venv" / "lib" / "site-packages" / "pkg"
    assert project_of(str(folder / "gate.py")).root == str(folder)


def test_relative_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, "pyproject.toml", "a/cases.py")
    monkeypatch.chdir(tmp_path / "a")
    assert project_of("cases.py").root == str(tmp_path)
    assert python_files(["../a/."]) == (str(tmp_path / "a" / "cases.py"),)


@pytest.mark.parametrize(
    ("file", "name", "home"),
    [
        ("cases.py", "cases", ""),
        ("my-model.py", "my-model", ""),
        ("größe/fälle.py", "fälle", "größe"),
        ("examples/cases.py", "cases", "examples"),
        ("pkg/__init__.py", "pkg", ""),
        ("pkg/sub/gate.py", "pkg.sub.gate", ""),
        ("pkg/sub/__init__.py", "pkg.sub", ""),
        ("pkg/__main__.py", "pkg.__main__", ""),
        ("libs/pkg2/gate.py", "pkg2.gate", "libs"),
        ("src/plain.py", "plain", "src"),
        ("src/space/deep/gate.py", "space.deep.gate", "src"),
        ("src/space/regular/gate.py", "space.regular.gate", "src"),
        ("src/my-app/gate.py", "gate", "src/my-app"),
        ("my-pkg/gate.py", "gate", "my-pkg"),
        ("model.v2.py", "model.v2", ""),
        ("script", "script", ""),
    ],
)
def test_names_of_modules(tmp_path: Path, file: str, name: str, home: str) -> None:
    packages = ("pkg", "pkg/sub", "libs/pkg2", "src/space/regular", "my-pkg")
    project = tree(
        tmp_path, "pyproject.toml", file, "src/x.py", *(f"{each}/__init__.py" for each in packages)
    )
    path = str(tmp_path / file)
    assert module_name(path, project) == name
    expected = dict.fromkeys((str(tmp_path / home), *project.paths))
    assert search_path(path, name, project) == tuple(expected)


def test_a_root_that_is_a_package(tmp_path: Path) -> None:
    root = tmp_path / "gates"
    project = tree(root, "pyproject.toml", "__init__.py", "cases.py")
    assert module_name(str(root / "__init__.py"), project) == "gates"
    assert module_name(str(root / "cases.py"), project) == "gates.cases"
    assert search_path(str(root / "cases.py"), "gates.cases", project) == (str(tmp_path), str(root))


def test_a_src_that_is_a_package(tmp_path: Path) -> None:
    project = tree(
        tmp_path, "pyproject.toml", "src/__init__.py", "src/models/__init__.py", "src/models/gate.py"
    )
    file = str(tmp_path / "src" / "models" / "gate.py")
    assert module_name(file, project) == "src.models.gate"
    assert search_path(file, "src.models.gate", project) == project.paths


def test_what_is_installed_is_left_to_its_interpreter(tmp_path: Path) -> None:
    file = "env/lib/site-packages/pkg/gate.py"
    project = tree(tmp_path, "pyproject.toml", file, "env/lib/site-packages/pkg/__init__.py")
    assert module_name(str(tmp_path / file), project) == "pkg.gate"
    assert search_path(str(tmp_path / file), "pkg.gate", project) == project.paths


@pytest.mark.parametrize("file", ["cases.py", "pkg/sub/gate.py", "examples/cases.py", "src/space/gate.py"])
def test_python_imports_the_very_file(tmp_path: Path, file: str) -> None:
    # Others of the same name, in all the places that could come first.
    others = ("cases.py", "src/cases.py", "examples/cases.py", "gate.py", "src/gate.py")
    project = tree(tmp_path, "pyproject.toml", file, "pkg/__init__.py", "pkg/sub/__init__.py", *others)
    path = str(tmp_path / file)
    name = module_name(path, project)
    code = f"import sys; sys.path[:0] = {search_path(path, name, project)!r}; import {name} as m; print(m.__file__)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/")
    assert ran.stdout.strip() == path


# -- modules that pyproject.toml names ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "name", "file"),
    [
        ("cases", "cases", "cases.py"),
        ("cases.py", "cases", "cases.py"),
        ("./pkg/gate.py", "pkg.gate", "pkg/gate.py"),
        ("pkg.gate", "pkg.gate", "pkg/gate.py"),
        ("pkg", "pkg", "pkg/__init__.py"),
        ("loose.gate", "loose.gate", "loose/gate.py"),
        ("loose/gate.py", "gate", "loose/gate.py"),
        ("inner", "inner", "src/inner.py"),
    ],
)
def test_modules_are_found_by_name_and_by_path(tmp_path: Path, said: str, name: str, file: str) -> None:
    files = ("cases.py", "pkg/__init__.py", "pkg/gate.py", "loose/gate.py", "src/inner.py", "src/cases.py")
    project = tree(tmp_path, "pyproject.toml", *files)
    assert find_module(said, project) == ModuleFile(name, str(tmp_path / file))
    assert search_path(str(tmp_path / file), name, project)


@pytest.mark.parametrize(
    "said", ["nothing", "pkg.nothing", "no/such.py", "", ".", "..cases", "cases.", "pkg/", "a\0b", "\0.py"]
)
def test_modules_that_are_not_there(tmp_path: Path, said: str) -> None:
    project = tree(tmp_path, "pyproject.toml", "cases.py", "pkg/__init__.py")
    found = find_module(said, project)
    assert isinstance(found, NoModule)
    assert said in found.message
    assert str(tmp_path) in found.message


# -- the files to check ------------------------------------------------------------------------------


def test_which_files_of_a_folder(tmp_path: Path) -> None:
    tree(
        tmp_path,
        "z.py",
        "a/größe.py",
        "a/with space.py",
        "a/notes.txt",
        "a/stub.pyi",
        ".hidden/x.py",
        "env/pyvenv.cfg",
        "env/x.py",
        "conda/conda-meta/history",
        "conda/x.py",
        *(f"a/{name}/x.py" for name in ("__pycache__", "node_modules", "build", "dist", "site-packages")),
    )
    files = python_files([str(tmp_path)])
    assert files == tuple(str(tmp_path / each) for each in ("a/größe.py", "a/with space.py", "z.py"))


def test_what_is_named_outright_is_taken(tmp_path: Path) -> None:
    tree(
        tmp_path, "env/pyvenv.cfg", "env/lib/site-packages/pkg/x.py", "env/.hidden.py", "script", "build/y.py"
    )
    named = ["env/lib/site-packages/pkg", "script", "build", "env/.hidden.py", "script"]
    expected = ("build/y.py", "env/.hidden.py", "env/lib/site-packages/pkg/x.py", "script")
    for excluded in (nothing, excluded_by(["*"], tmp_path)):
        files = python_files([str(tmp_path / each) for each in named], excluded)
        assert files == tuple(str(tmp_path / each) for each in expected)


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    missing = str(tmp_path / "nothing")
    assert python_files([str(tmp_path), missing]) == CannotWalk(f"no such file or folder: {missing}")


def test_links(tmp_path: Path) -> None:
    tree(tmp_path, "a/x.py", "elsewhere/y.py")
    (tmp_path / "a" / "loop").symlink_to(tmp_path / "a", target_is_directory=True)
    (tmp_path / "a" / "linked.py").symlink_to(tmp_path / "elsewhere" / "y.py")
    (tmp_path / "a" / "broken.py").symlink_to(tmp_path / "nothing.py")
    (tmp_path / "a" / "round.py").symlink_to(tmp_path / "a" / "round.py")
    assert python_files([str(tmp_path / "a")]) == (
        str(tmp_path / "a" / "linked.py"),
        str(tmp_path / "a" / "x.py"),
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_is_no_source(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    assert python_files([str(tmp_path)]) == ()


# -- reading -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"x = 1\r\n\x0cy\r", "x = 1\r\n\x0cy\r"),
        ("\ufeffx = 'é'\n".encode(), "x = 'é'\n"),
        ("# coding: latin-1\nx = 'é'\n".encode("latin-1"), "# coding: latin-1\nx = 'é'\n"),
        (
            "#!/usr/bin/python\n# -*- coding: cp1252 -*-\n€\n".encode("cp1252"),
            "#!/usr/bin/python\n# -*- coding: cp1252 -*-\n€\n",
        ),
        (b"", ""),
    ],
)
def test_text_is_read_in_its_encoding_and_kept(tmp_path: Path, content: bytes, text: str) -> None:
    (tmp_path / "cases.py").write_bytes(content)
    assert read_source(str(tmp_path / "cases.py")) == SourceText(str(tmp_path / "cases.py"), text)


@pytest.mark.parametrize(
    ("content", "position", "message"),
    [
        (b"x = 1\n\n# \xc3\xa9 \xe9\n", Position(2, 4), "cannot read the file: not utf-8"),
        (b"\xff\xfex\0", Position(0, 0), "cannot read the file: invalid or missing encoding"),
        (b"# coding: nonsense\n", Position(0, 0), "cannot read the file: unknown encoding"),
        (b"# coding: rot13\nk = 1\n", Position(0, 0), "cannot read the file: "),
        (b"# coding: punycode\n\xff\xff\n", Position(0, 0), "cannot read the file: "),
    ],
)
def test_bytes_that_are_no_text(tmp_path: Path, content: bytes, position: Position, message: str) -> None:
    (tmp_path / "cases.py").write_bytes(content)
    found = read_source(str(tmp_path / "cases.py"))
    assert isinstance(found, Unreadable)
    assert found.finding.message.startswith(message)
    assert found.finding.place.range.start == position
    assert found.finding.place.file == str(tmp_path / "cases.py")
    assert found.content == content


@pytest.mark.parametrize("name", ["nothing.py", "folder", "null\0.py"])
def test_files_that_cannot_be_opened(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    found = read_source(str(tmp_path / name))
    assert isinstance(found, Unreadable)
    assert found.finding.message.startswith("cannot read the file: ")


def test_the_settings_of_a_project(tmp_path: Path) -> None:
    project = project_of(str(tmp_path))
    assert read_pyproject(project) == SourceText(project.pyproject, "")
    (tmp_path / "pyproject.toml").write_bytes("a = 'é'\r\n".encode())
    assert read_pyproject(project) == SourceText(project.pyproject, "a = 'é'\r\n")
    (tmp_path / "pyproject.toml").write_bytes(b"a = '\xe9'\n")
    unreadable = read_pyproject(project)
    assert isinstance(unreadable, Unreadable)
    assert unreadable.finding.place.range.start == Position(0, 5)
