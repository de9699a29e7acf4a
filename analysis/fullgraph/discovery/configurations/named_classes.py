"""The classes and functions that a configuration can name: by where they are imported from, or as registered.

Found in the text of the repository's files without parsing them: a repository has more files than its
configurations name classes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ...text.source import SourceText

_CLASS = re.compile(r"^class\s+(\w+)\s*\(", re.MULTILINE)
_REGISTERED = re.compile(
    r"""^@[\w.]*(?:regist|REGIST|MODEL|model)\w*(?:\.\w+)*\(\s*(?:\w+\s*=\s*)?["']([\w\-./]+)["'][^)\n]*\)\s*\n"""
    r"(?:@.*\n)*(?:class|def)\s+(\w+)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class NamedClasses:
    """By name, full names: `Net` is `pkg.net.Net`; several where several files have one."""

    by_name: Mapping[str, tuple[str, ...]]

    def full_name(self, name: str) -> str:
        """Where a name leads: a bare one to the only class that is called or registered so; "" to none."""
        bare = name.rpartition(".")[2]
        known = self.by_name.get(bare, ()) or self.by_name.get(name, ())
        if name in known:
            return name
        if "." not in name or name in self.by_name:
            return known[0] if len(known) == 1 else ""
        longer = [each for each in known if each.endswith(f".{name}")]
        return longer[0] if len(longer) == 1 else name

    def has(self, name: str) -> bool:
        """Whether the last part of a name is one of the repository's."""
        return name in self.by_name or any(part in self.by_name for part in name.split(".")[-2:])


def named_classes(sources: Iterable[SourceText], name_of: Callable[[str], str]) -> NamedClasses:
    """Those of some files; `name_of` is what a file is imported by."""
    found: dict[str, list[str]] = defaultdict(list)
    for source in sources:
        module = name_of(source.file) if "class " in source.text or "@" in source.text else ""
        for name in _CLASS.findall(source.normal):
            found[name].append(f"{module}.{name}")
        for registered, name in _REGISTERED.findall(source.normal):
            if registered != name:
                found[registered].append(f"{module}.{name}")
    return NamedClasses({name: tuple(dict.fromkeys(each)) for name, each in found.items()})
