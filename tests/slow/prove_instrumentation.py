"""Shows that observed code means what plain code means: Python's own tests, run in both forms.

    python3.12 tests/slow/prove_instrumentation.py                  the whole table below
    python3.12 tests/slow/prove_instrumentation.py test_grammar …   some of it
    python3.12 tests/slow/prove_instrumentation.py --everything …   every loaded module observed, not only
                                                                    the tests and what they test

Each test module runs in two processes of its own, once as it is and once with its functions, and those of
the modules it tests, swapped for their observed form. The outcome of every test must be the same, but for
those in `EXPECTED`. The standard library alone is needed, so any Python from 3.10 can be proved.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from collections import defaultdict
from contextlib import nullcontext, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

if importlib.util.find_spec("fullgraph") is None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "analysis"))

from fullgraph.tracing.instrumentation.instrument import Observed, Swap, observe_source

# The tests, and the modules to observe beside each. The rows are what is run, in this order. Left out are
# test_dis and test_monitoring, which expect the very instructions of their functions, and test_threading,
# which at times hangs by itself.
TESTS: dict[str, tuple[str, ...]] = {
    "test_grammar": (),
    "test_generators": (),
    "test_genexps": (),
    "test_coroutines": (),
    "test_asyncgen": (),
    "test_super": (),
    "test_scope": (),
    "test_listcomps": (),
    "test_setcomps": (),
    "test_dictcomps": (),
    "test_named_expressions": (),
    "test_patma": (),
    "test_fstring": (),
    "test_type_params": (),
    "test_type_aliases": (),
    "test_unpack": (),
    "test_unpack_ex": (),
    "test_with": (),
    "test_bool": (),
    "test_compare": (),
    "test_augassign": (),
    "test_binop": (),
    "test_class": (),
    "test_descr": (),
    "test_call": (),
    "test_extcall": (),
    "test_keywordonlyarg": (),
    "test_positional_only_arg": (),
    "test_decorators": (),
    "test_metaclass": (),
    "test_property": (),
    "test_exceptions": (),
    "test_exception_variations": (),
    "test_exception_group": (),
    "test_except_star": (),
    "test_raise": (),
    "test_yield_from": (),
    "test_iter": (),
    "test_enumerate": (),
    "test_range": (),
    "test_slice": (),
    "test_list": (),
    "test_tuple": (),
    "test_dict": (),
    "test_set": (),
    "test_string": ("string",),
    "test_builtin": (),
    "test_global": (),
    "test_funcattrs": (),
    "test_weakref": ("weakref", "_weakrefset"),
    "test_gc": (),
    "test_long": (),
    "test_float": (),
    "test_complex": (),
    "test_dataclasses": ("dataclasses",),
    "test_functools": ("functools",),
    "test_itertools": (),
    "test_operator": ("operator",),
    "test_collections": ("collections", "_collections_abc"),
    "test_userdict": ("collections",),
    "test_contextlib": ("contextlib",),
    "test_contextlib_async": ("contextlib",),
    "test_enum": ("enum",),
    "test_typing": ("typing",),
    "test_decimal": ("_pydecimal", "numbers"),
    "test_fractions": ("fractions", "numbers"),
    "test_statistics": ("statistics", "fractions"),
    "test_json": ("json", "json.decoder", "json.encoder", "json.scanner"),
    "test_re": ("re", "re._parser", "re._compiler", "sre_parse", "sre_compile"),
    "test_argparse": ("argparse", "gettext"),
    "test_difflib": ("difflib",),
    "test_textwrap": ("textwrap",),
    "test_pprint": ("pprint",),
    "test_copy": ("copy",),
    "test_reprlib": ("reprlib",),
    "test_heapq": ("heapq",),
    "test_bisect": ("bisect",),
    "test_random": ("random",),
    "test_configparser": ("configparser",),
    "test_csv": ("csv",),
    "test_shlex": ("shlex",),
    "test_graphlib": ("graphlib",),
    "test_ipaddress": ("ipaddress",),
    "test_datetime": ("_pydatetime", "datetime", "_strptime"),
    "test_ast": ("ast",),
    "test_tokenize": ("tokenize",),
    "test_doctest": ("doctest",),
    "test_logging": ("logging", "logging.handlers", "logging.config"),
    "test_abc": ("_py_abc", "abc"),
    "test_types": ("types",),
    "test_inspect": ("inspect",),
    "test_traceback": ("traceback",),
    "test_sys_settrace": (),
    "test_sys_setprofile": (),
    "test_bdb": (),
    "test_frame": (),
    "test_code": (),
    "test_queue": ("queue",),
    "test_unittest": ("unittest.mock",),
}

# Tests that trace lines and calls, or step with a debugger: they would see an observer that is written in
# Python. These get one that is not, and does not count.
TRACERS = {"test_sys_settrace", "test_sys_setprofile", "test_bdb", "test_doctest", "test_frame"}

# Tests that look into the code objects of their own functions, and what they find there.
EXPECTED = {
    "TestGetClosureVars.": "lists the builtins a function uses: the observer's name is among them",
    "test_signature_bind_implicit_arg": "takes the code of a comprehension from a fixed index of co_consts",
    "test_method_with_c_function": "counts the calls of functions in C: the observer of TRACERS is one",
    "test_jump_with_null_on_stack": "jumps to where a call has a null on the stack, one deeper when observed",
}

_PATIENCE = 900.0  # seconds for one module in one form

_Outcomes = dict[str, list[str]]


class _Recorder(unittest.TestResult):
    """Every test's outcome, and every subtest's, by name."""

    def __init__(self, stream: object = None, descriptions: object = None, verbosity: object = None) -> None:
        super().__init__()
        self.outcomes: _Outcomes = defaultdict(list)
        self.reasons: dict[str, str] = {}

    def _add(self, test: unittest.TestCase, outcome: str, error: Any = None) -> None:
        name = re.sub(r"0x[0-9a-f]+", "0x…", test.id())
        self.outcomes[name].append(outcome)
        if error:
            self.reasons[name] = self._exc_info_to_string(error, test)  # type: ignore[attr-defined]

    def addSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802
        self._add(test, "passed")

    def addError(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        self._add(test, "error", err)

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        self._add(test, "failed", err)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:  # noqa: N802
        self._add(test, "skipped")

    def addExpectedFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        self._add(test, "failed as expected")

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802
        self._add(test, "passed unexpectedly")

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:  # noqa: N802
        if err:
            self._add(subtest, "failed", err)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tests", nargs="*")
    parser.add_argument("--everything", action="store_true", help="observe every loaded module")
    parser.add_argument("--verbose", action="store_true", help="show the reason of each difference")
    parser.add_argument("--child", metavar="FORM", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        return _child(options.tests[0], options.child)
    form = "everything" if options.everything else "observed"
    unexpected = [line for name in options.tests or TESTS for line in prove(name, form, options.verbose)]
    print(f"Python {sys.version.split()[0]}: {len(unexpected)} unexpected differences")
    print("\n".join(unexpected))
    return bool(unexpected)


def prove(name: str, form: str = "observed", verbose: bool = False) -> list[str]:
    """Runs one row of `TESTS` in both forms, prints a line of counts, returns the unexpected differences."""
    plain, observed = _run(name, "plain"), _run(name, form)
    if "skipped" in plain:
        print(f"{name:28} not here: {plain['skipped']}", flush=True)
        return []
    differences = _differences(plain["outcomes"], observed["outcomes"])
    unexpected = [test for test in differences if not any(known in test for known in EXPECTED)]
    tests = sum(map(len, plain["outcomes"].values()))
    print(
        f"{name:28} tests {tests:5}  functions {observed['functions']:5}  expressions {observed['sites']:6}"
        f"  evaluated {observed['evaluated']:6}  left out {len(observed['left_out']):2}"
        f"  differences {len(differences):2} ({len(unexpected)} unexpected)",
        flush=True,
    )
    if verbose:
        for test in differences:
            print(f"--- {test}: {differences[test]}\n{observed['reasons'].get(test, '')}")
    return [f"{test}: {differences[test]}" for test in unexpected]


def _differences(plain: _Outcomes, observed: _Outcomes) -> dict[str, str]:
    return {
        test: f"{plain.get(test, ['absent'])} plain, {observed.get(test, ['absent'])} observed"
        for test in {**plain, **observed}
        if plain.get(test) != observed.get(test)
    }


def _run(name: str, form: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--child", form, name]
        environment = {**os.environ, "PYTHONHASHSEED": "0", "TZ": "UTC"}
        done = subprocess.run(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=1800
        )
        result = Path(folder, f"{name}.result")
        if not result.exists():
            words = done.stderr.decode(errors="replace")[-2000:]
            return {
                "outcomes": {"process": [f"died, {done.returncode}"]},
                "reasons": {"process": words},
            } | _NONE
        told: dict[str, Any] = json.loads(result.read_text())
        return told


_NONE = {"functions": 0, "sites": 0, "evaluated": 0, "left_out": []}


def _child(name: str, form: str) -> int:
    result = Path.cwd() / f"{name}.result"
    sys.argv[1:] = []
    try:
        suite, subjects = _load(name)
    except (ImportError, unittest.SkipTest) as error:
        result.write_text(json.dumps({"skipped": str(error)}))
        return 0
    if form == "everything":
        subjects = [module for module in sys.modules.values() if not _is_ours(module)]
    files = _observe(subjects) if form != "plain" else []
    evaluated = bytearray(files[-1].end if files else 0)

    def observer(site: int, value: object) -> object:
        evaluated[site] = 1
        return value

    in_c: dict[int, Any] = {}
    swap = Swap(files, in_c.get if name in TRACERS else observer)
    recorder = _Recorder()
    with swap if files else nullcontext():
        suite.run(recorder)
    counts = {"functions": swap.functions, "sites": len(evaluated), "evaluated": sum(evaluated)}
    left_out = [f"{skipped}" for file in files for skipped in file.skipped]
    outcomes = {"outcomes": recorder.outcomes, "reasons": recorder.reasons}
    result.write_text(json.dumps({**outcomes, **counts, "left_out": left_out}))
    return 0


def _load(name: str) -> tuple[unittest.TestSuite, list[ModuleType]]:
    """The tests of one module of Python's own, and the modules to observe while they run."""
    from test import support  # type: ignore[import-not-found]

    support.use_resources = {}  # nothing that needs the network, a display or many gigabytes
    module = importlib.import_module(f"test.{name}")
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    for subject in TESTS.get(name, ()):
        with suppress(ImportError):  # `re._parser` came with 3.11, `sre_parse` went with 3.13
            importlib.import_module(subject)
    own = [loaded for key, loaded in sys.modules.items() if key.startswith(f"test.{name}")]
    return suite, own + [sys.modules[subject] for subject in TESTS.get(name, ()) if subject in sys.modules]


def _is_ours(module: ModuleType) -> bool:
    return module.__name__.startswith(("fullgraph", "__main__"))


def _observe(modules: list[ModuleType]) -> list[Observed]:
    files: dict[str, Observed] = {}
    base = 0
    for module in modules:
        file = getattr(module, "__file__", None)
        if not file or not file.endswith(".py") or file in files:
            continue
        text = importlib.util.decode_source(Path(file).read_bytes())
        files[file] = observe_source(text, file, base)
        base = files[file].end
    return list(files.values())


if __name__ == "__main__":
    sys.exit(main())
