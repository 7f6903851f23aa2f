import pytest

from local import intrinsics
from tests.support.aws.stack import Stack


@pytest.fixture(scope="session")
def stack() -> Stack:
    """The template with every default, and with all that NotifyUrl adds."""
    return Stack.from_template(NotifyUrl="https://app.example.com/tidings")


@pytest.fixture
def in_region(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    region = str(request.param)
    partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
    pseudo = {**intrinsics._PSEUDO, "AWS::Region": region, "AWS::Partition": partition}
    monkeypatch.setattr(intrinsics, "_PSEUDO", pseudo)
    return region
