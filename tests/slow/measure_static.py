"""The static analysis against traces: `python tests/slow/measure_static.py [--python PATH] [--models N] [PATH…]`.

Of each finding of the first look: whether a trace of a model that reaches the line confirms it (a finding of
the trace at the same line), refutes it (the line ran, and no finding), or does not tell (no model reaches
it). Of each finding of the traces whose rule the first look has: whether that has it.

The models are those in PATH, where every line counts as reached, and with `--python`, those of
`transformers` there, copied and shrunk, whose lines are those that an eager forward ran. Prints Markdown.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from fullgraph import static
from fullgraph.check.options import Options
from fullgraph.check.run import check, close_workers
from fullgraph.model import Finding, Report
from fullgraph.project.files import module_name, project_of, read_source
from fullgraph.project.walk import python_files
from fullgraph.text.source import SourceText

HERE = Path(__file__).parent
RULES = frozenset(
    {
        "data-dependent-branch",
        "data-dependent-loop",
        "data-dependent-assert",
        "data-dependent-output",
        "data-dependent-guard",
        "tensor-to-python",
        "lost-state",
        "traced-side-effect",
    }
)
_STOPPED = frozenset({"target-timeout", "target-crash", "target-error"})

Line = tuple[str, int]


@dataclass
class Measured:
    """`lines` of the first look and of the traces, with the rules found there."""

    title: str
    targets: int = 0
    modules: int = 0
    confirmed: list[Finding] = field(default_factory=list)
    refuted: list[Finding] = field(default_factory=list)
    untold: list[Finding] = field(default_factory=list)
    missed: list[Finding] = field(default_factory=list)
    both: int = 0

    @property
    def precision(self) -> str:
        told = len(self.confirmed) + len(self.refuted)
        return f"{len(self.confirmed) / told:.3f}" if told else "-"

    @property
    def recall(self) -> str:
        everything = self.both + len(self.missed)
        return f"{self.both / everything:.3f}" if everything else "-"


def measure(
    title: str, report: Report, looked: Sequence[Finding], reached: Mapping[str, set[int]] | None
) -> Measured:
    stopped = {each.target for each in report.findings if each.rule in _STOPPED}
    traced = [each for each in report.findings if each.rule in RULES and each.target]
    result = Measured(title, sum(each.target.name not in stopped for each in report.targets))
    places = {line(each) for each in report.findings if each.target}
    for each in looked:
        ran = reached is None or each.place.range.start.line + 1 in reached.get(each.place.file, ())
        kept = result.confirmed if line(each) in places else result.refuted if ran else result.untold
        kept.append(each)
    seen = {line(each) for each in looked}
    for where, finding in {line(each): each for each in traced}.items():
        if where in seen:
            result.both += 1
        else:
            result.missed.append(finding)
    return result


def line(finding: Finding) -> Line:
    return finding.place.file, finding.place.range.start.line


def look(files: Sequence[str]) -> Iterator[Finding]:
    for file in files:
        source = read_source(file)
        if isinstance(source, SourceText):
            yield from static.find(source, module_name(file, project_of(file)))


def traced(paths: Sequence[str], python: str) -> Report:
    with ThreadPoolExecutor(2) as executor:
        try:
            return check(Options(tuple(paths), python=python, timeout=120), executor)
        finally:
            close_workers()


def of_paths(title: str, paths: Sequence[str]) -> Measured:
    files = python_files(paths)
    assert isinstance(files, tuple)
    report = traced(paths, sys.executable)
    # Files without a target are looked at by the check itself.
    with_targets = {each.target.file for each in report.targets}
    result = measure(title, report, list(look([each for each in files if each in with_targets])), None)
    result.modules = result.targets
    return result


# -- transformers ------------------------------------------------------------------------------------

TARGETS = """\
from shrunk_models import inputs, make
{comments}
def nothing(): ...
"""


def of_transformers(python: str, most: int, folder: Path) -> Measured:
    """Its package is copied below `folder`, so that it is the user's own."""
    where = "import transformers; print(transformers.__path__[0])"
    package = subprocess.run(
        [python, "-W", "ignore", "-c", where], check=True, capture_output=True, text=True
    )
    if not (folder / "transformers").exists():
        shutil.copytree(package.stdout.strip(), folder / "transformers")
    shutil.copy(HERE / "shrunk_models.py", folder)
    (folder / "pyproject.toml").touch()
    if not (folder / "reached.jsonl").exists():
        with (folder / "reached.jsonl").open("w") as out:
            command = [python, "-W", "ignore", "shrunk_models.py", str(folder)]
            subprocess.run(command, cwd=folder, stdout=out, stderr=subprocess.DEVNULL, check=True)
    said = [json.loads(each) for each in (folder / "reached.jsonl").read_text().splitlines()][:most]
    comments = "\n".join(
        f'# fullgraph: model=make("{each["name"]}"), kwargs=inputs("{each["name"]}")' for each in said
    )
    (folder / "targets.py").write_text(TARGETS.format(comments=comments))
    report = traced([str(folder / "targets.py")], python)
    return _told(report, said)


def _told(report: Report, said: Sequence[Mapping[str, object]]) -> Measured:
    stopped = {each.target for each in report.findings if each.rule in _STOPPED}
    reached: defaultdict[str, set[int]] = defaultdict(set)
    for each in said:
        lines = each["lines"]
        assert isinstance(lines, dict)
        if not any(str(each["name"]) in (name or "") for name in stopped):
            for file, numbers in lines.items():
                reached[file].update(numbers)
    models = [file for file in reached if "/models/" in file]
    result = measure("`transformers`, shrunk", report, list(look(models)), reached)
    result.modules = sum(_forwards(file, reached[file]) for file in models)
    return result


def _forwards(file: str, lines: set[int]) -> int:
    """How many classes of a file have a forward of which a line ran."""
    import ast

    tree = ast.parse(Path(file).read_text("utf-8"))
    forwards = (
        node
        for each in ast.walk(tree)
        if isinstance(each, ast.ClassDef)
        for node in each.body
        if isinstance(node, ast.FunctionDef) and node.name == "forward"
    )
    return sum(
        any(node.body[0].lineno <= number <= (node.end_lineno or 0) for number in lines) for node in forwards
    )


# -- what is printed ---------------------------------------------------------------------------------


def table(measured: Sequence[Measured]) -> Iterator[str]:
    yield "| | models traced | modules | found | confirmed | refuted | not reached | precision | recall |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for each in measured:
        found = len(each.confirmed) + len(each.refuted) + len(each.untold)
        cells = (each.targets, each.modules, found, len(each.confirmed), len(each.refuted), len(each.untold))
        recall = f"{each.recall} ({each.both} of {each.both + len(each.missed)})"
        yield f"| {each.title} | {' | '.join(map(str, cells))} | {each.precision} | {recall} |"


def exceptions(measured: Sequence[Measured]) -> Iterator[str]:
    for each in measured:
        for kind, findings in (("refuted", each.refuted), ("missed", each.missed)):
            for rule, count in Counter(f.rule for f in findings).items():
                yield f"- {each.title}, {kind}: {count} {rule}"
            for f in findings:
                source = read_source(f.place.file)
                text = (
                    source.lines[f.place.range.start.line].strip() if isinstance(source, SourceText) else ""
                )
                yield f"  - {Path(f.place.file).name}:{f.place.range.start.line + 1} {f.rule}: `{text[:90]}`"


def exportdb() -> str:
    package = importlib.util.find_spec("torch")
    assert package is not None
    assert package.origin is not None
    return str(Path(package.origin).parent / "_export/db/examples")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--python", help="an interpreter with torch and transformers")
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--folder", type=Path, help="where the copy is kept; a new one by default")
    given = parser.parse_args()
    measured = [of_paths(Path(path).name, [path]) for path in given.paths]
    if given.python:
        with tempfile.TemporaryDirectory() as fresh:
            measured.append(of_transformers(given.python, given.models, given.folder or Path(fresh)))
    print("\n".join(table(measured)), end="\n\n")
    print("\n".join(exceptions(measured)))


if __name__ == "__main__":
    main()
