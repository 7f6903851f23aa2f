"""The account and region that everything local pretends to be in."""

ACCOUNT = "000000000000"  # MiniStack's own
REGION = "us-east-1"
