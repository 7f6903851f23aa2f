"""Set the environment before any test imports the product, as for the other tests."""

import tests.conftest  # noqa: F401 - it sets the environment and Hypothesis's profile
