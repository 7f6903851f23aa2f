"""What the product stores and sends is spelt as the recorded version spelt it: either can read what the other wrote.

The fixtures were recorded with commit 00e774b. A difference means that a rollback, or a message that waits in a queue,
would meet words that it does not know: read both spellings and write the recorded one.
"""

import pytest

from tests.integration.compatibility.recorder import Recorder, fixture
from tests.integration.compatibility.scenario import play


def test_rows_and_messages_are_written_as_recorded(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    play(recorder, monkeypatch)
    assert recorder.messages == fixture("messages")
    assert recorder.moments == fixture("rows")
