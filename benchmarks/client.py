"""Create one botocore DynamoDB client and report it: the baseline of start-up. Runs as its own process."""

import sys

from botocore.session import get_session

get_session().create_client("dynamodb")
sys.stderr.write("200 0 0\n")
sys.stderr.flush()
