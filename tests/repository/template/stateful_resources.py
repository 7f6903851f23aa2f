"""Reduce a translated template to what an update must keep: stateful and addressed resources, and the outputs."""

from typing import Any

from local.translation import Template

KEPT = {
    "AWS::ApiGatewayV2::Api": (),
    "AWS::ApiGatewayV2::ApiMapping": ("ApiId", "DomainName", "Stage"),
    "AWS::ApiGatewayV2::DomainName": ("DomainName",),
    "AWS::ApiGatewayV2::Stage": ("ApiId", "StageName"),
    "AWS::DynamoDB::Table": ("TableName", "KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes"),
    "AWS::Events::Rule": ("Name",),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", "Description", "Path"),
    "AWS::IAM::Role": ("RoleName",),
    "AWS::KMS::Key": ("MultiRegion", "KeySpec", "KeyUsage"),
    "AWS::Lambda::EventSourceMapping": ("EventSourceArn", "FunctionName"),
    "AWS::Lambda::Function": ("FunctionName",),
    "AWS::Lambda::Url": ("AuthType", "TargetFunctionArn"),
    "AWS::Logs::LogGroup": ("LogGroupName",),
    "AWS::Route53::RecordSet": ("Name", "Type"),
    "AWS::SecretsManager::Secret": ("Name", "SecretString"),
    "AWS::SQS::Queue": ("QueueName", "FifoQueue"),
}
"""By type, the properties whose change makes CloudFormation replace the resource, or changes what others call it."""

_POLICIES = ("DeletionPolicy", "UpdateReplacePolicy", "Condition")


def reduce_to_stateful(template: Template) -> dict[str, Any]:
    """Return the kept resources by logical id, and the outputs' values."""
    resources = {
        name: {part: resource[part] for part in ("Type", *_POLICIES) if part in resource}
        | {"Properties": _select(resource.get("Properties", {}), KEPT[resource["Type"]])}
        for name, resource in template["Resources"].items()
        if resource["Type"] in KEPT
    }
    outputs = {name: output["Value"] for name, output in template["Outputs"].items()}
    return {"Resources": resources, "Outputs": outputs}


def _select(properties: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: properties[name] for name in names if name in properties}
