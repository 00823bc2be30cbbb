"""The load of ``make load``, small: offices hand in while readers ask."""

from __future__ import annotations

from bench import load


def test_nothing_is_lost_and_nobody_sees_half_a_release() -> None:
    result = load.run(offices=3, readers=5, seconds=5)
    assert result.wrong == []
    assert sorted(result.accepted) == [0, 1, 2], "every office had a message published"
    asked = {what for what, times in result.times.items() if times}
    assert asked >= {"hand in", "handed in to decided", "what there is"}
    assert any(what.startswith("data") for what in asked)
    assert list(load.lines(result, 3, 5))
