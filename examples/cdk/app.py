"""A CDK app that includes Tidings in a stack, and uses one of its outputs (docs/delivery.md)."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk.cloudformation_include import CfnInclude
from constructs import Construct

TEMPLATE = Path(__file__).with_name("tidings.json")


class Portfolio(cdk.Stack):
    def __init__(self, scope: Construct, name: str, *, origins: list[str]) -> None:
        super().__init__(scope, name)
        tidings = CfnInclude(
            self, "Tidings", template_file=str(TEMPLATE), parameters={"AllowedOrigins": ",".join(origins)}
        )
        webhook_url = tidings.get_output("SnapTradeWebhookUrl").value
        cdk.CfnOutput(self, "WebhookForSnapTrade", value=cdk.Token.as_string(webhook_url))


app = cdk.App()
Portfolio(app, "Portfolio", origins=["https://app.example.com"])
app.synth()
