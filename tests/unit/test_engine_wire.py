"""What is sent to the engine has the length that was announced."""

import pytest

from buildpacks.errors import Failure
from buildsvc.engines.docker.wire import Body


def test_a_body_is_its_pieces_and_has_a_length() -> None:
    body = Body(iter([b"one", b"three"]), 8)
    assert len(body) == 8
    assert list(body) == [b"one", b"three"]


@pytest.mark.parametrize("length", [7, 9])
def test_a_body_of_another_length_fails_and_sends_nothing_beyond_it(length: int) -> None:
    sent: list[bytes] = []
    with pytest.raises(Failure) as caught:
        sent.extend(Body(iter([b"one", b"three"]), length))
    assert caught.value.code == "short-read"
    assert sum(map(len, sent)) <= length
