"""`fenji mail`: which ticket a mail belongs to, whose word it is, and what opens none."""

from __future__ import annotations

import fcntl
import time
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING

import pytest

from commandline import fenji, run_in_child
from desks import Clock, git, is_clean, make_desk, open_desk, subjects
from fenji.desk.check import check_desk
from fenji.desk.mail import LOCK_FILE, deliver, list_parked, short_name
from fenji.errors import Refused, Unavailable
from fenji.merge import merge
from fenji.model.correspondence import reference_of, reminder_id_of
from fenji.storage.yaml_codec import read_ticket
from two_clones import TwoClones
from worlds import SHIPPED_NOW

if TYPE_CHECKING:
    from pathlib import Path

    from fenji.desk import Desk
    from fenji.model.ticket import Ticket

CUSTOMER, STRANGER, ENGINEER = "ali@customer.example", "who@else.example", "li.wei@fenji.example"
TEXT = "轉台不轉。\n請盡快處理。"


def mail(
    number: int,
    *,
    sender: str = CUSTOMER,
    subject: str = "轉台不轉",
    text: str = TEXT,
    at: datetime | None = SHIPPED_NOW,
    headers: dict[str, str] | None = None,
) -> bytes:
    """A mail to the desk, with other `headers` besides."""
    message = EmailMessage(policy=SMTP)
    if at:
        message["Received"] = f"from customer by desk with ESMTP; {at:%a, %d %b %Y %H:%M:%S %z}"
    message["From"] = f"Ali Hassan <{sender}>"
    message["Subject"] = subject
    message["Date"] = "Mon, 02 Mar 2020 08:00:00 +0300"
    message["Message-ID"] = f"<m{number}@customer.example>"
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(text)
    return message.as_bytes()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Desk:
    return open_desk(make_desk(tmp_path), clock=clock)


def taken(desk: Desk, data: bytes, outcome: str = "opened") -> Ticket:
    delivery = deliver(desk, data)
    assert delivery.outcome == outcome, delivery
    assert delivery.ticket
    return desk.row(delivery.ticket.id).ticket


def opened(desk: Desk) -> Ticket:
    """A ticket that a customer's mail opened and that was answered."""
    ticket = taken(desk, mail(1))
    return desk.act(ticket.id, "respond", by="li.wei").ticket


# --- a new ticket -----------------------------------------------------------------------------------------------------


def test_a_mail_opens_a_ticket_that_says_what_it_says(desk: Desk, clock: Clock) -> None:
    clock.advance(30)
    ticket = taken(desk, mail(1))
    assert (ticket.title, ticket.description) == ("轉台不轉", TEXT)
    assert (ticket.word("requester.name"), ticket.word("requester.contact")) == ("Ali Hassan", CUSTOMER)
    event = ticket.log[0]
    assert (event.by, event.do, event.at, event.logged) == ("mail", "report", SHIPPED_NOW, None)
    assert event.mail["id"] == "<m1@customer.example>"
    assert event.mail["date"] == "Mon, 02 Mar 2020 08:00:00 +0300"
    desk.close()
    assert is_clean(desk.root)
    assert subjects(desk.root)[0].startswith("mail: ")


def test_the_original_and_what_it_carries_are_attached_under_safe_names(desk: Desk) -> None:
    message = EmailMessage(policy=SMTP)
    message["From"], message["Subject"], message["Message-ID"] = CUSTOMER, "x", "<p@x>"
    message.set_content("two")
    message.add_attachment(b"\xff\xd8\xff", maintype="image", subtype="jpeg", filename="../../etc/照片\u202egpj.jpg")
    message.add_attachment(b"log", maintype="application", subtype="octet-stream", filename=".hidden")
    data = message.as_bytes()
    ticket = taken(desk, data)
    names = {item.name for item in ticket.files}
    original = next(name for name in names if name.endswith(".eml"))
    folder = desk.root / "tickets/files" / ticket.id
    assert (folder / original).read_bytes() == data
    assert names == {original, "照片gpj.jpg", "hidden"}
    assert "照片gpj.jpg" in ticket.description
    assert len(short_name("長" * 200 + ".jpeg").encode()) <= 100


def test_a_mail_is_taken_once_whichever_way_it_came(desk: Desk) -> None:
    ticket = taken(desk, mail(1))
    assert len(ticket.files) == 1
    assert taken(desk, mail(1), "known") == ticket
    with_other_way = mail(1, at=SHIPPED_NOW - timedelta(minutes=9))
    assert taken(desk, with_other_way, "known") == ticket


def test_what_a_full_disk_left_out_is_attached_when_the_server_tries_again(desk: Desk) -> None:
    (desk.root / "tickets/files").write_text("a file where a folder should be")
    with pytest.raises(Unavailable):
        deliver(desk, mail(1))
    (desk.root / "tickets/files").unlink()
    ticket = taken(desk, mail(1), "known")
    assert (desk.root / "tickets/files" / ticket.id / ticket.files[0].name).read_bytes() == mail(1)


WRITTEN = datetime.fromisoformat("2020-03-02T08:00:00+03:00")  # what `Date:` of these mails says


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ([timedelta(hours=-2), timedelta(hours=-3)], SHIPPED_NOW - timedelta(hours=2)),
        ([timedelta(days=-40)], SHIPPED_NOW - timedelta(days=40)),
        ([timedelta(hours=2), timedelta(hours=-3)], SHIPPED_NOW - timedelta(hours=3)),
        ([timedelta(hours=2)], WRITTEN),
        ([timedelta(minutes=2), timedelta(hours=-3)], SHIPPED_NOW),
        ([], WRITTEN),
    ],
)
def test_when_it_came_is_what_the_own_server_says_and_never_ahead(
    desk: Desk, received: list[timedelta], expected: datetime
) -> None:
    lines = [f"Received: from a by b; {SHIPPED_NOW + offset:%a, %d %b %Y %H:%M:%S %z}\r\n" for offset in received]
    ticket = taken(desk, "".join(lines).encode() + mail(1, at=None))
    assert [(event.at, event.logged) for event in ticket.log] == [(expected, None)] * 2


@pytest.mark.parametrize("said", ["no date", "Mon, 02 Mar 1850 08:00:00 +0300", "Mon, 02 Mar 2920 08:00:00 +0300"])
def test_a_mail_that_states_no_instant_came_now(desk: Desk, said: str) -> None:
    data = mail(1, at=None).replace(b"Mon, 02 Mar 2020 08:00:00 +0300", said.encode())
    assert taken(desk, data).reported_at == SHIPPED_NOW


def test_what_a_mail_makes_hangs_on_nothing_that_is_later_in_the_ticket(desk: Desk, clock: Clock) -> None:
    ticket = opened(desk)
    clock.advance(60 * 24 * 5)
    desk.act(ticket.id, "note", note="still at it", by="li.wei")
    late = taken(desk, mail(2, subject=ticket.id, at=SHIPPED_NOW + timedelta(minutes=1)), "noted")
    assert [(event.at, event.logged) for event in late.log[-2:]] == [(SHIPPED_NOW + timedelta(minutes=1), None)] * 2


def test_a_mail_without_message_id_is_known_by_its_bytes(desk: Desk) -> None:
    data = mail(1).replace(b"Message-ID", b"X-Other")
    ticket = taken(desk, data)
    assert taken(desk, data, "known").uid == ticket.uid
    assert taken(desk, data + b"more\r\n").uid != ticket.uid


def test_the_sixth_mail_of_a_sender_in_an_hour_opens_nothing_and_is_kept(desk: Desk, clock: Clock) -> None:
    for number in range(5):
        taken(desk, mail(number, at=clock.advance(5)))
    sixth = deliver(desk, mail(6, at=clock.advance(5)))
    assert (sixth.outcome, sixth.reason) == ("parked", "many")
    assert sixth.path
    assert sixth.path.read_bytes() == mail(6, at=clock.now)
    taken(desk, mail(7, sender=STRANGER, at=clock.now))
    taken(desk, mail(8, at=clock.advance(60)))


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"Return-Path": "<>"},
        {"Precedence": "LIST"},
        {"X-Autoreply": "yes"},
        {"List-Id": "<all.customer.example>"},
        {"List-Unsubscribe": "<mailto:off@customer.example>"},
    ],
)
def test_what_a_program_sends_opens_nothing(desk: Desk, headers: dict[str, str]) -> None:
    delivery = deliver(desk, mail(1, headers=headers))
    assert (delivery.outcome, delivery.reason) == ("parked", "automatic")
    assert [parked.reason for parked in list_parked(desk)] == ["automatic"]


def test_what_was_kept_aside_opens_a_ticket_where_a_person_says_so(tmp_path: Path) -> None:
    root, data = make_desk(tmp_path), mail(1, headers={"Precedence": "bulk"})
    kept = fenji("--desk", root, "mail", "--json", stdin=data)
    assert (kept.code, kept.json["did"], kept.json["reason"]) == (0, "parked", "automatic")
    listed = fenji("--desk", root, "mail", "--parked", "--json").json
    assert [(found["from"], found["path"]) for found in listed] == [(CUSTOMER, kept.json["path"])]
    assert CUSTOMER in fenji("--desk", root, "mail", "--parked").out
    assert fenji("--desk", root, "mail", "--open", "--json", stdin=data).json["did"] == "opened"
    assert fenji("--desk", root, "mail", "--parked", "--json").json == []


def test_what_was_kept_aside_is_so_no_more_once_a_ticket_has_it(desk: Desk) -> None:
    ticket = taken(desk, mail(1))
    answer = mail(2, subject=f"Re: {ticket.id}", headers={"Precedence": "bulk"})
    path = desk.root / f"tickets/open/{ticket.id}.yaml"
    path.rename(desk.root / "away")  # as before a sync brings the ticket
    assert deliver(desk, answer).outcome == "parked"
    (desk.root / "away").rename(path)
    (parked,) = list_parked(desk)
    assert taken(desk, answer, "noted").id == ticket.id
    assert list_parked(desk) == []
    parked.path.write_bytes(answer)  # as a killed process leaves it
    assert taken(desk, answer, "known").id == ticket.id
    assert list_parked(desk) == []


def test_what_is_kept_aside_is_listed_once(desk: Desk, clock: Clock) -> None:
    for number in range(5):
        taken(desk, mail(number, at=clock.advance(5)))
    sixth = mail(6, at=clock.advance(5))
    first = deliver(desk, sixth).path
    assert first
    assert deliver(desk, sixth).path == first
    first.rename(first.with_name(first.name.replace("many", "automatic")))  # as an earlier fenji took it
    deliver(desk, sixth)
    assert [parked.reason for parked in list_parked(desk)] == ["many"]


# --- to which ticket --------------------------------------------------------------------------------------------------


def test_a_reply_goes_to_its_ticket_by_reference_by_an_earlier_mail_or_by_number_never_by_likeness(desk: Desk) -> None:
    ticket = opened(desk)
    replies = [
        mail(2, subject="anything", headers={"In-Reply-To": reference_of(ticket)}),
        mail(3, subject="anything", headers={"References": f"<x@y> {reference_of(ticket)}"}),
        mail(4, subject="anything", headers={"In-Reply-To": "<m1@customer.example>"}),
        mail(5, subject="anything", headers={"In-Reply-To": "<m4@customer.example>"}),
        mail(6, subject=f"回复: [{ticket.id}] 轉台不轉"),
        mail(7, subject=f"Re: 【{ticket.id}】"),
        mail(10, subject=f"re: [{ticket.id.lower()}] as some clients write it"),
    ]
    for reply in replies:
        assert taken(desk, reply, "noted").id == ticket.id
    other = taken(desk, mail(8, sender="b@x.example", subject=f"Re: {ticket.title}"))
    assert other.id != ticket.id
    none_such = taken(desk, mail(9, sender="c@x.example", subject="[KSA-2026-9999] PO ABC-2026-0001"))
    assert none_such.id != ticket.id


def test_a_reference_finds_a_ticket_that_was_renumbered(desk: Desk) -> None:
    ticket = opened(desk)
    reference = reference_of(ticket).replace(ticket.id, "KSA-2025-7777")
    assert taken(desk, mail(2, headers={"In-Reply-To": reference}), "noted").id == ticket.id


# --- whose word it is -------------------------------------------------------------------------------------------------


def test_the_requesters_mail_ends_a_wait_and_nobody_elses_does(desk: Desk, clock: Clock) -> None:
    ticket = opened(desk)
    desk.act(ticket.id, "wait", reason="customer", by="li.wei")
    clock.advance(5)
    for number, sender in enumerate((STRANGER, STRANGER, ENGINEER), 2):
        subject = f"[{ticket.id}]"
        assert taken(desk, mail(number, sender=sender, subject=subject, at=clock.now), "noted").state == "waiting"
    automatic = mail(5, subject=f"[{ticket.id}]", at=clock.now, headers={"Auto-Submitted": "auto-replied"})
    assert taken(desk, automatic, "noted").state == "waiting"
    answered = taken(desk, mail(6, subject=f"[{ticket.id}]", at=clock.advance(5)), "noted")
    assert answered.state == "responded"
    assert answered.log[-2].from_requester


def test_whose_word_a_note_is_stands_in_it(desk: Desk, clock: Clock) -> None:
    ticket = opened(desk)
    number = f"[{ticket.id}]"
    stranger = taken(desk, mail(2, sender=STRANGER, subject=number, at=clock.now), "noted").log[-2]
    assert stranger.mail["as"] == "unknown sender"
    assert not stranger.from_requester
    assert STRANGER in stranger.note
    person = taken(desk, mail(3, sender=ENGINEER, subject=number, at=clock.now), "noted").log[-2]
    assert (person.mail["as"], person.from_requester, person.by) == ("li.wei", False, "mail")


def test_a_stranger_is_known_once_somebody_has_acted_on_what_he_wrote(desk: Desk, clock: Clock) -> None:
    ticket = opened(desk)
    taken(desk, mail(2, sender=STRANGER, subject=f"[{ticket.id}]", at=clock.advance(1)), "noted")
    clock.advance(5)
    desk.act(ticket.id, "wait", reason="customer", by="li.wei")
    answered = taken(desk, mail(3, sender=STRANGER, subject=f"[{ticket.id}]", at=clock.advance(5)), "noted")
    assert answered.state == "responded"


def test_an_address_typed_as_contact_is_the_requesters(desk: Desk, clock: Clock) -> None:
    fields = {"title": "x", "requester.contact": "電話 0501234567，電郵：Ali@Customer.example"}
    ticket = desk.new(fields, by="li.wei").ticket
    assert taken(desk, mail(2, subject=ticket.id, at=clock.advance(1)), "noted").log[-2].from_requester


def test_a_reply_to_a_reminder_is_a_note_and_opens_nothing(desk: Desk, clock: Clock) -> None:
    ticket = opened(desk)
    answer = mail(2, sender=ENGINEER, at=clock.advance(1), headers={"In-Reply-To": reminder_id_of(ticket, "abc123")})
    assert taken(desk, answer, "noted").id == ticket.id
    gone = reminder_id_of(ticket, "abc123").replace(ticket.uid[-8:], "ZZZZZZZZ")
    kept = deliver(desk, mail(3, sender=ENGINEER, headers={"In-Reply-To": gone}))
    assert (kept.outcome, kept.reason) == ("parked", "reminder")


# --- to what is finished ----------------------------------------------------------------------------------------------


def close(desk: Desk, ticket: Ticket) -> str:
    """Withdraw a ticket; return where it lies."""
    return desk.act(ticket.id, "withdraw", reason="double", by="li.wei").path


@pytest.mark.parametrize("sender", [CUSTOMER, STRANGER])
def test_a_closed_ticket_stands_on_the_board_until_somebody_acts(desk: Desk, clock: Clock, sender: str) -> None:
    ticket = opened(desk)
    archived = close(desk, ticket)
    assert archived.startswith("tickets/archive/")
    assert ticket.id not in {row.id for row in desk.board().rows}
    wrote = taken(desk, mail(2, sender=sender, subject=f"[{ticket.id}]", at=clock.advance(10)), "noted")
    assert wrote.state == "withdrawn"
    row = next(row for row in desk.board("is:customer-wrote").rows)
    assert (row.id, [word for _, word in row.alerts]) == (ticket.id, ["customer wrote"])
    assert not check_desk(desk).damaged
    clock.advance(10)
    assert desk.act(ticket.id, "note", note="called back", by="li.wei").path == archived
    assert not desk.board("is:customer-wrote").rows
    assert not check_desk(desk).damaged


@pytest.mark.parametrize("headers", [{"Precedence": "bulk"}, {"From": f"Li Wei <{ENGINEER}>"}])
def test_what_a_program_or_a_colleague_writes_leaves_a_closed_ticket_closed(
    desk: Desk, clock: Clock, headers: dict[str, str]
) -> None:
    ticket = opened(desk)
    archived = close(desk, ticket)
    sender = ENGINEER if "From" in headers else CUSTOMER
    others = {name: value for name, value in headers.items() if name != "From"}
    data = mail(2, sender=sender, subject=f"[{ticket.id}]", at=clock.advance(10), headers=others)
    assert taken(desk, data, "noted").state == "withdrawn"
    assert desk.row(ticket.id).path == archived


def test_a_solved_ticket_says_that_the_customer_wrote(desk: Desk, clock: Clock) -> None:
    ticket = opened(desk)
    clock.advance(5)
    texts = {"kind": "request", "solution": "done"}
    desk.act(ticket.id, "solve", fields=texts, by="li.wei", reason="x", note="x")
    taken(desk, mail(2, subject=f"[{ticket.id}]", at=clock.advance(5)), "noted")
    assert "customer wrote" in {word for _, word in desk.row(ticket.id).alerts}
    assert "客戶來信" in fenji("--desk", desk.root, "list", FENJI_LANGUAGE="zh-Hant").out


# --- as a command -----------------------------------------------------------------------------------------------------


def test_the_command_prints_the_number_and_takes_a_site(tmp_path: Path) -> None:
    root = make_desk(tmp_path)
    done = fenji("--desk", root, "mail", "--site", "HQ", stdin=mail(1))
    assert done.code == 0
    assert done.out.startswith("HQ-")
    assert fenji("--desk", root, "mail", "--site", "NOWHERE", stdin=mail(2)).code == 1
    assert fenji("--desk", root, "mail", stdin=b"").code == 1
    assert is_clean(root)


def test_a_busy_desk_is_a_reason_to_try_again(tmp_path: Path) -> None:
    root = make_desk(tmp_path)
    with (root / ".git" / LOCK_FILE).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = run_in_child("--desk", root, "mail", stdin=mail(1).decode())
    assert done.code == 75
    assert "10 seconds" in done.err
    assert fenji("--desk", root, "mail", stdin=mail(1)).code == 0


def test_what_the_policy_does_not_let_in_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused):
        deliver(desk, mail(1), site="NOWHERE")


# --- at two sites -----------------------------------------------------------------------------------------------------


def test_a_mail_that_two_sites_took_in_has_one_number_and_its_site(desk: Desk) -> None:
    ours = taken(desk, mail(1))
    theirs = ours.with_fields({"id": "HQ-2026-0007", "site": "HQ"})
    for merged in (merge(ours, theirs), merge(theirs, ours)):
        assert (merged.id, merged.formerly, merged.site) == ("HQ-2026-0007", ours.id, "HQ")


def read_open(clone: Path) -> list[Ticket]:
    return [read_ticket(path.read_bytes(), path.name) for path in (clone / "tickets/open").glob("*.yaml")]


@pytest.mark.parametrize("site", ["KSA", "HQ"])
def test_one_mail_at_two_clones_is_one_ticket_that_the_hub_takes(tmp_path: Path, site: str) -> None:
    pair = TwoClones.create(tmp_path)
    assert fenji("--desk", pair.b, "new", "--title", "Another one, so that the numbers differ").code == 0
    for clone, options in ((pair.a, ()), (pair.b, ("--site", site))):
        assert fenji("--desk", clone, "mail", *options, stdin=mail(1, at=None)).code == 0
    for clone in (pair.a, pair.b, pair.a):
        pair.sync(clone)
    pair.assert_equal()
    assert git(pair.a, "for-each-ref", "refs/fenji/held") == ""
    [ticket] = [found for found in read_open(pair.a) if found.word("requester.contact") == CUSTOMER]
    assert fenji("--desk", pair.b, "mail", "--json", stdin=mail(1, at=None)).json["did"] == "known"
    reply = mail(2, at=None, subject=f"Re: [{ticket.id}]")
    assert fenji("--desk", pair.b, "mail", "--json", stdin=reply).json["uid"] == ticket.uid
    pair.sync(pair.b)
    assert git(pair.b, "for-each-ref", "refs/fenji/held") == ""


def test_an_old_mail_makes_the_same_events_at_every_clone_whenever_it_is_taken_in(tmp_path: Path) -> None:
    pair = TwoClones.create(tmp_path)
    data = mail(1, at=datetime.now(UTC).replace(microsecond=0) - timedelta(days=10))
    assert fenji("--desk", pair.a, "mail", stdin=data).code == 0
    time.sleep(1.1)  # another second of the clock
    assert fenji("--desk", pair.b, "mail", stdin=data).code == 0
    logs = [read_open(clone)[0].log for clone in (pair.a, pair.b)]
    assert logs[0] == logs[1]
    pair.assert_equal()
    [ticket] = read_open(pair.a)
    assert ticket.log == logs[0]
    pair.run(pair.b, "note", ticket.id, "called")
    reply = mail(2, at=ticket.reported_at, subject=ticket.id)  # older than what the desk wrote
    assert fenji("--desk", pair.b, "mail", stdin=reply).code == 0
    pair.assert_equal()
    assert git(pair.b, "for-each-ref", "refs/fenji/held") == ""


def test_a_closed_ticket_with_a_customers_word_travels_through_the_hub_and_back(tmp_path: Path) -> None:
    pair = TwoClones.create(tmp_path)
    assert fenji("--desk", pair.a, "mail", stdin=mail(1, at=None)).code == 0
    number = next((pair.a / "tickets/open").glob("*.yaml")).stem
    pair.run(pair.a, "withdraw", number, "--reason", "double")
    pair.sync(pair.a)
    pair.sync(pair.b)
    assert fenji("--desk", pair.a, "mail", stdin=mail(2, at=None, subject=number)).code == 0
    pair.sync(pair.a)
    pair.sync(pair.b)
    assert [found["id"] for found in fenji("--desk", pair.b, "list", "is:customer-wrote", "--json").json]
    pair.run(pair.b, "note", number, "called")
    pair.sync(pair.b)
    pair.sync(pair.a)
    pair.assert_equal()
    assert not list((pair.a / "tickets/open").glob("*.yaml"))
    assert git(pair.a, "for-each-ref", "refs/fenji/held") == ""
