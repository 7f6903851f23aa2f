"""Records of UpdateState's stream, as DynamoDB sends them."""

from collections.abc import Mapping
from typing import Any

Image = Mapping[str, Mapping[str, str]]


def source_image(
    *,
    provider: str = "plaid",
    source_id: str = "item-1",
    user_id: str = "alice",
    link_id: str = "link-1",
    status: str | None = None,
    **numbers: int,
) -> Image:
    """Build the image of a source's row. `numbers`: attributes such as `generation` and `seen_generation`."""
    texts = {
        "user_id": user_id,
        "entry": f"source#{provider}#{source_id}",
        "item": f"{provider}#{source_id}",
        "link_id": link_id,
    }
    return {
        **{name: {"S": text} for name, text in texts.items()},
        **({} if status is None else {"status": {"S": status}}),
        **{name: {"N": str(number)} for name, number in numbers.items()},
    }


def stream_record(before: Image | None, after: Image | None, sequence: int = 1, at_s: float = 1_790_000_000) -> Any:  # noqa: ANN401 - as untyped as an event
    """Build the record of one write."""
    image = after or before
    assert image is not None
    images = {"OldImage": before, "NewImage": after}
    return {
        "eventName": "REMOVE" if after is None else "INSERT" if before is None else "MODIFY",
        "dynamodb": {
            "ApproximateCreationDateTime": at_s,
            "Keys": {name: image[name] for name in ("user_id", "entry")},
            "SequenceNumber": str(sequence),
            **{name: one for name, one in images.items() if one is not None},
        },
    }
