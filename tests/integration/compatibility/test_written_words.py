"""Rows and messages are spelt as in the recorded version, so that either version reads what the other wrote.

The fixtures were recorded with commit 00e774b. A difference breaks a rollback and messages that wait in a queue:
read both spellings and write the recorded one.
"""

import pytest

from tests.integration.compatibility.recorder import Recorder, load_fixture
from tests.integration.compatibility.scenario import play
from tests.integration.compatibility.stored_words import read_as_recorded_version


def test_rows_and_messages_are_written_as_recorded(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    play(recorder, monkeypatch)
    assert recorder.messages == load_fixture("messages")
    written = {moment: read_as_recorded_version(contents) for moment, contents in recorder.moments.items()}
    assert written == load_fixture("rows")
