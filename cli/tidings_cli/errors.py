"""Describe errors in one line that says what to do. No message contains a credential: AWS errors contain none."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

_DOCUMENTED = "docs/operations.md lists what each command needs."
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})
_NOT_SIGNED_IN = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure"}
)
_SIGN_IN = "Sign in (`aws sso login` or `aws configure`), or pass --profile."


@contextmanager
def report_in_one_line() -> Iterator[None]:
    """Turn errors of AWS and of the product into a ClickException."""
    from botocore.exceptions import BotoCoreError, ClientError

    from tidings.errors import TidingsError
    from tidings.settings import MissingSetting

    try:
        yield
    except (TidingsError, BotoCoreError, ClientError, MissingSetting) as error:
        raise click.ClickException(describe(error)) from None


def describe(error: BaseException) -> str:
    """Return the product's own message, or for a failure of the store the first cause that AWS names."""
    from botocore.exceptions import BotoCoreError, ClientError

    from tidings.errors import StoreUnavailable, TidingsError
    from tidings.settings import MissingSetting

    if isinstance(error, MissingSetting):
        return f"The deployed template is of another version than this command: it has no {error}. Deploy this version."
    cause: BaseException | None = error
    if isinstance(error, TidingsError) and not isinstance(error, StoreUnavailable):
        cause = None
    while cause is not None:
        if isinstance(cause, ClientError):
            return _describe_refusal(
                cause.response["Error"].get("Code", ""), cause.response["Error"].get("Message", "")
            )
        if isinstance(cause, BotoCoreError):
            return _describe_failed_call(cause)
        cause = cause.__cause__ or cause.__context__
    return error.detail if isinstance(error, TidingsError) else str(error)


def _describe_refusal(code: str, message: str) -> str:
    if code in _DENIED:
        return f"AWS denied access: {message.rstrip('.')}. {_DOCUMENTED}"
    if code in _NOT_SIGNED_IN:
        return f"AWS does not accept these credentials ({code}). {_SIGN_IN}"
    return f"AWS responded with {code}: {message}".rstrip(": ")


def _describe_failed_call(error: Exception) -> str:
    from botocore.exceptions import CredentialRetrievalError, NoCredentialsError, NoRegionError, ProfileNotFound

    if isinstance(error, NoCredentialsError | CredentialRetrievalError):
        return f"There are no AWS credentials. {_SIGN_IN}"
    if isinstance(error, NoRegionError):
        return "No AWS region is set: pass --region, set AWS_REGION, or use a profile that has one."
    if isinstance(error, ProfileNotFound):
        return f"{str(error).rstrip('.')}: `aws configure list-profiles` names those that exist."
    return f"AWS can't be reached: {error}"


def unknown_user(user_id: str) -> click.ClickException:
    """Return the error of a command whose user has nothing stored."""
    from tidings_cli import output

    return click.ClickException(f"There is no user {output.escape(user_id)}: nothing is stored about this id.")


def is_denied(error: BaseException) -> bool:
    """Return whether AWS denied access to these credentials."""
    from botocore.exceptions import ClientError

    return isinstance(error, ClientError) and error.response["Error"].get("Code") in _DENIED
