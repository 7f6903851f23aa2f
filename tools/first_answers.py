"""Ask for a stack's name and the web app's origins, and save them in samconfig.toml (`make deploy`, the first time).

Every other parameter has a default; `make configure` asks for each.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

from tools.deploy import read_section

CONFIGURATION = Path(__file__).resolve().parents[1] / "samconfig.toml"
_STACK = "tidings"
_STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,99}")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]+)?")


def ask(question: str, parse: Callable[[str], str]) -> str:
    """Ask until the answer is valid."""
    while True:
        try:
            return parse(input(question).strip())
        except ValueError as error:
            print(error)


def parse_stack(answer: str) -> str:
    """Return the stack's name, `tidings` by default. Raises ValueError if CloudFormation refuses it."""
    name = answer or _STACK
    if not _STACK_NAME.fullmatch(name):
        raise ValueError("A letter, then letters, digits and hyphens.")
    return name


def parse_origins(answer: str) -> str:
    """Return origins, comma separated. Raises ValueError unless each is a scheme and a host."""
    origins = [one.strip() for one in answer.split(",")]
    if not all(_ORIGIN.fullmatch(one) for one in origins):
        raise ValueError("Origins such as https://app.example.com, comma separated; no star, no path.")
    return ",".join(origins)


def save(configuration: str, environment: str, stack: str, origins: str) -> str:
    """Return the configuration with both answers in the environment's section."""
    header = f"[{environment}.deploy.parameters]"
    answers = f'{header}\nstack_name = "{stack}"\nparameter_overrides = "AllowedOrigins={origins}"'
    if header in configuration:
        return configuration.replace(header, answers, 1)
    return f"{configuration.rstrip()}\n\n{answers}\n"


def main(environment: str = "default") -> None:
    configuration = CONFIGURATION.read_text("utf-8")
    if "parameter_overrides" in read_section(configuration, environment, "deploy"):
        return
    stack = ask(f"Stack name [{_STACK}]: ", parse_stack)
    origins = ask("Origins of your web app, comma separated (https://app.example.com): ", parse_origins)
    CONFIGURATION.write_text(save(configuration, environment, stack, origins), "utf-8")
    print("Saved in samconfig.toml. `make configure` asks for every parameter.")


if __name__ == "__main__":
    main(*sys.argv[1:])
