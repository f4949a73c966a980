"""The worked example of the method, driven through keys alone in a real terminal."""

from __future__ import annotations

from pathlib import Path

import worlds
from terminal.driven import Terminal


def _drive(terminal: Terminal, *keys: str) -> None:
    terminal.press(*keys)


def _reported_and_solved(terminal: Terminal) -> str:
    """Li Wei reports it, answers, judges, takes it over and solves it; the number it got."""
    terminal.wait_for("No open tickets", "n reports one")
    terminal.press("n")
    terminal.wait_for("New ticket at KSA")
    terminal.press("備件生鏽", "Tab", "m", "i", "Tab", "c")
    terminal.wait_for("備件生鏽", "[common]", "P4 ")
    terminal.press("Ctrl+D")
    number = next(word for word in terminal.wait_for(": saved.").split() if word.startswith("KSA-"))
    number = number.removesuffix(":")
    terminal.press("a")
    terminal.wait_for("Answer KSA-")
    terminal.press("我們今天查庫房", "Enter")
    terminal.wait_for("answered.")
    terminal.press("c")
    terminal.wait_for("Kind of", "[quality]")
    terminal.press("Enter")
    terminal.wait_for("[minor]")
    terminal.press("Enter")
    terminal.wait_for("[common]", "P4")
    terminal.press("Enter")
    terminal.wait_for(gone="Occurrence of")
    terminal.press("o")
    terminal.wait_for("Owner of", "[li.wei]")
    terminal.press("Enter")
    terminal.wait_for("given to li.wei", "working")
    terminal.press("s")
    for label, text in (
        ("Cause:", "密封袋漏氣，冷凝水使齒面生鏽"),
        ("Decision:", "發新備件更換，鏽件退廠"),
        ("Solution:", "新備件空運到達，與客戶共同開箱，驗收無鏽"),
    ):
        terminal.wait_for(label)
        terminal.press(text, "Enter")
    terminal.wait_for("solved. u undoes it")
    terminal.press("q")
    assert terminal.wait() == 0
    return number


def _confirmed_and_archived(terminal: Terminal, number: str) -> None:
    """Zhao Min, who leads the site, confirms the result and archives it."""
    terminal.wait_for(number, "solved")
    terminal.press("C")
    terminal.wait_for("Confirm KSA-", "Response met, solution met.")
    terminal.press("Enter")
    terminal.wait_for("confirmed.")
    terminal.press("A")
    terminal.wait_for("Archive KSA-", "Y archives")
    terminal.press("A")  # the key that began does not confirm
    terminal.wait_until_quiet()
    terminal.press("Y")
    terminal.wait_for("archived, now a page of the handbook")
    terminal.press(".")
    terminal.wait_for("No open tickets")


def test_the_worked_example_through_keys_alone(tmp_path: Path) -> None:
    desk = worlds.make("empty", tmp_path / "desk")
    with Terminal(desk, state=tmp_path / "li", person="li.wei") as terminal:
        number = _reported_and_solved(terminal)
    with Terminal(desk, state=tmp_path / "zhao", person="zhao.min") as terminal:
        _confirmed_and_archived(terminal, number)
        terminal.press("f")
        terminal.wait_for("Find")
        terminal.press("生锈")
        terminal.wait_for("1 found", number, "備件生鏽", "archived", "新備件空運到達")
        terminal.press("Enter")
        terminal.wait_for("answer", "solve", "met")
        terminal.press("G")
        terminal.wait_for("answers for it: the owner when the clock stopped.")
        terminal.press("Ctrl+B")
        terminal.wait_for("zhao.min  archived", "zhao.min  confirmed")
        terminal.press("Esc")
        terminal.wait_for("1 found")
        terminal.press("Esc")
        terminal.wait_for("No open tickets")
        terminal.press("q")
        assert terminal.wait() == 0
    archived = list((desk / "tickets" / "archive").rglob(f"{number}.yaml"))
    assert len(archived) == 1
    assert "solution: |\n  新備件空運到達" in archived[0].read_text(encoding="utf-8")
