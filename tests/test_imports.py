"""Imports as the user's own run makes them: where the root is, what a file is called, and one cause for all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from fullgraph.model import Report

from tests.checking import Checking

NET = """\
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        return self.fc(x)
"""
CALL = """\
import torch
from {module} import Net

torch.export.export(Net(), (torch.randn(2, 4),))
"""


def project(root: Path, files: Mapping[str, str]) -> Path:
    """Files by their path."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def verdicts(report: Report) -> list[str]:
    return [each.status for each in report.targets if each.target.origin == "call"]


def imports(report: Report) -> set[tuple[str, str, str]]:
    """Place, message and hint of what cannot be imported."""
    found = (each for each in report.findings if each.rule == "import-error")
    return {(Path(each.place.file).name, each.message, each.hint) for each in found}


@pytest.mark.parametrize("mark", [".git", "setup.py", ""])
def test_a_script_in_a_folder_imports_from_the_root(tmp_path: Path, checking: Checking, mark: str) -> None:
    project(tmp_path, {"models/net.py": NET, "tools/export.py": CALL.format(module="models.net")})
    if mark:
        (tmp_path / mark).touch()
    assert verdicts(checking(tmp_path)) == ["exports"]


def test_relative_imports_without_an_init(tmp_path: Path, checking: Checking) -> None:
    (tmp_path / ".git").touch()
    call = CALL.format(module=".net")
    project(tmp_path, {"models/deep/net.py": NET, "models/deep/export.py": call})
    assert verdicts(checking(tmp_path)) == ["exports"]


def test_relative_imports_that_reach_above_the_folder(tmp_path: Path, checking: Checking) -> None:
    call = CALL.format(module="..net")
    project(tmp_path, {"models/net.py": NET, "models/deep/export.py": call})
    assert verdicts(checking(tmp_path / "models" / "deep" / "export.py")) == ["exports"]


def test_a_package_that_imports_the_file_of_the_target(tmp_path: Path, checking: Checking) -> None:
    """The file runs once, under its own name: a second time its decorator would raise."""
    register = "KNOWN = set()\n\n\ndef register(kind):\n    assert kind.__name__ not in KNOWN\n    KNOWN.add(kind.__name__)\n    return kind\n"
    net = "import torch\nfrom pkg.registry import register\n" + NET.replace("class", "@register\nclass", 1)
    net += "\n\nif torch.get_num_threads():\n    print(Net)\n"  # more than definitions: a slice
    project(
        tmp_path,
        {"pkg/__init__.py": "from .net import Net\n", "pkg/registry.py": register, "pkg/net.py": net},
    )
    (tmp_path / "pyproject.toml").touch()
    report = checking(tmp_path)
    assert [each.status for each in report.targets] == ["exports"], report.findings


def test_an_init_that_raises_is_the_cause_for_all(tmp_path: Path, checking: Checking) -> None:
    net = "from .registry import register\n" + NET.replace("class", "@register\nclass", 1)
    files = {f"pkg/net{number}.py": net.replace("Net", f"Net{number}") for number in range(3)}
    init = "from . import net0, net1\nfrom .version import VERSION\n"
    project(
        tmp_path,
        {"pkg/__init__.py": init, "pkg/registry.py": "def register(kind):\n    return kind\n", **files},
    )
    (tmp_path / "pyproject.toml").touch()
    report = checking(tmp_path)
    message = "`pkg.version` cannot be imported: the project has no such module"
    assert {found[:2] for found in imports(report)} == {("__init__.py", message)}
    assert len(report.skipped) == 3


def test_a_file_that_runs_by_itself_needs_no_package(tmp_path: Path, checking: Checking) -> None:
    call = CALL.format(module="net")
    project(
        tmp_path, {"pkg/__init__.py": "raise RuntimeError('no')\n", "pkg/net.py": NET, "pkg/export.py": call}
    )
    (tmp_path / "pyproject.toml").touch()
    report = checking(tmp_path / "pkg" / "net.py")
    assert [each.status for each in report.targets] == ["exports"], report.findings


def declared(imported: str) -> str:
    """A declared model below an import."""
    comment = "# fullgraph: args=(torch.randn(2, 4),)\nclass"
    return f"import torch\n{imported}\n" + NET.replace("class", comment, 1)


def test_what_is_not_installed_is_said_once_with_the_command(tmp_path: Path, checking: Checking) -> None:
    made = ("nn.Linear(4, 4)", "faiss.Layer(4)")
    needing = {
        "b.py": declared("import faiss").replace(*made),
        "c.py": declared("import faiss.nn").replace(*made),
    }
    project(tmp_path, {"a.py": declared("import faiss"), **needing})
    (tmp_path / "pyproject.toml").touch()
    found = imports(checking(tmp_path))
    assert found == {("b.py", "`faiss` is not installed", "install it: `python -m pip install faiss-cpu`")}


def test_a_submodule_of_git_that_is_empty(tmp_path: Path, checking: Checking) -> None:
    project(tmp_path, {"a.py": declared("from third_party import ops")})
    (tmp_path / "third_party").mkdir()
    (tmp_path / ".gitmodules").write_text('[submodule "third_party"]\n\tpath = third_party\n')
    (tmp_path / "pyproject.toml").touch()
    found = imports(checking(tmp_path))
    assert {each[2] for each in found} == {"check it out: `git submodule update --init third_party`"}


def test_an_extension_that_is_not_built(tmp_path: Path, checking: Checking) -> None:
    named = declared("from ops import _C").replace("nn.Linear(4, 4)", "_C.Layer(4)")
    whole = declared("import ops._C").replace("nn.Linear(4, 4)", "ops._C.Layer(4)")
    project(tmp_path, {"ops/__init__.py": "", "a.py": named, "b.py": whole})
    (tmp_path / "pyproject.toml").touch()
    found = imports(checking(tmp_path))
    said = "`ops._C` cannot be imported: it is a compiled extension that has not been built"
    assert {each[1:] for each in found} == {(said, "build it: `python -m pip install -e .`")}


ALIGN = {
    "align/__init__.py": "from .align.core import longest\n\n\ndef path(x):\n    return longest(x)\n",
    "align/core.pyx": "",
    "align/setup.py": "from Cython.Build import cythonize\nsetup(name='align', ext_modules=cythonize('core.pyx'))\n",
    "pyproject.toml": "",
}


def test_an_extension_that_a_folder_builds_is_said_with_that_folder(
    tmp_path: Path, checking: Checking
) -> None:
    needing = declared("import align").replace("nn.Linear(4, 4)", "align.path(4)")
    project(tmp_path, {**ALIGN, "a.py": needing})
    found = imports(checking(tmp_path))
    said = "`align.align` cannot be imported: it is a compiled extension that has not been built"
    hint = "build it: `cd align && python setup.py build_ext --inplace`"
    assert {each[1:] for each in found} == {(said, hint)}


@pytest.mark.parametrize("imported", ["import align", "from ops import _C", "from ops._C import filtered"])
def test_an_extension_that_the_model_does_not_call_has_a_placeholder(
    tmp_path: Path, checking: Checking, imported: str
) -> None:
    project(tmp_path, {**ALIGN, "ops/__init__.py": "", "a.py": declared(imported)})
    (checked,) = checking(tmp_path).targets
    assert checked.status == "exports"
    assert [(each.kind, each.by) for each in checked.facts.assumed] == [("library", "a placeholder")]


def test_an_extension_is_absent_for_who_handles_its_absence(tmp_path: Path, checking: Checking) -> None:
    handled = "try:\n    from ops import _C\nexcept ImportError:\n    _C = None\nimport align"
    needing = declared(handled).replace("self.fc(x)", "self.fc(x) if _C is None else _C(x)")
    project(tmp_path, {**ALIGN, "ops/__init__.py": "", "a.py": needing})
    assert [each.status for each in checking(tmp_path).targets] == ["exports"]
