"""`recorded.json`: entries of several processes and runs, merged, in an order that does not depend on them.

The rule: the file is whole at every moment. Who writes holds a lock beside it, reads what is there, and puts a
complete new file in its place. A file of another version, or that does not parse, is left as it is.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

VERSION = 1
MOST_CALLS = 8

Json = Any

_KEY = ("file", "class", "model")


class CannotMerge(Exception):  # noqa: N818 (what it says, not what it is)
    """The file that is there is not one of ours."""


def merge_into(path: str, entry: Json) -> None:
    """Adds an entry to the file, or its calls to the entry that is there.

    Raises:
        OSError: the file cannot be written.
        CannotMerge: what is there is of another version.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    with _locked(target.with_suffix(".lock")):
        entries = merged(_read(target), entry)
        _write(target, {"version": VERSION, "entries": entries})


def merged(entries: list[Json], entry: Json) -> list[Json]:
    """The entries with one more; the call that came first stays first, as it is the example."""
    rest = [each for each in entries if _key(each) != _key(entry)]
    same = [each for each in entries if _key(each) == _key(entry)]
    known = [call for each in same for call in each["calls"] if each.get("forward") == entry["forward"]]
    calls = [*known, *(call for call in entry["calls"] if call not in known)]
    return sorted([*rest, {**entry, "calls": calls[:MOST_CALLS]}], key=_key)


def _key(entry: Json) -> tuple[str, ...]:
    return tuple(str(entry.get(name)) for name in _KEY)


def _read(target: Path) -> list[Json]:
    if not target.exists():
        return []
    try:
        document = json.loads(target.read_text("utf-8"))
        if document["version"] == VERSION and all(isinstance(e["calls"], list) for e in document["entries"]):
            return list(document["entries"])
    except (ValueError, KeyError, TypeError) as error:
        raise CannotMerge(f"syntax error in {target}") from error
    raise CannotMerge(f"{target} has the unsupported version {document['version']}")


def _write(target: Path, document: Json) -> None:
    text = json.dumps(document, indent=2, ensure_ascii=True) + "\n"
    if target.exists() and target.read_text("utf-8") == text:
        return
    handle, name = tempfile.mkstemp(prefix=".recorded-", dir=target.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(name, 0o666 & ~_umask())  # noqa: PTH101 (mkstemp's own is for secrets)
        os.replace(name, target)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)  # noqa: PTH108
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time; where the system has no such locks, each writes for itself."""
    with contextlib.ExitStack() as stack:
        try:
            import fcntl
        except ImportError:
            yield
            return
        file = stack.enter_context(path.open("w"))
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
