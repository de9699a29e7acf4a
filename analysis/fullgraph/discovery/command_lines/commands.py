r"""The command lines in documents and shell scripts that run a file of the repository.

`$ CUDA_VISIBLE_DEVICES=0 python train.py -w 64`, `python -m pkg.train`, `torchrun -n 8 train.py`, over several
lines with `\`. The rule: in a document a command stands in code: in a block, behind a prompt, in
backticks, or at the beginning of a line. What stands for something else (`<path>`, `$DATA`) is no value.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...model import Place, Position, Range
from ...text.source import SourceText

SUFFIXES = (".md", ".rst", ".sh", ".txt", ".ipynb", ".bash", "Makefile")

_RUNNERS = re.compile(
    r"(python|pypy)[\d.]*|torchrun|accelerate|deepspeed|torch_run|ipython|srun|horovodrun|mpirun|uv|poetry|conda"
)
_LAUNCHERS = re.compile(
    r"torch\.distributed\.(launch|run)|torchrun|accelerate\.commands\.launch|torch_xla\..*"
)

_SPAN = re.compile(r"`([^`]+)`")
_FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
_PROMPT = re.compile(r"^\s*(?:[-*+]\s+)?(?:(?:\(\w+\)\s*)?[$%#>!]\s*|>>>\s*|\w*@\w+[:~\w/]*[$#]\s*)")
_BEFORE = re.compile(r"\s*(cd|sudo|nohup|time|env|export|\./\S+\.py|[A-Z_]+=\S+)\b")
_VARIABLE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_]\w*)=(\S+)\s*$")
_USED = re.compile(r"\$\{?([A-Za-z_]\w*)\}?")
_ENDS = frozenset(["|", "&&", "||", ";", "&", ">", ">>", "<", "2>&1", "2>", "&>", "#"])
_STANDS_FOR_ANOTHER = re.compile(r"[<>{}$\[\]…]|\.\.\.|^path/to|/path/to|^(xxx|your)_?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Command:
    """What is run, a path that ends in `.py` or the dotted name of a module, with its arguments."""

    script: str
    arguments: tuple[str, ...]
    place: Place

    def runs(self, file: str, module: str) -> bool:
        """Whether it is the file, which is imported as `module`; a path may begin at any folder."""
        if not self.script.endswith(".py"):
            return self.script == module or module.endswith(f".{self.script}")
        return f"/{file}".replace("\\", "/").endswith("/" + self.script.lstrip("./"))


def is_value(text: str) -> bool:
    """Whether an argument is meant as it is written."""
    return not _STANDS_FOR_ANOTHER.search(text)


def commands_in(source: SourceText) -> Iterator[Command]:
    """In the order of the lines."""
    if ".py" not in source.text and " -m " not in source.text:
        return
    variables: dict[str, str] = {}
    for line, text in _logical_lines(source):
        if match := _VARIABLE.match(text):
            variables[match[1]] = match[2].strip("\"'")
        for each in _spelled(text):
            found = _command(_with(variables, each))
            if found is not None:
                place = source.place(Range(Position(line, 0), Position(line, len(source.lines[line]))))
                yield Command(*found, place)


def _with(variables: Mapping[str, str], text: str) -> str:
    return _USED.sub(lambda match: variables.get(match[1], match[0]), text)


# -- the lines -------------------------------------------------------------------------------------------


def _logical_lines(source: SourceText) -> Iterator[tuple[int, str]]:
    """The lines that may hold a command, those that go on with a backslash as one."""
    whole = not source.file.endswith((".md", ".rst", ".txt", ".ipynb"))
    inside, begun, parts = False, 0, list[str]()
    for number, line in enumerate(_unquoted(source)):
        if not whole and _FENCE.match(line):
            inside = not inside
            continue
        begun = begun if parts else number
        parts.append(line.rstrip().removesuffix("\\"))
        if not line.rstrip().endswith("\\"):
            text = " ".join(parts)
            parts = []
            if whole or inside or _begins_as_command(text) or "`" in text:
                yield begun, text


def _unquoted(source: SourceText) -> Sequence[str]:
    """The lines; those of a notebook as the strings that they hold."""
    if not source.file.endswith(".ipynb"):
        return source.lines
    bare = (line.strip().rstrip(",").strip('"') for line in source.lines)
    return [line.replace("\\n", "").replace('\\"', '"').replace("\\\\", "\\") for line in bare]


def _begins_as_command(line: str) -> bool:
    if line.startswith(("    ", "\t")):
        return True
    return any(each.match(line) for each in (_PROMPT, _BEFORE)) or bool(_RUNNERS.match(line.strip()))


def _spelled(text: str) -> Iterator[str]:
    """The commands of a line: what stands in backticks, or the line without its prompt."""
    spans = _SPAN.findall(text)
    yield from spans or [_PROMPT.sub("", text, count=1) if _PROMPT.match(text) else text.strip()]


# -- one command -----------------------------------------------------------------------------------------


def _command(text: str) -> tuple[str, tuple[str, ...]] | None:
    """What is run, with its arguments; None of a line that runs no Python."""
    if ".py" not in text and " -m " not in text:
        return None
    tokens = _tokens(text)
    begin = next((number for number, each in enumerate(tokens) if _begins(each)), None)
    if begin is None:
        return None
    rest = tokens[begin:]
    script = next((number for number, each in enumerate(rest) if _is_script(number, rest)), None)
    if script is None:
        return None
    end = next((n for n, each in enumerate(rest) if n > script and each in _ENDS), len(rest))
    return rest[script].removeprefix("./"), tuple(rest[script + 1 : end])


def _begins(token: str) -> bool:
    return bool(_RUNNERS.fullmatch(token.rpartition("/")[2])) or (
        token.startswith("./") and token.endswith(".py")
    )


def _is_script(number: int, tokens: Sequence[str]) -> bool:
    """The first file of Python, or the module of `-m` that is no launcher."""
    token, before = tokens[number], tokens[number - 1] if number else ""
    if token.endswith(".py") and not token.startswith("-"):
        return True
    named = before == "-m" and re.fullmatch(r"[A-Za-z_][\w.]*", token)
    return bool(named) and not _LAUNCHERS.fullmatch(token)


def _tokens(text: str) -> Sequence[str]:
    try:
        return shlex.split(text, comments=False)
    except ValueError:  # an apostrophe in prose
        return text.split()
