"""What the resources of a template refer to."""

import re
from collections.abc import Iterator


def referenced_names(value: object) -> Iterator[str]:
    """Yield what a part of a template refers to."""
    if isinstance(value, list):
        for item in value:
            yield from referenced_names(item)
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        if key in {"Ref", "DependsOn"}:
            yield from [inner] if isinstance(inner, str) else inner
        elif key == "Fn::GetAtt":
            yield inner.partition(".")[0] if isinstance(inner, str) else inner[0]
        elif key == "Fn::Sub":
            yield from re.findall(r"\$\{([\w:]+)", inner if isinstance(inner, str) else inner[0])
            yield from referenced_names(inner)
        elif key == "Condition" and isinstance(inner, str):
            continue
        else:
            yield from referenced_names(inner)
