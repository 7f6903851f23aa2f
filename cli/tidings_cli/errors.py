"""What goes wrong, in one line that says what to do. Nothing here names a credential: AWS's errors hold none."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

_DOCUMENTED = "docs/operations.md lists what each command needs."
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})
_NOT_SIGNED_IN = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure"}
)
_SIGN_IN = "Sign in (`aws sso login` or `aws configure`), or set AWS_PROFILE."


@contextmanager
def in_one_line() -> Iterator[None]:
    """Turn what AWS and the product refuse into a ClickException."""
    from botocore.exceptions import BotoCoreError, ClientError

    from tidings.errors import TidingsError
    from tidings.settings import MissingSetting

    try:
        yield
    except (TidingsError, BotoCoreError, ClientError, MissingSetting) as error:
        raise click.ClickException(describe(error)) from None


def describe(error: BaseException) -> str:
    """What the product says of it; where its storage failed, the first cause that AWS names."""
    from botocore.exceptions import BotoCoreError, ClientError

    from tidings.errors import StoreUnavailable, TidingsError
    from tidings.settings import MissingSetting

    if isinstance(error, MissingSetting):
        return f"The deployed template is another version than this command's: it has no {error}. Deploy this one."
    cause: BaseException | None = error
    if isinstance(error, TidingsError) and not isinstance(error, StoreUnavailable):
        cause = None
    while cause is not None:
        if isinstance(cause, ClientError):
            return _refused(cause.response["Error"].get("Code", ""), cause.response["Error"].get("Message", ""))
        if isinstance(cause, BotoCoreError):
            return _not_asked(cause)
        cause = cause.__cause__ or cause.__context__
    return error.detail if isinstance(error, TidingsError) else str(error)


def _refused(code: str, message: str) -> str:
    if code in _DENIED:
        return f"AWS does not allow it: {message.rstrip('.')}. {_DOCUMENTED}"
    if code in _NOT_SIGNED_IN:
        return f"AWS does not accept these credentials ({code}). {_SIGN_IN}"
    return f"AWS answered {code}: {message}".rstrip(": ")


def _not_asked(error: Exception) -> str:
    from botocore.exceptions import CredentialRetrievalError, NoCredentialsError, NoRegionError, ProfileNotFound

    if isinstance(error, NoCredentialsError | CredentialRetrievalError):
        return f"There are no AWS credentials. {_SIGN_IN}"
    if isinstance(error, NoRegionError):
        return "No AWS region is chosen: set AWS_REGION, or take a profile that has one."
    if isinstance(error, ProfileNotFound):
        return f"{str(error).rstrip('.')}: set AWS_PROFILE to one of `aws configure list-profiles`."
    return f"AWS can't be asked: {error}"


def is_denied(error: BaseException) -> bool:
    """Whether AWS refused it to these credentials."""
    from botocore.exceptions import ClientError

    return isinstance(error, ClientError) and error.response["Error"].get("Code") in _DENIED
