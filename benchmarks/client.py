"""Runs as a process of its own: makes one botocore DynamoDB client, says so. What start-up is measured against."""

import sys

from botocore.session import get_session

get_session().create_client("dynamodb")
sys.stderr.write("200\n")
sys.stderr.flush()
