"""`fenji remind`: who is told of what, once, and again when it is another thing."""

from __future__ import annotations

import email
import email.policy
import json
import shlex
import sys
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import worlds
from commandline import fenji
from fenji.desk import Desk
from fenji.desk.remind import ReminderRequest, list_reminders
from fenji.model.correspondence import PATTERN
from fenji.model.reminders import parse_reminder_rules
from interface.driven import NOW

if TYPE_CHECKING:
    from fenji.model.ticket import LooseValue

Said = set[tuple[str, str, str, str]]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return worlds.make("shipped", tmp_path / "desk", now=NOW)


def said_after(root: Path, hours: float = 0, *, person: str = "", within: str = "") -> Said:
    """Who is told so many hours later: (person, the number's end, clock, step)."""
    with Desk.open(root, now=lambda: NOW + timedelta(hours=hours)) as desk:
        found = list_reminders(desk, ReminderRequest(person, within))
        return {(said.person, said.row.id[-4:], said.clock, said.step.text) for said in found}


def write_rules(root: Path, text: str) -> None:
    (root / "remind.yaml").write_text(text)


def collector(folder: Path) -> str:
    """A command that keeps what it is given, a file each, and fails while the file `down` is there."""
    script = folder / "collect.py"
    script.write_text(
        f"""import pathlib, sys
folder = pathlib.Path({str(folder)!r})
if (folder / "down").exists():
    sys.exit(75)
(folder / f"{{len([*folder.glob('*.eml')])}}.eml").write_bytes(sys.stdin.buffer.read())
"""
    )
    return shlex.join([sys.executable, str(script)])


def told_by(folder: Path) -> list[dict[str, Any]]:
    """What was sent as JSON, in order."""
    return [json.loads(path.read_text()) for path in _sent(folder)]


def _sent(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.eml"), key=lambda path: int(path.stem))


def messages(folder: Path) -> list[EmailMessage]:
    return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in _sent(folder)]


def test_without_rules_the_owner_is_told_early_the_lead_at_the_breach_and_managers_a_day_later(desk: Path) -> None:
    assert ("chen.jie", "0187", "solution", "25%") in said_after(desk)
    assert ("zhao.min", "0187", "solution", "breach") in said_after(desk)
    assert ("huang.lei", "0187", "solution", "24h late") not in said_after(desk)
    assert ("huang.lei", "0187", "solution", "24h late") in said_after(desk, 24)
    assert not any(person == "huang.lei" and number == "0187" for person, number, *_ in said_after(desk, 21))


def test_a_clock_that_is_held_or_stopped_reminds_nobody(desk: Path) -> None:
    late = said_after(desk, 24 * 60)
    assert not any(number in ("0185", "0190") for _, number, *_ in late)
    assert not any(clock == "response" and number == "0187" for _, number, clock, _ in late)


def test_rules_are_those_of_the_file_and_the_later_step_speaks_for_the_earlier(desk: Path) -> None:
    write_rules(desk, "format: 1\nowner: [4h left, breach, 2h late]\n")
    assert said_after(desk, -3) >= {("chen.jie", "0187", "solution", "4h left")}
    assert {step for _, number, _, step in said_after(desk, 1) if number == "0187"} == {"2h late"}
    told = {person for person, _, clock, _ in said_after(desk, 48) if not clock.startswith("plan.")}
    assert told <= {"chen.jie", "li.wei", "wang.fang", "zhao.min"}


def test_within_asks_for_more_than_the_rules(desk: Path) -> None:
    write_rules(desk, "manager: 24h late\n")
    assert not {said for said in said_after(desk) if not said[2].startswith("plan.")}
    assert ("li.wei", "0189", "solution", "12h left") in said_after(desk, within="12h")
    assert not any(number == "0189" for _, number, *_ in said_after(desk, within="6h"))


def test_mails_are_no_part_of_one_document(desk: Path) -> None:
    refused = fenji("--desk", desk, "remind", "--format", "mail", "--within", "90d", "--json")
    assert (refused.code, refused.out) == (2, "")
    assert "--json and --format mail do not go together." in refused.err
    assert fenji("--desk", desk, "remind", "--format", "json", "--within", "90d", "--json").json


def test_an_item_of_a_plan_reminds_its_own_owner_and_stops_once_it_is_done(desk: Path) -> None:
    write_rules(desk, "owner: [5%, breach]\nlead: 24h late\n")

    def edit(day: int, **parts: str) -> None:
        fields: dict[str, LooseValue] = {"plan.x9": {"key": "x9", "what": "ship it", "owner": "wu.xia", **parts}}
        with Desk.open(desk, now=lambda: NOW + timedelta(days=day)) as opened:
            opened.act("KSA-2026-0171", "edit", fields=fields, by="liu.yang")

    edit(0, due=f"{NOW + timedelta(days=10):%Y-%m-%d}")
    assert not any(clock == "plan.x9" for *_, clock, _ in said_after(desk))
    late = said_after(desk, 24 * 20)
    assert ("wu.xia", "0171", "plan.x9", "breach") in late
    assert ("zhao.min", "0171", "plan.x9", "24h late") in late
    edit(5, due=f"{NOW + timedelta(days=10):%Y-%m-%d}", done=f"{NOW + timedelta(days=4):%Y-%m-%d}")
    assert not any(clock == "plan.x9" for *_, clock, _ in said_after(desk, 24 * 20))


def test_a_reminder_says_in_words_of_its_language_what_has_come(desk: Path) -> None:
    def subjects(language: str) -> str:
        shown = fenji("--desk", desk, "remind", "--format", "mail", "--within", "90d", FENJI_LANGUAGE=language).out
        parts = shown.split("To: ")[1:]
        return "\n".join(
            str(email.message_from_string("To: " + part, policy=email.policy.default)["Subject"]) for part in parts
        )

    write_rules(desk, "owner: [90%, 100h left]\nlead: breach\nmanager: 24h late\n")
    shown = subjects("en")
    assert [words for words in ("90% of the time left", "run out", "24h late") if words not in shown] == []
    shown = subjects("zh-Hans")
    assert [words for words in ("，剩余 90% 的时间：", "，已超时：", "，超时 24h：") if words not in shown] == []
    assert not any(word in subjects("zh-Hant") for word in (" left", " late", "breach"))


def test_only_the_own_site_is_asked_but_for_another_that_is_named(desk: Path) -> None:
    def numbers(*args: str) -> set[str]:
        return {found["ticket"][:3] for found in fenji("--desk", desk, "remind", *args, "--json").json}

    assert numbers("--within", "90d") == {"KSA"}
    assert numbers("--within", "90d", "--site", "DZA") == {"DZA"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("owner: 120%", "must be a step such as 25%, 4h left, breach or 24h late, not 120%"),
        ("lead: [breach, breach]", "stands twice"),
        ("manager: 24 late", "not a duration"),
        ("chef: breach", "is unknown"),
        ("format: 2\nowner: breach", "reads format 1"),
        ("- owner", "reminders are a mapping"),
    ],
)
def test_rules_that_cannot_be_read_are_refused_at_every_door(desk: Path, text: str, words: str) -> None:
    write_rules(desk, text + "\n")
    for command in ("remind", "check"):
        result = fenji("--desk", desk, command, "--json")
        assert result.code == 3, command
        assert words in result.out + result.err
        assert "remind.yaml:" in result.err or '"remind.yaml"' in result.out
    rules, faults = parse_reminder_rules({"owner": 5})
    assert rules is None
    assert faults


def test_each_thing_is_sent_once_and_a_failure_is_tried_again(desk: Path, tmp_path: Path) -> None:
    command = collector(tmp_path)
    (tmp_path / "down").touch()
    run = ("--desk", desk, "remind", "--format", "mail", "--each", command)
    failed = fenji(*run)
    assert failed.code == 1
    assert "the command exited with 75; it is retried next time" in failed.err
    (tmp_path / "down").unlink()
    planned = fenji(*run, "--dry-run").out
    assert fenji(*run).code == 0
    sent = messages(tmp_path)
    assert sent
    assert planned.count("Message-ID:") == len(sent)
    assert fenji(*run).out == ""
    assert len(messages(tmp_path)) == len(sent)
    assert fenji(*run, "--again", "2026-01-01T00:00").code == 0
    assert len(messages(tmp_path)) == 2 * len(sent)


def test_a_new_owner_and_a_moved_due_say_it_anew(desk: Path, tmp_path: Path) -> None:
    run = ("--desk", desk, "remind", "--within", "90d", "--format", "json", "--each", collector(tmp_path))
    assert fenji(*run).code == 0
    before = len([*tmp_path.glob("*.eml")])
    assert fenji("--desk", desk, "assign", "0187", "ma.chao").code == 0
    assert fenji(*run).code == 0
    assert [(said["ticket"], said["person"]) for said in told_by(tmp_path)[before:]] == [("KSA-2026-0187", "ma.chao")]
    number = fenji("--desk", desk, "new", "--title", "Pump", "--owner", "li.wei", "--json").json["id"]
    assert fenji(*run).code == 0
    assert fenji("--desk", desk, "classify", number, "--impact", "major", "--occurrence", "rare").code == 0
    assert fenji(*run).code == 0
    again = told_by(tmp_path)[before + 1 :]
    assert {(said["ticket"], said["person"]) for said in again} == {(number, "li.wei")}
    assert len({(said["clock"], said["due"]) for said in again}) == 4  # two promises, and both moved


def test_a_mail_names_its_ticket_and_no_program_should_answer_it(desk: Path, tmp_path: Path) -> None:
    assert fenji("--desk", desk, "remind", "--format", "mail", "--each", collector(tmp_path)).code == 0
    message = next(mail for mail in messages(tmp_path) if "0187" in mail["Subject"] and "chen.jie" in mail["To"])
    assert message["Auto-Submitted"] == "auto-generated"
    reference, own = PATTERN.fullmatch(message["References"]), PATTERN.fullmatch(message["Message-ID"])
    assert reference
    assert own
    assert reference["number"] == own["number"] == "KSA-2026-0187"
    assert reference["reminder"] is None
    assert own["reminder"] == "reminder"
    assert "雷達天線" in message["Subject"]
    body = message.get_body()
    assert body is not None
    assert "雷達天線轉台卡滯" in body.get_content()


def test_who_has_no_address_is_named_and_sent_nothing(desk: Path, tmp_path: Path) -> None:
    assert fenji("--desk", desk, "assign", "0187", "guest", "--unknown-person").code == 0
    result = fenji("--desk", desk, "remind", "--format", "mail", "--each", collector(tmp_path))
    assert result.code == 0
    assert "guest has no email in policy.yaml, and is sent nothing." in result.err
    assert not any("guest" in mail["To"] for mail in messages(tmp_path))


def test_who_is_not_known_is_refused(desk: Path) -> None:
    result = fenji("--desk", desk, "remind", "--to", "nobody.known")
    assert result.code != 0
    assert "nobody.known" in result.err


def test_a_command_that_cannot_be_started_is_refused(desk: Path) -> None:
    result = fenji("--desk", desk, "remind", "--each", "/nonexistent/sendmail -t")
    assert result.code == 1
    assert "/nonexistent/sendmail cannot be started" in result.err
    assert "is not a command" in fenji("--desk", desk, "remind", "--each", "'").err
