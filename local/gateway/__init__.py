"""Stand in for API Gateway's HTTP API, Lambda function URLs and the Lambda service, in one process."""
