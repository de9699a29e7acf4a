"""The index that is kept from keystroke to keystroke: nothing is read twice, and nothing that changed is missed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from fullgraph.check.plan import Plan, Task
from fullgraph.model import Expression, FoundModel, Place, Position, Range, Target, TraceRequest
from fullgraph.text.source import SourceText
from fullgraph.workers import Interpreter
from fullgraph_server.background import jobs
from fullgraph_server.background.repositories import FolderIndex, Repositories
from fullgraph_server.lsp.settings import Settings
from fullgraph_server.session.models import FolderModels
from fullgraph_server.session.snapshot import Snapshot

NET = "from torch import nn\n\n\nclass Net(nn.Module):\n    def __init__(self, width):\n        super().__init__()\n"
NET += (
    "        self.body = nn.Linear(width, width)\n\n    def forward(self, x):\n        return self.body(x)\n"
)
USE = "from net import Net\n\nnet = Net({})\n"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    counted: Counter[str] = Counter()
    read = Path.read_bytes

    def counting(self: Path) -> bytes:
        counted[self.name] += 1
        return read(self)

    monkeypatch.setattr(Path, "read_bytes", counting)
    return counted


def built(repositories: Repositories, folder: Path, **texts: str) -> list[str]:
    """How the model of net.py is built, while these texts are open."""
    file = folder / "net.py"
    texts = {"net": file.read_text(), **texts}
    opened = {str(folder / f"{name}.py"): text for name, text in texts.items()}
    sources = {path: SourceText(path, text) for path, text in opened.items()}
    index = FolderIndex(repositories, str(folder))
    snapshot = Snapshot(str(file), str(folder), Settings(), sources, repositories=index)
    return [target.model.text for target in jobs.outline(snapshot).targets]


def test_a_keystroke_reads_nothing_that_was_read_before(tmp_path: Path, reads: Counter[str]) -> None:
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "use.py").write_text(USE.format(8))
    repositories = Repositories()
    first = built(repositories, tmp_path)
    assert ["8" in text for text in first] == [True]
    reads.clear()
    assert built(repositories, tmp_path) == first
    assert reads["use.py"] == 0


def test_what_is_open_counts_as_it_is_in_the_editor(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "use.py").write_text(USE.format(8))
    repositories = Repositories()
    assert "16" in built(repositories, tmp_path, use=USE.format(16))[0]
    repositories.changed(str(tmp_path / "use.py"))  # it was closed, without being saved
    assert "8" in built(repositories, tmp_path)[0]


def test_files_that_change_come_and_go(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET)
    repositories, use = Repositories(), tmp_path / "use.py"
    alone = built(repositories, tmp_path)
    for width in ("8", "16"):
        use.write_text(USE.format(width))
        repositories.changed(str(use))
        assert width in built(repositories, tmp_path)[0]
    use.unlink()
    repositories.changed(str(use))
    assert built(repositories, tmp_path) == alone


def test_documents_are_read_again_where_one_of_them_changed(tmp_path: Path, reads: Counter[str]) -> None:
    (tmp_path / "net.py").write_text(NET)
    readme, repositories = tmp_path / "README.md", Repositories()
    for width in ("8", "16"):
        readme.write_text(f"```python\n{USE.format(f'width={width}, *[]')}```\n")
        repositories.changed(str(readme))
        assert any(width in text for text in built(repositories, tmp_path))
        reads.clear()
        assert any(width in text for text in built(repositories, tmp_path))
        assert reads["README.md"] == 0


def test_the_examples_of_what_is_open_are_those_in_the_editor(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET)
    repositories = Repositories()
    alone = built(repositories, tmp_path)
    example = f'"""The net.\n\n>>> net = Net(width=8, *[])\n"""\n{NET}'
    assert any("8" in text for text in built(repositories, tmp_path, net=example))
    assert built(repositories, tmp_path) == alone


# -- which targets make a guess pointless --------------------------------------------------------------


def place(file: str) -> Place:
    return Place(file, Range(Position(0, 0), Position(0, 1)))


def target(file: str, origin: str, name: str, home: str) -> Target:
    said = Expression(f"{name}()", place(file))
    return Target(
        f"{file}:{name}", file, file, origin, place(file), said, model_class=name, model_place=place(home)
    )


def found(file: str, name: str, *made_of: tuple[str, str]) -> FoundModel:
    return FoundModel(f"m.{name}", place(file), made_of=made_of)


def test_what_is_said_of_a_model_goes_for_all_that_it_is_made_of() -> None:
    models = (
        found("net.py", "Net", ("layers.py", "Block")),
        found("layers.py", "Block", ("norm.py", "Norm")),
        found("norm.py", "Norm", ("layers.py", "Block")),  # round in a circle
        found("norm.py", "Other"),
    )
    folder = FolderModels(models, (target("export.py", "call", "Net", "net.py"),))
    assert folder.elsewhere("norm.py") == folder.elsewhere("net.py") == ("export.py",)
    assert folder.elsewhere("export.py") == ()
    guesses = [target("norm.py", "inferred", name, "norm.py") for name in ("Norm", "Other")]
    said = target("norm.py", "comment", "Norm", "norm.py")
    plan = _plan(*guesses, said)
    kept = [task.request.target for task in folder.without_guesses(plan).tasks]
    assert kept == [guesses[1], said]


def test_a_guess_makes_no_other_pointless() -> None:
    models = (found("net.py", "Net", ("layers.py", "Block")), found("layers.py", "Block"))
    folder = FolderModels(models, (target("net.py", "inferred", "Net", "net.py"),))
    plan = _plan(target("layers.py", "inferred", "Block", "layers.py"))
    assert folder.without_guesses(plan) is plan
    assert folder.elsewhere("layers.py") == ()


def _plan(*targets: Target) -> Plan:
    return Plan(tuple(Task(TraceRequest(each, "/w"), Interpreter("python")) for each in targets))
