"""The results of traces and the verified fixes, cached on disk by the content of their inputs.

The rule: an entry is valid only for the texts, interpreter, packages and settings that it was made with. A cache
that is broken in any way (a full disk, half a file, another version's entry) counts as empty. Files are
written atomically, so that two servers can share the folder.

An entry is found by the request, the target's own text, and the interpreter. It says which files the trace loaded, with the
digest of each text, and counts only while all of them are still the same. The fixes
of a trace are an entry of their own, which also names the files that they edit.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import fullgraph
from fullgraph.check.plan import Task
from fullgraph.check.run import Outcome
from fullgraph.model import Facts, Finding, Fix, Runtime, Stopped, wire
from fullgraph.project import files
from fullgraph.text.source import SourceText
from fullgraph.workers import Interpreter, executable
from platformdirs import user_cache_path

Json = dict[str, Any]
Kind = Literal["trace", "fixes"]
FoundFixes = tuple[tuple[Finding, tuple[Fix, ...]], ...]
"""Findings, each with its fixes, the best first."""

_MOST_BYTES = 200 * 1024 * 1024
_PRUNE_EVERY = 50
"""Entries written between two measurements of the folder."""


def default_folder() -> Path:
    return user_cache_path("fullgraph", appauthor=False) / "traces"


class Cache:
    """Entries in a folder; None: nothing is kept. Can be used from any thread."""

    def __init__(self, folder: Path | None, most_bytes: int = _MOST_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._written = 0

    def outcome(self, task: Task, trace: Callable[[], Outcome]) -> Outcome:
        """What is known of a task, else what `trace` gives, which is then known."""
        known = self.known(task)
        if known is not None:
            return known
        begun = time.time()
        outcome = trace()
        if not any(isinstance(failure, Stopped) for failure in outcome.facts.failures):
            self._keep(task, outcome, begun)
        return outcome

    def known(self, task: Task) -> Outcome | None:
        """What its trace found, if that was here before."""
        entry = self._read(task, "trace")
        facts = _decoded(entry.get("facts"))
        if not isinstance(facts, Facts):
            return None
        return Outcome(facts, Runtime(str(entry.get("python", "")), str(entry.get("torch", ""))))

    def known_fixes(self, task: Task) -> FoundFixes | None:
        """The fixes of its trace's findings, if they were searched for before."""
        found: list[tuple[Finding, tuple[Fix, ...]]] = []
        entry = self._read(task, "fixes")
        for pair in entry.get("fixes", ()):
            finding, *fixes = map(_decoded, pair)
            if not isinstance(finding, Finding) or not all(isinstance(fix, Fix) for fix in fixes):
                return None
            found.append((finding, tuple(fix for fix in fixes if isinstance(fix, Fix))))
        return tuple(found) if entry else None

    def keep_fixes(self, task: Task, facts: Facts, found: FoundFixes, begun: float) -> None:
        edited = {edit.place.file for _, fixes in found for fix in fixes for edit in fix.edits}
        pairs = [[wire.encode(each) for each in (finding, *fixes)] for finding, fixes in found]
        self._write(task, "fixes", {*facts.loaded, *edited}, {"fixes": pairs}, begun)

    def clear(self) -> None:
        for path in self._entries():
            with contextlib.suppress(OSError):
                path.unlink()

    def _keep(self, task: Task, outcome: Outcome, begun: float) -> None:
        facts = wire.encode(outcome.facts)
        entry = {"facts": facts, "python": outcome.runtime.python, "torch": outcome.runtime.torch}
        self._write(task, "trace", outcome.facts.loaded, entry, begun)

    def _read(self, task: Task, kind: Kind) -> Json:
        """An entry that still holds; empty where there is none."""
        path = self._path(task, kind)
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, zlib.error):
            entry = json.loads(zlib.decompress(path.read_bytes())) if path else {}
            if path and entry["digests"] == _digests(entry["digests"], task):
                os.utime(path)
                return dict(entry)
        return {}

    def _write(self, task: Task, kind: Kind, files: Iterable[str], entry: Json, begun: float) -> None:
        """Puts an entry in place, unless a file was written since: which text was loaded is not known then."""
        path = self._path(task, kind)
        read = {*files, task.request.target.file}
        if path is None or any(_written_since(begun, file) for file in read - set(task.request.overlays)):
            return
        entry["digests"] = _digests(read, task)
        aside = path.with_name(f".{secrets.token_hex(8)}.part")
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            aside.write_bytes(zlib.compress(json.dumps(entry).encode(), 1))
            aside.replace(path)
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
        self._written += 1
        if self._written % _PRUNE_EVERY == 1:
            self._prune()

    def _prune(self) -> None:
        """Lets go of what was not used for the longest time."""
        sizes: list[tuple[float, int, Path]] = []
        for path in self._entries():
            with contextlib.suppress(OSError):  # another server let go of it
                stat = path.stat()
                sizes.append((stat.st_mtime, stat.st_size, path))
        left = sum(size for _, size, _ in sizes)
        for _, size, path in sorted(sizes):
            if left <= self._most_bytes:
                return
            left -= size
            with contextlib.suppress(OSError):
                path.unlink()

    def _entries(self) -> Iterator[Path]:
        if self._folder is not None and self._folder.is_dir():
            yield from self._folder.glob("*.z")

    def _path(self, task: Task, kind: Kind) -> Path | None:
        """Where the entry of a task is, whatever the files say that its own imports.

        With its own file's text: who takes an edit back has the former entry still.
        """
        if self._folder is None or task.request.program is not None:
            return None
        request = wire.dumps(replace(task.request, overlays={}))
        ours = (kind, fullgraph.__version__, _OURS, str(wire.PROTOCOL))
        own = _digest(task.request.target.file, task)
        parts = (*ours, request, own, *_identity(task.interpreter))
        return self._folder / f"{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()}.z"


def _written_since(time_: float, file: str) -> bool:
    with contextlib.suppress(OSError):
        return Path(file).stat().st_mtime >= time_
    return False


def _decoded(value: Any) -> object:
    """A value of the model; None for what is none, as another version's may be."""
    with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
        return wire.decode(value)
    return None


def _digests(files: Iterable[str], task: Task) -> dict[str, str]:
    return {file: _digest(file, task) for file in sorted(files)}


def _digest(file: str, task: Task) -> str:
    source = files.read_source(file, task.request.overlays)
    return (
        hashlib.sha256(source.normal.encode("utf-8", "surrogatepass")).hexdigest()
        if isinstance(source, SourceText)
        else ""
    )


def _identity(interpreter: Interpreter) -> Iterator[str]:
    """The interpreter and what is installed in it, as far as that can be told without running it.

    Where a package is put into site-packages or taken away, that folder's time changes.
    """
    python = Path(executable(interpreter.python))
    yield from (
        str(python),
        str(interpreter.cuda),
        _stamp(python),
        _stamp(python.parent.parent / "pyvenv.cfg"),
    )
    for site in _sites(python.parent.parent):
        yield _stamp(site)
        for file in sorted(site.glob("*.pth")):
            yield _stamp(file)
            yield from (_stamp(Path(line)) for line in _lines(file) if line.startswith("/"))


def _sites(prefix: Path) -> list[Path]:
    """The folders of packages. By pattern: to walk all that is installed takes longer than a small trace."""
    found = (each for pattern in _SITES for each in prefix.glob(pattern))
    return sorted({each.resolve() for each in found})  # lib64 is lib


_SITES = ("[Ll]ib*/*-packages", "[Ll]ib*/python*/*-packages", "local/lib/python*/*-packages")


def _lines(file: Path) -> list[str]:
    with contextlib.suppress(OSError, ValueError):
        return file.read_text().splitlines()
    return []


def _stamp(path: Path) -> str:
    with contextlib.suppress(OSError):
        stat = path.stat()
        return f"{path}:{stat.st_mtime_ns}:{stat.st_size if path.is_file() else 0}"
    return ""


def _own_stamp() -> str:
    """The state of our own code, which changes without a new version while it is being developed."""
    files = sorted(Path(fullgraph.__file__).parent.rglob("*.py"))
    return str(max(file.stat().st_mtime_ns for file in files))


_OURS = _own_stamp()
