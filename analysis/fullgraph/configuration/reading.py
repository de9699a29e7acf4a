"""Reads a configuration file: what does not parse, or is no section at its top, is none.

YAML is composed and not constructed: the nodes have lines, and no tag makes an object. Plain scalars mean what
they do in YAML 1.1, which PyYAML reads, and `1e-4` is a number, as for OmegaConf and jsonargparse. JSON is read
as YAML for its lines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from ..model import Finding
from ..text.source import SourceText
from ..toml.document import TomlDocument, read_toml
from .sections import Opaque, Section, Value

LARGEST = 50_000
"""Characters: configurations that people write are smaller; tables of data and lock files are not."""

_MOST_VALUES = 20_000
"""Aliases of aliases may make a small file a large value."""

_DEEPEST = 40
_EXPONENT = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")
_STANDARD = "tag:yaml.org,2002:"
_TUPLES = f"{_STANDARD}python/tuple"


def read(source: SourceText) -> Section | None:
    """The file as data; None where it is broken, too large, or no section."""
    reader = _READERS.get(source.file.rpartition(".")[2])
    if reader is None or len(source.text) > LARGEST:
        return None
    try:
        top = reader(source)
    except (YAMLError, ValueError, RecursionError):
        return None
    return top if isinstance(top, Section) else None


# -- YAML and JSON ---------------------------------------------------------------------------------------


def _yaml(source: SourceText) -> Value:
    parser = YAML(typ="safe", pure=True)
    parser.version = (1, 1)
    found: object = parser.compose(source.text)
    return _Nodes(source.file).value(found, 0) if isinstance(found, Node) else None


def _json(source: SourceText) -> Value:
    json.loads(source.text)  # YAML takes much that is no JSON
    return _yaml(SourceText(source.file, source.text.replace("\t", " ")))


class _Nodes:
    """From YAML's nodes to values; what is more than can be meant is an error."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._count = 0

    def value(self, node: Node, depth: int) -> Value:
        self._count += 1
        if self._count > _MOST_VALUES or depth > _DEEPEST:
            raise ValueError("aliases that have no end")
        if isinstance(node, MappingNode) and _is_standard(node):
            return Section(dict(self._items(node, depth)), node.start_mark.line, self._file)
        if isinstance(node, SequenceNode) and (_is_standard(node) or _tag(node) == _TUPLES):
            return tuple(self.value(each, depth + 1) for each in node.value)
        return _scalar(node) if isinstance(node, ScalarNode) else Opaque()

    def _items(self, node: MappingNode, depth: int) -> Iterator[tuple[str, Value]]:
        """Those that are merged (`<<: *base`) first, as the node's own count in their place."""
        pairs = [(key, value) for key, value in node.value if isinstance(key, ScalarNode)]
        for key, value in pairs:
            if key.value == "<<":
                merged = value.value if isinstance(value, SequenceNode) else [value]
                for each in reversed([each for each in merged if isinstance(each, MappingNode)]):
                    yield from self._items(each, depth + 1)
        yield from (
            (str(key.value), self.value(value, depth + 1)) for key, value in pairs if key.value != "<<"
        )


def _tag(node: Node) -> str:
    return str(node.tag)


def _is_standard(node: Node) -> bool:
    return _tag(node) in (f"{_STANDARD}map", f"{_STANDARD}seq", f"{_STANDARD}omap")


def _scalar(node: ScalarNode) -> Value:
    """What a scalar means; a text that nobody quoted and that is a number with an exponent is one."""
    text, tag = str(node.value), _tag(node).removeprefix(_STANDARD)
    if tag == "str" and node.style is None and _EXPONENT.fullmatch(text):
        return float(text)
    try:
        return _SCALARS[tag](text)
    except (KeyError, ValueError):  # a date; `1:30`, which YAML 1.1 takes for a number
        return Opaque()


def _boolean(text: str) -> bool | str:
    """PyYAML leaves `y` and `n` the texts that they are, which YAML 1.1 does not."""
    return text if text in "yYnN" else text.lower() in ("true", "yes", "on")


def _integer(text: str) -> int:
    digits = text.replace("_", "").lower()
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-")
    octal = len(digits) > 1 and digits.startswith("0") and digits.isdecimal()
    return sign * (int(digits, 8) if octal else int(digits, 0))


def _number(text: str) -> float:
    return float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan").lower())


_SCALARS: Mapping[str, Callable[[str], Value]] = {
    "null": lambda _: None,
    "bool": _boolean,
    "int": _integer,
    "float": _number,
    "str": str,
}


# -- TOML ------------------------------------------------------------------------------------------------


def _toml(source: SourceText) -> Value:
    document = read_toml(source)
    return None if isinstance(document, Finding) else _of_toml(document.data, (), document)


def _of_toml(value: object, path: tuple[str | int, ...], document: TomlDocument) -> Value:
    if isinstance(value, dict):
        values = {str(name): _of_toml(each, (*path, name), document) for name, each in value.items()}
        line = document.key_place(path).range.start.line if path else 0
        return Section(values, line, document.source.file)
    if isinstance(value, list):
        return tuple(_of_toml(each, (*path, number), document) for number, each in enumerate(value))
    return value if isinstance(value, bool | int | float | str) else Opaque()


_READERS: Mapping[str, Callable[[SourceText], Value]] = {
    "yaml": _yaml,
    "yml": _yaml,
    "json": _json,
    "toml": _toml,
}

SUFFIXES = tuple(f".{each}" for each in _READERS)
