"""Any JSON object, and ones that look like webhooks but for a few wrong types."""

from typing import Any

from hypothesis import strategies as st

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def objects(**likely: list[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Each named field absent, a likely value, or anything; and unknown fields."""
    fields = {name: st.sampled_from(values) | VALUES for name, values in likely.items()}
    known = st.fixed_dictionaries({}, optional=fields)
    return st.builds(lambda extra, named: {**extra, **named}, st.dictionaries(st.text(max_size=8), VALUES), known)
