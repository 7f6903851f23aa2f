"""Sign a request to a service of AWS that is called over plain HTTP, by Signature Version 4."""

from collections.abc import Mapping

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import NoCredentialsError

from tidings.aws.clients import session
from tidings.errors import StoreUnavailable


def sign_request(service: str, method: str, url: str, headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    """Return the request's headers with its signature, by the process's own credentials and region.

    Raises StoreUnavailable without credentials.
    """
    request = AWSRequest(method=method, url=url, headers=dict(headers), data=body)
    credentials = session().get_credentials()
    if credentials is None:
        raise StoreUnavailable from NoCredentialsError()
    SigV4Auth(credentials.get_frozen_credentials(), service, session().get_config_variable("region")).add_auth(request)
    return dict(request.headers.items())
