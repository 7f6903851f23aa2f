"""Build the environment variables of a function's process, as Lambda sets them."""

import os

from local.account import REGION
from local.gateway.specification import Function, Gateway

_PASSED_ON = ("PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")


def lambda_variables(function: Function, runtime_port: int, gateway: Gateway) -> dict[str, str]:
    """Build the environment of a function. It contains none of the developer's AWS settings."""
    variables = {
        **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        "NO_PROXY": "127.0.0.1,localhost",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_ENDPOINT_URL": gateway.aws_endpoint,
        "AWS_ACCESS_KEY_ID": function.logical_id,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": function.logical_id,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": function.log_format,
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.logical_id}",
        "AWS_LAMBDA_LOG_STREAM_NAME": f"local/{runtime_port}",
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{runtime_port}",
        "LAMBDA_TASK_ROOT": function.folder,
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "_HANDLER": function.handler,
        "PYTHONPATH": os.pathsep.join([*gateway.python_path, *function.layers]),
        **function.environment,
        **gateway.environment,
    }
    if function.log_level:
        variables["AWS_LAMBDA_LOG_LEVEL"] = function.log_level
    return variables
