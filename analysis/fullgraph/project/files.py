"""The user's files: what they are called when imported, and what they say.

No other module of the analysis opens a source file, and `walk.py` alone walks the file system. What is not as it should
be (a path that is not there, bytes that are no text) comes back as a value with words for a person.
Paths are absolute and as the user wrote them: links in them are not resolved.
"""

from __future__ import annotations

import io
import os
import re
import sys
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ..model import Finding, Position, Range
from ..text.source import SourceText

RECORDED = (".fullgraph", "recorded.json")
"""Below the root: what `fullgraph record` noted."""

EXAMPLES = "__examples__"
"""The last part of the name of a module that holds the examples of a file's docstrings."""

_START = Position(0, 0)

Texts = Mapping[str, str]
"""What an editor holds and has not saved, by absolute path: it counts in place of the file."""

NOTHING_UNSAVED: Texts = MappingProxyType({})


# -- the project -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Project:
    """`root` is the folder of the nearest pyproject.toml, else the repository's; `paths` hold the user's modules.

    They are the root, and `src` below it.
    """

    root: str
    paths: tuple[str, ...]

    @property
    def pyproject(self) -> str:
        """Where the settings are, if the project has any."""
        return str(Path(self.root, "pyproject.toml"))


def project_of(path: str) -> Project:
    """The project of a file or folder: its own folder where nothing at or above it says where one begins."""
    given = absolute(path)
    folder = given if given.is_dir() else given.parent
    root = _root_above(folder) or _root_of_imports(given) or folder
    paths = [root, root / "src"] if (root / "src").is_dir() else [root]
    return Project(str(root), tuple(map(str, paths)))


def _root_above(folder: Path) -> Path | None:
    """Where a project begins: at the nearest pyproject.toml, else `.git`, else the outermost setup.py.

    The outermost, as a folder of extensions in C++ has a setup.py of its own; and not above a site-packages.
    """
    above = (folder, *folder.parents)
    installed = next((n for n, each in enumerate(above) if each.name in _INSTALLED), len(above))
    own = above[:installed]
    for marked in (
        (each for each in above if (each / "pyproject.toml").is_file()),
        (each for each in own if (each / ".git").exists()),
        (
            each
            for each in reversed(own)
            if any((each / name).is_file() for name in ("setup.py", "setup.cfg"))
        ),
    ):
        if (root := next(marked, None)) is not None:
            return root
    return None


_IMPORT = re.compile(r"^(?:from|import)[ \t]+([A-Za-z_]\w*)", re.MULTILINE)
_MOST_LEVELS = 3


def _root_of_imports(file: Path) -> Path | None:
    """The folder above a script from which its imports lead to folders that are there (namespace packages)."""
    if file.suffix != ".py" or not file.is_file():
        return None
    names = set(_IMPORT.findall(file.read_text("utf-8", "replace"))) - sys.stdlib_module_names - {"torch"}
    wanted = [name for name in names if not _holds(file.parent, name)]
    above = file.parent.parents[:_MOST_LEVELS]
    return next((each for each in above if any(_holds(each, name) for name in wanted)), None)


def _holds(folder: Path, name: str) -> bool:
    """Whether a module or a package with code of this name lies in a folder."""
    return (folder / f"{name}.py").is_file() or any((folder / name).glob("*.py"))


_INSTALLED = ("site-packages", "dist-packages")


def absolute(path: str) -> Path:
    """The absolute path, with symbolic links as they are."""
    # Not `Path.resolve`: a link in a package is imported as what it is called there.
    return Path(os.path.abspath(path))  # noqa: PTH100


def module_name(file: str, project: Project) -> str:
    """The name that the user's own run imports the file by.

    Below `src` it is dotted from there; in a package from the top of the package; else it is the file's
    own (`cases` for cases.py), as for `python cases.py`. `my-model.py` is `my-model`.
    """
    path = absolute(file)
    top = _package_top(path)
    source = Path(project.root, "src")
    # `src/__init__.py` makes `src` a package of its own, imported as `src.models.gate`.
    if str(source) in project.paths and source in path.parents and not _is_package(source):
        below = path.relative_to(source).with_suffix("")
        top = source if all(part.isidentifier() for part in below.parts) else top
    parts = path.relative_to(top).with_suffix("" if path.suffix == ".py" else path.suffix).parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


def search_path(file: str, module: str, project: Project) -> tuple[str, ...]:
    """What comes first on the module search path where `file` is imported as `module`.

    The folder from which that name leads to the file comes before the project's own, as a script's
    folder does: `helpers` beside examples/cases.py are its own, even where the root has others. A
    site-packages folder is left to the interpreter that it belongs to.
    """
    path = absolute(file)
    parts = tuple(module.removesuffix(f".{EXAMPLES}").split("."))
    tail = path.parts[:-1] if path.name == "__init__.py" else path.with_suffix("").parts
    named = tail[-len(parts) :] == parts
    home = Path(*tail[: -len(parts)]) if named else path.parent
    installed = home.name in _INSTALLED
    return tuple(dict.fromkeys((*(() if installed else (str(home),)), *project.paths)))


def _is_package(folder: Path) -> bool:
    return (folder / "__init__.py").is_file()


def _package_top(file: Path) -> Path:
    """The folder that holds the outermost package around the file."""
    folder = file.parent
    while _is_package(folder) and folder.name.isidentifier():
        folder = folder.parent
    return folder


# -- modules that pyproject.toml names ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ModuleFile:
    """A module: the name that it is imported by, and its absolute path."""

    name: str
    file: str


@dataclass(frozen=True, slots=True)
class NoModule:
    """Why there is no such module, for a person."""

    message: str


def find_module(said: str, project: Project) -> ModuleFile | NoModule:
    """The module with this import name, or at this path relative to the project's root."""
    if said.endswith(".py") or "/" in said or os.sep in said:
        file = absolute(str(Path(project.root, said)))
        if file.is_file():
            return ModuleFile(module_name(str(file), project), str(file))
        return NoModule(f"no file `{said}` in {project.root}")
    parts = said.split(".")
    for folder in project.paths if all(parts) else ():
        module = Path(folder, *parts)
        for file in (module.with_name(f"{module.name}.py"), module / "__init__.py"):
            if file.is_file():
                return ModuleFile(said, str(file))
    return NoModule(f"no module `{said}` in {' or '.join(project.paths)}")


# -- reading -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file without a text. `content` is what bytes of it there are, for whoever wants to look."""

    finding: Finding
    content: bytes


def read_source(file: str, texts: Texts = NOTHING_UNSAVED) -> SourceText | Unreadable:
    """A Python file's text, in the encoding that it declares."""
    path = absolute(file)
    if str(path) in texts:
        return SourceText(str(path), texts[str(path)])
    try:
        if path.is_fifo():  # to open one waits until somebody writes to it
            return _unreadable(path, "is a named pipe", b"")
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        return _unreadable(path, getattr(error, "strerror", None) or str(error), b"")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    except SyntaxError as error:
        return _unreadable(path, error.msg, content)
    return _decoded(path, content, encoding)


def read_pyproject(project: Project, texts: Texts = NOTHING_UNSAVED) -> SourceText | Unreadable:
    """The settings' text; an empty one where the project has none."""
    return _read_own(Path(project.pyproject), texts)


def _read_own(path: Path, texts: Texts) -> SourceText | Unreadable:
    """A file of ours in the project, which need not be there."""
    if str(path) in texts:
        return SourceText(str(path), texts[str(path)])
    if not path.exists():
        return SourceText(str(path), "")
    try:
        return _decoded(path, path.read_bytes(), "utf-8")
    except OSError as error:
        return _unreadable(path, error.strerror or str(error), b"")


def read_recording(project: Project, texts: Texts = NOTHING_UNSAVED) -> SourceText | Unreadable:
    """What was recorded; an empty text where nothing was."""
    return _read_own(Path(project.root, *RECORDED), texts)


def is_test(file: str) -> bool:
    """Whether pytest collects it, by its name."""
    stem = Path(file).stem
    return stem.startswith("test_") or stem.endswith("_test")


def exists(file: str, texts: Texts = NOTHING_UNSAVED) -> bool:
    """Whether there is such a file, on disk or as an unsaved text."""
    return file in texts or Path(file).is_file()


def read_text(file: str) -> SourceText | Unreadable:
    """A file that a fix can lie in: Python, or the settings."""
    return read_source(file) if file.endswith(".py") else read_pyproject(project_of(file))


def _decoded(path: Path, content: bytes, encoding: str) -> SourceText | Unreadable:
    try:
        return SourceText(str(path), content.decode(encoding))
    except UnicodeDecodeError as error:
        before = SourceText("", content[: error.start].decode(encoding, "replace"))
        return _unreadable(path, f"not {encoding}: {error.reason}", content, before.whole.end)
    except (LookupError, UnicodeError) as error:  # `# coding: rot13` names no text encoding
        return _unreadable(path, str(error), content)


def _unreadable(path: Path, why: str, content: bytes, position: Position = _START) -> Unreadable:
    place = SourceText(str(path), "").place(Range(position, position))
    return Unreadable(Finding("target-error", "error", f"cannot read the file: {why}", place), content)
