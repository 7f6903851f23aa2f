"""Replace functions in the product alone: a test's own servers, and the libraries, keep the genuine ones."""

import pkgutil
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import ModuleType, SimpleNamespace

import pytest

import tidings
import tidings_cli


class _Replaced(SimpleNamespace):
    """A module with some functions replaced."""


def replace_in_product(patch: pytest.MonkeyPatch, library: ModuleType, **functions: Callable[..., object]) -> None:
    """Replace functions of a library, such as `time`, in every module that imports it by name."""
    name = library.__name__
    for module in _product():
        used = vars(module).get(name)
        if used is library or isinstance(used, _Replaced):
            patch.setattr(module, name, _Replaced(**(vars(used) | functions)))


def _product() -> list[ModuleType]:
    _import_product()
    return [one for name, one in list(sys.modules.items()) if name.startswith(("tidings.", "tidings_cli."))]


@cache
def _import_product() -> None:
    """Import what would be imported later, and have the genuine functions then."""
    for package in (tidings, tidings_cli):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
