"""What is left out below a folder: by `exclude`, and by what git ignores. Real trees, as git and ruff see them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest
from fullgraph.check.options import Options
from fullgraph.check.plan import plan_for
from fullgraph.project.exclusion import excluded_by
from fullgraph.project.walk import python_files
from hypothesis import given, settings
from hypothesis import strategies as st


def tree(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def found(root: Path, *below: str) -> list[str]:
    files = python_files([str(root / each) for each in below] or [str(root)])
    assert isinstance(files, tuple)
    return [Path(file).relative_to(root).as_posix() for file in files]


# -- exclude -----------------------------------------------------------------------------------------

FILES = ("keep.py", "legacy/x.py", "src/legacy/deep/x.py", "src/models/gate.py", "src/models/gate_pb2.py")


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        (["legacy"], ["keep.py", "src/models/gate.py", "src/models/gate_pb2.py"]),
        (["legacy/"], ["keep.py", "src/models/gate.py", "src/models/gate_pb2.py"]),
        (["*_pb2.py"], ["keep.py", "legacy/x.py", "src/legacy/deep/x.py", "src/models/gate.py"]),
        (
            ["/legacy/x.py"],
            ["keep.py", "src/legacy/deep/x.py", "src/models/gate.py", "src/models/gate_pb2.py"],
        ),
        (["src/models"], ["keep.py", "legacy/x.py", "src/legacy/deep/x.py"]),
        (["src/*/gate?pb2.py"], ["keep.py", "legacy/x.py", "src/legacy/deep/x.py", "src/models/gate.py"]),
        (["src/**/x.py"], ["keep.py", "legacy/x.py", "src/models/gate.py", "src/models/gate_pb2.py"]),
        (["**/gate.py"], ["keep.py", "legacy/x.py", "src/legacy/deep/x.py", "src/models/gate_pb2.py"]),
        (["src/**"], ["keep.py", "legacy/x.py"]),
        (["src/**", "!src/models", "!gate.py"], ["keep.py", "legacy/x.py", "src/models/gate.py"]),
        (["*", "!*/", "!x.py"], ["legacy/x.py", "src/legacy/deep/x.py"]),
        (["*_pb2.py", "!models/"], ["keep.py", "legacy/x.py", "src/legacy/deep/x.py", "src/models/gate.py"]),
        (["*.py"], []),
        (["[km]*"], ["legacy/x.py", "src/legacy/deep/x.py"]),
        (["*.py", "!keep.py"], ["keep.py"]),
        (["legacy", "!x.py"], ["keep.py", "src/models/gate.py", "src/models/gate_pb2.py"]),
        ([], list(FILES)),
        (["", "["], list(FILES)),
    ],
)
def test_patterns_of_what_is_left_out(tmp_path: Path, patterns: list[str], left: list[str]) -> None:
    tree(tmp_path, dict.fromkeys(FILES, ""))
    files = python_files([str(tmp_path)], excluded_by(patterns, tmp_path))
    assert files == tuple(str(tmp_path / each) for each in left)


def test_a_folder_that_is_left_out_is_not_walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, {"data/a.py": "", "data/b.py": "", "keep.py": ""})
    excluded = excluded_by(["data/"], tmp_path)
    asked: list[str] = []

    def asking(path: PurePath, *, is_folder: bool = False) -> bool:
        asked.append(path.name)
        return excluded(path, is_folder=is_folder)

    assert python_files([str(tmp_path)], asking) == (str(tmp_path / "keep.py"),)
    assert asked == [tmp_path.name, "data", "keep.py"]


def test_a_folder_that_is_named_is_walked_though_it_is_left_out(tmp_path: Path) -> None:
    tree(tmp_path, {"data/a.py": "", "data/deep/b.py": "", "keep.py": ""})
    excluded = excluded_by(["data"], tmp_path)
    named = python_files([str(tmp_path / "data")], excluded)
    assert named == tuple(str(tmp_path / each) for each in ("data/a.py", "data/deep/b.py"))
    assert python_files([str(tmp_path)], excluded) == (str(tmp_path / "keep.py"),)


def test_separators_are_those_of_the_system() -> None:
    root = PureWindowsPath("C:/project")
    excluded = excluded_by(["src/old", "*_pb2.py"], root)
    assert excluded(PureWindowsPath("C:\\project\\src\\old\\deep\\x.py"))
    assert excluded(PureWindowsPath("C:\\project\\lib\\x_pb2.py"))
    assert not excluded(PureWindowsPath("C:\\project\\lib\\src\\old\\x.py"))
    assert not excluded(PureWindowsPath("D:\\project\\src\\old\\x.py"))
    # Where a backslash may be part of a name, it is none.
    posix = excluded_by(["src/old"], PurePosixPath("/project"))
    assert not posix(PurePosixPath("/project/src\\old"))


# -- what git ignores --------------------------------------------------------------------------------

REPOSITORY = {
    ".git/info/exclude": "local.py\n",
    ".gitignore": "*_gen.py\n/out/\n# a comment\n!\ntrailing\\\n\n[z-a]\n",
    "keep.py": "",
    "local.py": "",
    "out/x.py": "",
    "src/out/x.py": "",
    "src/x_gen.py": "",
    "src/.gitignore": "!kept_gen.py\nsecret.py\n/own.py\n",
    "src/kept_gen.py": "",
    "src/secret.py": "",
    "src/own.py": "",
    "src/deep/own.py": "",
    "src/deep/secret.py": "",
    "src/deep/.gitignore": "!secret.py\n!local.py\n",
    "src/deep/local.py": "",
}
KEPT = [
    "keep.py",
    "src/deep/local.py",
    "src/deep/own.py",
    "src/deep/secret.py",
    "src/kept_gen.py",
    "src/out/x.py",
]


def test_what_git_ignores_is_left_out(tmp_path: Path) -> None:
    tree(tmp_path, REPOSITORY)
    assert found(tmp_path) == KEPT
    everything = python_files([str(tmp_path)], gitignore=False)
    assert isinstance(everything, tuple)
    assert len(everything) == sum(name.endswith(".py") for name in REPOSITORY)


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")
def test_git_itself_says_the_same(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    tree(tmp_path, REPOSITORY)
    listed = ["git", "ls-files", "--others", "--exclude-standard", "*.py"]
    told = subprocess.run(listed, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert sorted(told.split()) == KEPT == found(tmp_path)


def ignoring(root: Path, ignores: dict[str, str]) -> None:
    """Has these `.gitignore` files and no others, by their folders."""
    for old in root.rglob(".gitignore"):
        old.unlink()
    for folder, text in ignores.items():
        (root / folder / ".gitignore").write_bytes(text.encode())


def told_by_git(root: Path) -> list[str]:
    listed = ["git", "ls-files", "-z", "--others", "--exclude-standard", "*.py"]
    told = subprocess.run(listed, cwd=root, check=True, capture_output=True).stdout.decode()
    return sorted(told.split("\0")[:-1])


ALLOW_LISTS: list[tuple[dict[str, str], list[str]]] = [
    ({"": "*\n!*/\n!*.py\n"}, ["sub/b.py", "sub/gen/deep/k.py", "top.py"]),
    ({"": "sub/**\n!sub/b.py\n"}, ["sub/b.py", "top.py"]),
    ({"": "sub/**\n", "sub": "!b.py\n"}, ["sub/b.py", "top.py"]),
    ({"": "*\n!sub\n!sub/**/\n!sub/**/*.py\n"}, ["sub/b.py", "sub/gen/deep/k.py"]),
    ({"": "**/gen/**\n!**/gen/deep\n!k.py\n"}, ["sub/b.py", "sub/gen/deep/k.py", "top.py"]),
    ({"": "k.py\n", "sub": "!gen/\n"}, ["sub/b.py", "top.py"]),
    ({"": "sub/**/\n"}, ["sub/b.py", "top.py"]),
    ({"": "b[!a]\nsu[!b]*\nsub[!a]\n"}, ["sub/b.py", "sub/gen/deep/k.py", "top.py"]),
    ({"": "\ufefftop.py\r\nb.py\x0cc\rd\u2028k.py\r\n"}, ["sub/b.py", "sub/gen/deep/k.py"]),
    ({"": "top.py  \nsub/ \n"}, []),
]


@pytest.mark.parametrize(("ignores", "kept"), ALLOW_LISTS)
def test_the_last_pattern_that_matches_a_path_itself_decides(
    tmp_path: Path, ignores: dict[str, str], kept: list[str]
) -> None:
    tree(tmp_path, {".git/HEAD": "", "top.py": "", "sub/b.py": "", "sub/gen/deep/k.py": ""})
    ignoring(tmp_path, ignores)
    assert found(tmp_path) == kept


FOLDERS = ("", "a", "a/b", "a/b/x", "ab", "b", "b/a", "x", "x/x", "x/c.py")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("git") is None:
        pytest.skip("there is no git here")
    root = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    tree(root, {f"{folder}/{name}".lstrip("/"): "" for folder in FOLDERS[:-1] for name in ("a.py", "x.py")})
    tree(root, {"c.py": "", "a/c.py": "", "x/c.py/a.py": "", "x/c.py/c.py": ""})
    return root


@pytest.mark.parametrize(("ignores", "kept"), ALLOW_LISTS)
def test_git_decides_the_same(
    tmp_path: Path, repository: Path, ignores: dict[str, str], kept: list[str]
) -> None:
    shutil.copytree(repository / ".git", tmp_path / ".git")
    tree(tmp_path, {"top.py": "", "sub/b.py": "", "sub/gen/deep/k.py": ""})
    ignoring(tmp_path, ignores)
    assert told_by_git(tmp_path) == kept


GLOBS = ("a", "b", "x", "ab", "c.py", "*", "**", "a*", "*.py", "?.py", "[a-c].py", "[!a].py", "b[!a]")
PATTERN = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(("", "", "!")),
    st.sampled_from(("", "", "/")),
    st.lists(
        st.sampled_from(GLOBS),
        min_size=1,
        max_size=3,
    ).map("/".join),
    st.sampled_from(("", "", "/", " ", "/  ", "\r", "\\ ")),
)
PATTERNS = st.lists(PATTERN, min_size=1, max_size=5)


@settings(max_examples=100)
@given(ignores=st.dictionaries(st.sampled_from(FOLDERS), PATTERNS, min_size=1, max_size=3))
def test_any_gitignore_files_mean_what_they_mean_to_git(
    repository: Path, ignores: dict[str, list[str]]
) -> None:
    ignoring(repository, {folder: "\n".join(patterns) for folder, patterns in ignores.items()})
    assert found(repository) == told_by_git(repository)


@settings(max_examples=100)
@given(patterns=st.lists(PATTERN.filter(lambda each: "\r" not in each), min_size=1, max_size=5))
def test_exclude_means_what_gitignore_does(repository: Path, patterns: list[str]) -> None:
    ignoring(repository, {"": "\n".join(patterns)})
    files = python_files([str(repository)], excluded_by(patterns, repository), gitignore=False)
    assert files == tuple(str(repository / each) for each in told_by_git(repository))


def test_outside_of_a_repository_nothing_is_ignored(tmp_path: Path) -> None:
    tree(tmp_path, {".gitignore": "x.py\n", "x.py": ""})
    assert found(tmp_path) == ["x.py"]


def test_what_is_named_is_taken(tmp_path: Path) -> None:
    tree(tmp_path, {**REPOSITORY, "out/deep/y.py": "", "out/.gitignore": "z.py\n", "out/z.py": ""})
    assert found(tmp_path, "local.py", "src/x_gen.py") == ["local.py", "src/x_gen.py"]
    assert found(tmp_path, "out") == ["out/deep/y.py", "out/x.py"]
    assert found(tmp_path, "out/deep") == ["out/deep/y.py"]


def test_what_stands_above_the_folder_that_is_walked_counts(tmp_path: Path) -> None:
    tree(tmp_path, REPOSITORY)
    assert found(tmp_path, "src/deep") == ["src/deep/local.py", "src/deep/own.py", "src/deep/secret.py"]
    assert found(tmp_path, "src") == [each for each in KEPT if each.startswith("src/")]


def test_a_repository_in_another_has_its_own(tmp_path: Path) -> None:
    inner = {"inner/.git/HEAD": "", "inner/local.py": "", "inner/x_gen.py": "", "inner/.gitignore": "y.py\n"}
    tree(tmp_path, {**REPOSITORY, **inner, "inner/y.py": ""})
    assert [each for each in found(tmp_path) if each.startswith("inner")] == [
        "inner/local.py",
        "inner/x_gen.py",
    ]


def test_a_worktree_has_what_its_repository_excludes(tmp_path: Path) -> None:
    git = tmp_path / "main" / ".git"
    tree(git, {"info/exclude": "local.py\n", "worktrees/w/commondir": "../..\n"})
    tree(tmp_path / "w", {".git": f"gitdir: {git / 'worktrees' / 'w'}\n", "local.py": "", "x.py": ""})
    assert found(tmp_path / "w") == ["x.py"]


TARGET = "# fullgraph: args=()\nclass Net: pass\n"


@pytest.mark.parametrize(
    ("setting", "files"), [("", ["x.py"]), ("respect-gitignore = false", ["x.py", "y.py"])]
)
def test_the_setting(tmp_path: Path, setting: str, files: list[str]) -> None:
    tree(tmp_path, {".git/HEAD": "", ".gitignore": "y.py\n", "x.py": TARGET, "y.py": TARGET})
    tree(tmp_path, {"pyproject.toml": f"[tool.fullgraph]\n{setting}\n"})
    plan = plan_for(Options((str(tmp_path),)))
    assert [Path(task.request.target.file).name for task in plan.tasks] == files
    assert len(plan_for(Options((str(tmp_path / "y.py"),))).tasks) == 1


def test_a_file_that_is_open_is_looked_at_though_git_ignores_it(tmp_path: Path) -> None:
    tree(tmp_path, {".git/HEAD": "", ".gitignore": "y.py\n", "y.py": TARGET})
    assert len(plan_for(Options((str(tmp_path / "y.py"),), editing=True)).tasks) == 1
