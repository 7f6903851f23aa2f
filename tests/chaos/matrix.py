"""The faults. Every invariant is checked after every one of them."""

from tests.chaos.aws_faults import AWS
from tests.chaos.dynamodb_faults import DYNAMODB
from tests.chaos.faults import Fault
from tests.chaos.function_faults import FUNCTIONS
from tests.chaos.provider_faults import PROVIDERS

FAULTS: tuple[Fault, ...] = (*DYNAMODB, *AWS, *PROVIDERS, *FUNCTIONS)
