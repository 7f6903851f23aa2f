"""List the faults. Every invariant is checked after each fault."""

from tests.e2e.faults.announce_faults import ANNOUNCING
from tests.e2e.faults.aws_faults import AWS
from tests.e2e.faults.dynamodb_faults import DYNAMODB
from tests.e2e.faults.exchange_rate_faults import EXCHANGE_RATES
from tests.e2e.faults.fault import Fault
from tests.e2e.faults.function_faults import FUNCTIONS
from tests.e2e.faults.provider_faults import PROVIDERS

FAULTS: tuple[Fault, ...] = (*DYNAMODB, *AWS, *PROVIDERS, *EXCHANGE_RATES, *FUNCTIONS, *ANNOUNCING)
