"""How keys that come all at once are told from keys that are pressed: the pure part, with times of its own."""

from __future__ import annotations

from tui.keystrokes import BurstCollector, Keystroke


def test_a_key_behind_one_that_ends_a_text_acts() -> None:
    collector = BurstCollector()
    for number, letter in enumerate("rust"):
        collector.add(Keystroke(letter, letter, number / 1000))
    (text,) = collector.flush()
    assert text.is_text(writing=True)
    collector.expect_more_text(text)
    collector.add(Keystroke("x", "x", 0.1))
    (more,) = collector.flush()
    assert more.is_text(writing=True)  # the next piece of what was pasted
    collector.expect_more_text(more)
    assert not collector.add(Keystroke("ctrl+d", None, 0.2))
    assert [burst.is_text(writing=False) for burst in collector.flush()] == [False]
    collector.add(Keystroke("a", "a", 0.25))
    assert [(burst.is_single, burst.is_text(writing=False)) for burst in collector.flush()] == [(True, False)]
