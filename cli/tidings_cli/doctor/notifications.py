"""Check that messages to the host app can be signed. The keys are never printed."""

from tidings_cli import output
from tidings_cli.deployment import Deployment
from tidings_cli.doctor.access import CheckResults


def check_signing_keys(deployment: Deployment) -> CheckResults:
    """Yield nothing for a deployment without NotifyUrl."""
    from tidings.announce.signing import SECRET_NAMES, signing_keys
    from tidings.aws.secrets import app_secret
    from tidings.errors import NotConfigured, StoreUnavailable

    url = deployment.parameters.get("NotifyUrl")
    if not url:
        return
    try:
        keys = signing_keys(app_secret("notify"))
    except (NotConfigured, StoreUnavailable) as error:
        fix = f"Fill {SECRET_NAMES[0]} in the secret of the output NotifySecretArn (docs/notifications.md)."
        yield "problem", f"messages to {url} can't be signed: {error.detail}", fix
        return
    yield "ok", f"{output.format_count(len(keys), 'key')} to sign messages to {url}", ""
