"""The protocol's types that are made when they are used are the ones that lsprotocol writes."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import json, sys
if sys.argv[1] == "lean":
    from fullgraph_server.lsp import lazy_lsprotocol as lean
import attrs
from lsprotocol import converters, types
converter = converters.get_converter()
position = {"line": 1, "character": 2}
params = {
    "textDocument": {"uri": "file:///a.py"},
    "range": {"start": position, "end": position},
    "context": {"diagnostics": [], "only": ["quickfix"], "triggerKind": 1},
}
read = converter.structure(params, types.CodeActionParams)
pending = len(lean._pending) if sys.argv[1] == "lean" else 0
classes = {name: cls for name, cls in vars(types).items() if isinstance(cls, type) and attrs.has(cls)}
print(json.dumps({
    "read": repr(read),
    "written": converter.unstructure(types.Hover("x", types.Range(types.Position(0, 1), types.Position(2, 3)))),
    "equal": types.Position(1, 2) == types.Position(1, 2) != types.Position(1, 3),
    "fields": {
        name: [[field.name, str(field.type), str(field.default)] for field in attrs.fields(cls)]
        for name, cls in classes.items()
    },
    "pending": pending,
}))
"""


def said(how: str) -> dict[str, object]:
    done = subprocess.run([sys.executable, "-c", PROGRAM, how], check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def test_they_are_the_same_and_most_are_not_made() -> None:
    lean, plain = said("lean"), said("plain")
    pending = lean.pop("pending")
    assert isinstance(pending, int)
    assert pending > 500
    plain.pop("pending")
    assert lean == plain


def test_the_server_imports_them_so() -> None:
    program = (
        "import fullgraph_server.entry as e\n"
        "from fullgraph_server.lsp import lazy_lsprotocol as lean\n"
        "from lsprotocol import types\n"
        "assert types.CallHierarchyItem in lean._pending\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
