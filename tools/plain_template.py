"""Print a packaged SAM template as plain CloudFormation, for tools that do not run SAM's translation (`examples/cdk`).

    python -m tools.plain_template packaged.yaml AllowedOrigins=https://app.example.com > examples/cdk/tidings.json

SAM itself consumes some parameters, such as GradualDeployments: give those here, and the others wherever you deploy.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from local.translation import load_template, parameter_values, translate


def plain_template(path: Path, assignments: Sequence[str]) -> str:
    """Return the translated template as JSON. Raises LocalCloudError if SAM refuses it or a parameter lacks a value."""
    template = load_template(path)
    overrides = dict(assignment.split("=", 1) for assignment in assignments)
    return json.dumps(translate(template, parameter_values(template, overrides)), indent=1)


if __name__ == "__main__":
    print(plain_template(Path(sys.argv[1]), sys.argv[2:]))
