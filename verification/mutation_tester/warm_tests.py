"""Run tests against a changed function, in forks of a process that has imported the layer and collected the tests.

A fork replaces the code of one function. All that refers to the function then runs the change. What takes effect at
import is tried by running the module again in its place.
"""

import gc
import importlib
import os
import pkgutil
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple

import pytest

from .forked import TimedOut, run_in_fork
from .paths import LAYER
from .quiet_pytest import Failures, run_pytest
from .syntax import MODULE_LEVEL, path_of

TIME_LIMIT = "(time limit)"
IMPORT_FAILS = "(import)"
_ACCOUNT = "cloud"
"""The fixture of the emulated account, which takes longer to begin than most tests take."""


class Job(NamedTuple):
    """`source`: that of the module after the change. `tests`: their ids, in the order in which they run.

    `function`: the one that runs the change, or MODULE_LEVEL if an import does.
    """

    module: str
    function: str
    source: str
    tests: Sequence[str]
    limit_s: float


class FileJob(NamedTuple):
    """`text`: what the tests read from the file after the change."""

    file: Path
    text: str
    tests: Sequence[str]
    limit_s: float


class WarmTests:
    """A process that has collected the tests of some files."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def of_files(cls, files: Sequence[str]) -> Iterator["WarmTests"]:
        """Start the process, and end it afterwards.

        It is no fork of this one, which may have begun an emulated account itself.
        """
        ours, theirs = Pipe()
        process = get_context("spawn").Process(target=_serve, args=(files, theirs))
        process.start()
        theirs.close()
        try:
            warm = cls(ours)
            warm._receive()
            yield warm
        finally:
            ours.close()
            process.join()

    def judge(self, job: Job | FileJob) -> tuple[str, ...] | None:
        """Return the tests that noticed the change; None if a running process cannot be changed in this way."""
        self._connection.send(job)
        return self._receive()

    def _receive(self) -> tuple[str, ...] | None:
        try:
            failed, result = self._connection.recv()
        except EOFError:
            raise RuntimeError("the process of the collected tests ended") from None
        if failed:
            raise RuntimeError(failed)
        return result  # type: ignore[no-any-return]


def _serve(files: Sequence[str], connection: Connection) -> None:
    sys.path.insert(0, str(LAYER))
    os.environ["PYTHONPATH"] = str(LAYER)
    try:
        run_pytest(files, [_Server(connection)])
    except BaseException as error:  # noqa: BLE001 - the other process raises it
        connection.send((repr(error), None))
    finally:
        os._exit(0)


class _Server:
    """A plugin of pytest that judges changes in place of running the tests."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        functions = _functions_of_layer()
        _begin_account(session)
        gc.freeze()
        self._connection.send(("", None))
        while True:
            try:
                job = self._connection.recv()
            except EOFError:
                return True
            self._connection.send(("", _judge(job, items, functions)))


def _begin_account(session: pytest.Session) -> None:
    """Begin the emulated account, which all forks inherit, by running a test that shares nothing else with others.

    Another fixture may have threads, and a fork has none of them.
    """
    first = next((item for item in session.items if _shared_fixtures(item) == {_ACCOUNT}), None)
    if first:
        first.config.hook.pytest_runtest_protocol(item=first, nextitem=session)  # keeps what the session has


def _shared_fixtures(item: pytest.Item) -> set[str]:
    found = item._fixtureinfo.name2fixturedefs.items() if isinstance(item, pytest.Function) else ()
    return {name for name, definitions in found if definitions[-1].scope != "function"}


_Functions = dict[tuple[str, str], list[FunctionType]]
_Items = Mapping[str, pytest.Item]


def _judge(job: Job | FileJob, items: _Items, functions: _Functions) -> tuple[str, ...] | None:
    if isinstance(job, FileJob):
        return _try(_changed_file(job), job.tests, job.limit_s, items)
    if job.function == MODULE_LEVEL:
        return _judge_module(job, items)
    change = _changed_function(job, functions)
    return None if change is None else _try(change, job.tests, job.limit_s, items)


def _judge_module(job: Job, items: _Items) -> tuple[str, ...] | None:
    """Return the tests that noticed the change because of it alone; None if there is none.

    Other modules keep what they imported by name, such as a class, and a test may fail because there are two of it now.
    So the test must pass if the module runs again without the change.
    """
    path = LAYER / path_of(job.module)
    noticed = _try(_module_run(job.module, job.source), job.tests, job.limit_s, items)
    if not noticed or TIME_LIMIT in noticed:
        return None
    unchanged = _module_run(job.module, path.read_text())
    tests = [test for test in noticed if test != IMPORT_FAILS]
    return None if _try(unchanged, tests, job.limit_s, items) else noticed


def _module_run(module: str, source: str) -> Callable[[], None]:
    """Return what runs the source in the place of the module."""
    code = compile(source, str(LAYER / path_of(module)), "exec")
    return lambda: exec(code, vars(sys.modules[module]))  # noqa: S102 - the layer's own source, changed


def _try(change: Callable[[], None], tests: Sequence[str], limit_s: float, items: _Items) -> tuple[str, ...]:
    try:
        return run_in_fork(partial(_run, change, _chosen(tests, items)), limit_s)
    except TimedOut:
        return (TIME_LIMIT,)


def _changed_file(job: FileJob) -> Callable[[], None]:
    """Return what lets the tests read the changed text."""
    read_text = Path.read_text

    def change() -> None:
        def read(path: Path, *arguments: Any, **keywords: Any) -> str:  # noqa: ANN401 - Path's own
            return job.text if path.resolve() == job.file else read_text(path, *arguments, **keywords)

        Path.read_text = read  # type: ignore[method-assign, assignment]

    return change


def _changed_function(job: Job, functions: _Functions) -> Callable[[], None] | None:
    """Return what replaces the function's code; None if the process has no such function, or none that fits."""
    path = str(LAYER / path_of(job.module))
    old = functions.get((path, job.function), [])
    new = list(_codes(compile(job.source, path, "exec"), job.function))
    if not old or [one.__code__.co_freevars for one in old] != [code.co_freevars for code in new]:
        return None

    def change() -> None:
        for function, code in zip(old, new, strict=True):
            function.__code__ = code

    return change


def _chosen(tests: Sequence[str], items: _Items) -> list[pytest.Item]:
    """Return the items of the tests, each the id of one, with or without its parameters, or a file, in their order."""
    by_place: dict[str, list[pytest.Item]] = defaultdict(list)
    for name, item in items.items():
        for place in {name, name.partition("[")[0], name.partition("::")[0]}:
            by_place[place].append(item)
    return [item for test in tests for item in by_place.get(test, ())]


def _run(change: Callable[[], None], items: Sequence[pytest.Item]) -> tuple[str, ...]:
    try:
        change()
    except Exception:  # noqa: BLE001 - the changed module cannot be imported, whatever the reason
        return (IMPORT_FAILS,)
    failures = Failures()
    for item, following in zip(items, [*items[1:], None], strict=False):
        if item is items[0]:
            item.config.pluginmanager.register(failures)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if failures.failed:
            break
    return tuple(failures.failed)


def _functions_of_layer() -> _Functions:
    """Return the functions by file and qualified name, in the order of the source."""
    import_layer()
    gc.unfreeze()  # the layer freezes what it has imported, and gc does not list that
    found: _Functions = defaultdict(list)
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__code__.co_filename.startswith(str(LAYER)):
            found[one.__code__.co_filename, one.__code__.co_qualname].append(one)
    for functions in found.values():
        functions.sort(key=lambda function: function.__code__.co_firstlineno)
    return found


def import_layer() -> None:
    """Import all modules of the layer, from where the path leads."""
    package = importlib.import_module("tidings")
    for module in pkgutil.walk_packages(package.__path__, "tidings."):
        importlib.import_module(module.name)


def _codes(code: CodeType, function: str) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_qualname == function:
                yield constant
            elif function.startswith(f"{constant.co_qualname}."):
                yield from _codes(constant, function)
