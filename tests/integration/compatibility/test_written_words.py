"""Rows and messages are spelt as in the recorded version, so that either version reads what the other wrote.

The fixtures were recorded with commit 00e774b. A difference breaks a rollback and messages that wait in a queue:
read both spellings and write the recorded one.
"""

import pytest

from tests.integration.compatibility.recorder import Recorder, load_fixture
from tests.integration.compatibility.scenario import play
from tests.integration.compatibility.stored_words import (
    Contents,
    message_as_recorded_version,
    read_as_recorded_version,
    without_retention,
)


def test_rows_and_messages_are_written_as_recorded(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    play(recorder, monkeypatch)
    messages = {
        queue: [message_as_recorded_version(body) for body in sent] for queue, sent in recorder.messages.items()
    }
    assert messages == load_fixture("messages")
    written = {moment: read_as_recorded_version(contents) for moment, contents in recorder.moments.items()}
    assert _without_retention(written) == _without_retention(load_fixture("rows"))


def _without_retention(moments: dict[str, Contents]) -> dict[str, Contents]:
    return {moment: without_retention(contents) for moment, contents in moments.items()}
