"""What a keystroke costs: the outline of a module works on the editor's texts, and reads none of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from fullgraph.check.plan import CannotRun, Task
from fullgraph.text.source import SourceText
from fullgraph_server.background import jobs
from fullgraph_server.background.jobs import outline
from fullgraph_server.lsp.settings import Settings
from fullgraph_server.session.snapshot import Snapshot

MODEL = """\
import torch
from torch import nn
{imports}

# fullgraph: args=(torch.ones(2, 4),)
class Gate{number}(nn.Module):
    def forward(self, x):
        if x.sum() > 0:  # fullgraph: ignore
            x = x + 1
        return x
"""


def module(number: int) -> str:
    imports = f"from net{number + 1} import Gate{number + 1}" if number < 4 else ""
    return MODEL.format(number=number, imports=imports)


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    """Five open modules, of which one is not as it is on disk."""
    texts = {}
    for number in range(5):
        file = tmp_path / f"net{number}.py"
        file.write_text(module(number), encoding="utf-8")
        texts[str(file)] = SourceText(str(file), module(number) + ("# edited\n" if number == 3 else ""))
    (tmp_path / "pyproject.toml").write_text("[tool.fullgraph]\n", encoding="utf-8")
    return Snapshot(str(tmp_path / "net0.py"), str(tmp_path), Settings(), texts)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    counted: Counter[str] = Counter()
    read = Path.read_bytes

    def counting(self: Path) -> bytes:
        counted[self.name] += 1
        return read(self)

    monkeypatch.setattr(Path, "read_bytes", counting)
    return counted


def test_a_keystroke_reads_no_open_file(snapshot: Snapshot, reads: Counter[str]) -> None:
    found = outline(snapshot)
    assert [target.name for target in found.targets] == ["net0:Gate0()"]
    assert reads == Counter({"pyproject.toml": 1})


@pytest.mark.parametrize("said", ["settings", "project"])
def test_of_an_excluded_file_nothing_is_said(snapshot: Snapshot, tmp_path: Path, said: str) -> None:
    text = module(0).replace("  # fullgraph: ignore", "")
    seen = replace(snapshot, open={**snapshot.open, snapshot.file: SourceText(snapshot.file, text)})
    assert outline(seen).targets
    assert outline(seen).static_findings
    if said == "settings":
        seen = replace(seen, settings=Settings(exclude=("net0.py",)))
    else:
        (tmp_path / "pyproject.toml").write_text(
            '[tool.fullgraph]\nexclude = ["net0.py"]\n', encoding="utf-8"
        )
    excluded = outline(seen)
    assert (excluded.targets, excluded.findings, excluded.static_findings) == ((), (), ())


def test_a_trace_is_sent_what_is_not_saved_and_no_more(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[dict[str, str]] = []

    def outcome(task: Task, *_: object) -> None:
        sent.append(dict(task.request.overlays))
        raise CannotRun("that is all")

    monkeypatch.setattr(jobs, "_outcome", outcome)
    tracing = jobs.Tracing(None, None, None)  # type: ignore[arg-type]
    with pytest.raises(CannotRun):
        jobs.traced(snapshot, outline(snapshot).plan, tracing, lambda *_: None)
    (file,) = (name for name in snapshot.open if name.endswith("net3.py"))
    assert sent == [{file: snapshot.open[file].text}]
