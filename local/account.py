"""Define the AWS account and region that the local cloud uses."""

ACCOUNT = "000000000000"  # MiniStack accepts no other
REGION = "us-east-1"
