"""POST …/holdings/refresh: fetch new data from the providers, once."""

import simplejson  # noqa: F401 - every response needs it

from tidings.api.endpoint import endpoint
from tidings.aws.clients import create_clients
from tidings.refresh.endpoint import TIME_LIMIT_S, preload, refresh

preload()
create_clients("dynamodb", "secretsmanager", "kms")
lambda_handler = endpoint(refresh, TIME_LIMIT_S)
