"""POST …/holdings/refresh: fetch new data from the providers, once."""

import simplejson  # noqa: F401 - every response needs it

from tidings.api.endpoint import endpoint
from tidings.aws.clients import create_clients
from tidings.providers import PROVIDER_NAMES, holdings_reader
from tidings.refresh.endpoint import TIME_LIMIT_S, refresh

create_clients("dynamodb", "secretsmanager", "kms")
for provider in PROVIDER_NAMES:
    holdings_reader(provider)
lambda_handler = endpoint(refresh, TIME_LIMIT_S)
