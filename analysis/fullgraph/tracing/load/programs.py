"""Which programs a slice may start: those that only tell something, and those that compile for torch.

`git rev-parse HEAD`, `nvidia-smi -L | wc -l`. The rule: a program that is not known to change nothing is not
started while somebody only looks at a model.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence

_QUERIES = frozenset(
    [
        "uname",
        "hostname",
        "whoami",
        "id",
        "date",
        "pwd",
        "ls",
        "cat",
        "echo",
        "which",
        "where",
        "type",
        "nproc",
        "lscpu",
        "free",
        "getconf",
        "sysctl",
        "arch",
        "nvidia-smi",
        "rocm-smi",
        "rocminfo",
        "nvcc",
        "hipcc",
        "ldconfig",
        "objdump",
        "ld",
        "as",
        "ar",
        "file",
        "readelf",
        "otool",
        "lsb_release",
        "gcc",
        "g++",
        "cc",
        "c++",
        "clang",
        "clang++",
        "cl",
        "cmake",
        "ninja",
        "head",
        "tail",
        "wc",
        "grep",
        "awk",
        "cut",
        "tr",
        "sort",
        "uniq",
        "sed",
        "env",
        "test",
        "true",
        "false",
    ]
)
_OF_GIT = frozenset(
    [
        "rev-parse",
        "describe",
        "log",
        "status",
        "branch",
        "diff",
        "remote",
        "ls-files",
        "show",
        "version",
        "rev-list",
    ]
)
_SHELLS = frozenset({"sh", "bash", "dash", "zsh"})
_SEPARATORS = re.compile(r"\|\|?|&&|;")
_REDIRECTS = re.compile(r"(?<![0-9&])>(?!\s*/dev/null)|[`]|\$\(|<\(")


def is_harmless(command: str | bytes | os.PathLike[str] | Sequence[object]) -> bool:
    """Whether a command only tells something: as a list, or as a shell would read it."""
    if isinstance(command, (str, bytes, os.PathLike)):
        return _is_harmless_line(os.fsdecode(command))
    words = [os.fsdecode(each) if isinstance(each, (bytes, os.PathLike)) else str(each) for each in command]
    if len(words) > 2 and os.path.basename(words[0]) in _SHELLS and words[1] == "-c":  # noqa: PTH119 (of a text)
        return _is_harmless_line(words[2])
    return _is_query(words)


def _is_harmless_line(line: str) -> bool:
    return not _REDIRECTS.search(line) and all(_is_query(words) for words in _commands(line))


def _commands(line: str) -> Iterator[list[str]]:
    return (_words(part) for part in _SEPARATORS.split(line))


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # a quote that nothing closes
        return [text]


def _is_query(words: Sequence[str]) -> bool:
    program = os.path.basename(words[0]).removesuffix(".exe") if words else ""  # noqa: PTH119 (of a text)
    if program == "git":
        return _subcommand(words[1:]) in _OF_GIT
    return program in _QUERIES and not (program == "sed" and "-i" in words)


def _subcommand(words: Sequence[str]) -> str:
    """`log` of `-C folder log`."""
    rest = list(words)
    while rest and rest[0].startswith("-"):
        del rest[: 2 if rest[0] in ("-C", "-c") else 1]
    return rest[0] if rest else "version"
