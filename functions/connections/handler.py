"""List, make and end connections."""

import simplejson  # noqa: F401 - the history of each removal needs it

from tidings.api.endpoint import endpoint
from tidings.aws.clients import create_clients
from tidings.connections.endpoint import TIME_LIMIT_S, handle_request

create_clients("dynamodb", "secretsmanager", "kms")
lambda_handler = endpoint(handle_request, TIME_LIMIT_S)
