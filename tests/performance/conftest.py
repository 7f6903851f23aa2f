from collections.abc import Iterator

import pytest

from benchmarks.code import Code, of_this_python
from benchmarks.stage import Stage, staged


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    with staged() as stage:
        yield stage


@pytest.fixture(scope="session")
def code(tmp_path_factory: pytest.TempPathFactory) -> Code:
    return of_this_python(tmp_path_factory.mktemp("performance") / "code")
