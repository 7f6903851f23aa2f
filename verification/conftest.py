"""Set the environment before any test imports the product, as for the other tests."""

from tests.conftest import pytest_collection_modifyitems

__all__ = ["pytest_collection_modifyitems"]
