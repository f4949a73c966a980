"""What is read out of a mail's bytes: words in any charset, pages, what is quoted, files, and no exception ever."""

from __future__ import annotations

import random
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING

import pytest

from desks import Clock, make_desk, open_desk
from fenji.desk.check import check_desk
from fenji.desk.mail import deliver
from fenji.imports.mail_message import MAX_HEADER_BYTES, MAX_MAIL_BYTES, read_mail
from fenji.imports.mail_words import html_to_text, split_quoted
from minutes import EXAMPLES_FACTOR
from mutations import PIECES, mutate

if TYPE_CHECKING:
    from pathlib import Path

NIGHTLY = EXAMPLES_FACTOR > 1
MAILS, PARTS = (6_000, 20) if NIGHTLY else (100, 1)
TEXT = "備件生鏽，請更換。"


def made(text: str = TEXT, charset: str = "utf-8", **headers: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    for name, value in {"From": "Ali <ali@customer.example>", "Subject": TEXT, **headers}.items():
        message[name.replace("_", "-")] = value
    message.set_content(text, charset=charset)
    return message.as_bytes()


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("charset", ["utf-8", "big5", "gb18030", "utf-16"])
def test_words_are_read_in_the_charset_that_is_stated(charset: str) -> None:
    assert read_mail(made(charset=charset)).text == TEXT


@pytest.mark.parametrize(
    ("stated", "real"),
    [("us-ascii", "utf-8"), ("x-unknown", "utf-8"), ("gb2312", "gb18030"), ("utf-8", "gb18030"), ("", "gb18030")],
)
def test_a_charset_that_is_wrong_or_unknown_costs_no_word(stated: str, real: str) -> None:
    text = "备件生锈，请更换。"
    head = f"From: a@b\r\nContent-Type: text/plain; charset={stated}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    assert read_mail(head.encode() + text.encode(real)).text == text


def test_a_subject_of_raw_bytes_is_read() -> None:
    assert read_mail(b"Subject: " + "備件生鏽".encode() + b"\r\n\r\nx").subject == "備件生鏽"
    assert read_mail(b"Subject: " + "备件生锈".encode("gb18030") + b"\r\n\r\nx").subject == "备件生锈"


def test_a_page_is_read_where_there_is_no_plain_text() -> None:
    page = "<html><head><title>t</title><style>p{}</style></head><body><p>轉台&nbsp;不轉</p><ul><li>a<li>b</ul>x<br>y"
    message = EmailMessage(policy=SMTP)
    message.set_content("  \n")
    message.add_alternative(page, subtype="html")
    assert read_mail(message.as_bytes()).text == "轉台 不轉\n\n- a\n- b\nx\ny"
    message = EmailMessage(policy=SMTP)
    message.set_content("plain")
    message.add_alternative(page, subtype="html")
    assert read_mail(message.as_bytes()).text == "plain"
    assert html_to_text("<p>a<script>b") == "a"


# --- what is quoted ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "separator",
    [
        "-----Original Message-----\nFrom: li\nSent: now",
        "________________________________\nFrom: Li Wei <li@x>\nSent: Monday\nTo: Ali\nSubject: x",
        "From: Li Wei\nDate: Monday\nTo: Ali\nSubject: x",
        "On Mon, 2 Mar 2026 at 08:00, Li Wei <li@x> wrote:\n> x",
        "On Mon, 2 Mar 2026 at 08:00, Li Wei\n<li@x> wrote:\n> x",
        "-----原始邮件-----\n发件人: li",
        "------------------ 原始邮件 ------------------\n发件人: li",
        "------------------ 原始郵件 ------------------\n寄件者: li",
        "---- 回复的原邮件 ----\n发件人 li",
        "发件人: Li Wei <li@x>\n发送时间: 2026年3月2日 8:00\n收件人: Ali\n主题: x",
        "寄件者: Li Wei\n寄件日期: 2026年3月2日\n收件者: Ali\n主旨: x",
        "寄件人：李偉\n傳送時間：2026年3月2日\n收件者：Ali\n主旨：x",
        '在 2026-03-02 08:00:00，"李伟" <li@x> 写道：',
        "Li Wei <li@x> 於 2026年3月2日 週一 上午8:00寫道：",
        "> all of it\n> quoted",
    ],
)
def test_what_is_quoted_is_found_and_kept(separator: str) -> None:
    quoted = separator if ">" in separator.splitlines()[-1] else f"{separator}\nold words\n"
    own, found = split_quoted(f"好的，謝謝。\n\n{quoted}")
    assert own == "好的，謝謝。"
    assert found == quoted.strip("\n")


@pytest.mark.parametrize(
    "text",
    [
        "On Monday Li wrote:\n> can you?\nYes, on Tuesday.",
        "---------- Forwarded message ---------\nFrom: a\nSubject: b\n\nthe words",
        "From: the store to the field, all is wet.",
        "no quotation at all",
    ],
)
def test_answers_between_the_lines_and_what_is_passed_on_stay_whole(text: str) -> None:
    assert split_quoted(text) == (text, "")


# --- limits -----------------------------------------------------------------------------------------------------------


def nested(depth: int) -> bytes:
    head = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (at, at) for at in range(depth))
    return b"From: a@b\nMessage-ID: <n@x>\n" + head + b"Content-Type: text/plain\n\ndeep words\n"


@pytest.mark.parametrize(
    "data",
    [
        nested(15),
        nested(5_000),
        b"From: a@b\nContent-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\npart\n" * 100_000,
        b"From: a@b\nContent-Type: text/plain;" + b'a="' * 1_000_000 + b"\n\nwords",
        b"From: a@b\nX: " + b"y" * (MAX_HEADER_BYTES * 4) + b"\n\nwords",
        b"From: " + b"(" * 500_000 + b"\n\nwords",
        b"From: a@b\nContent-Type: text/html\n\n" + b"<div>" * 200_000 + b"words",
        b"From: a@b\nContent-Type: text/html\n\nwords" + b"<!" * 200_000,
        b"From: a@b\nContent-Type: text/html\n\nwords" + b"</" * 200_000,
        b"From: a@b\nSubject: " + b"=?utf-8?q?x?= " * 4_000 + b"\n\nwords",
        b"From: a@b\nContent-Type: text/plain; charset=punycode\n\nwords" + b"a-" * 500_000,
        b"\x00" * 100_000 + b"words",
    ],
    ids=lambda data: repr(data[:40]),
)
def test_bombs_are_read_as_far_as_is_reasonable(data: bytes) -> None:
    mail = read_mail(data)
    assert mail.original == data
    assert len(mail.text) <= 400_000
    assert len(mail.parts) <= 200


def test_a_mail_that_is_too_large_keeps_its_headers_and_text() -> None:
    message = EmailMessage(policy=SMTP)
    message["From"], message["Message-ID"] = "a@b.example", "<large@x>"
    message.set_content(TEXT)
    message.add_attachment(bytes(MAX_MAIL_BYTES), maintype="application", subtype="zip", filename="a.zip")
    mail = read_mail(message.as_bytes())
    assert (mail.address, mail.message_id, mail.text) == ("a@b.example", "<large@x>", TEXT)
    assert len(mail.original) < 10_000
    assert read_mail(mail.original).text == TEXT


# --- whatever comes ---------------------------------------------------------------------------------------------------


def _seeds() -> tuple[bytes, ...]:
    rich = EmailMessage(policy=SMTP)
    rich["From"], rich["Subject"] = "=?gb2312?B?1cXI/Q==?= <zhang@customer.example>", "回复: [KSA-2026-0042] 備件"
    rich["In-Reply-To"], rich["References"] = "<KSA-2026-0042.ABCDEFGH@desk.fenji>", "<a@b> <c@d>"
    rich["Received"] = "from a by b; Mon, 02 Mar 2026 08:00:00 +0300"
    rich.set_content("好的\n\n------------------ 原始邮件 ------------------\n发件人: x\n")
    rich.add_alternative("<p>好的</p><blockquote>x</blockquote>", subtype="html")
    rich.add_attachment(b"\xff\xd8\xff" * 50, maintype="image", subtype="jpeg", filename="照片.jpg")
    rich.add_attachment(b"\x78\x9f\x3e\x22" * 20, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    forwarded = EmailMessage(policy=SMTP)
    forwarded["From"], forwarded["Subject"] = "b@customer.example", "Fwd"
    forwarded.set_content("see below")
    forwarded.add_attachment(rich)
    return (
        made(),
        made(charset="big5", Auto_Submitted="auto-replied"),
        made("x" * 3_000 + "\n", Precedence="bulk"),
        rich.as_bytes(),
        forwarded.as_bytes(),
        b"From: c@d.example\nContent-Type: text/html; charset=gb2312\n\n<p>" + "备件".encode("gb18030"),
        b"From: x@y.example\nContent-Type: multipart/report; boundary=r\n\n--r\n\nfailed\n--r--\n",
        nested(12),
        b"no header at all, only words",
    )


SEEDS = _seeds()


@pytest.mark.parametrize("part", range(PARTS))
def test_no_mutated_mail_is_lost_or_raises(tmp_path: Path, part: int) -> None:
    chance, clock, seen = random.Random(part), Clock(), set[str]()
    with open_desk(make_desk(tmp_path), clock=clock, later=True) as desk:
        for number in range(MAILS // PARTS):
            unique = f"Message-ID: <{part}.{number}@x>\nSender: {number % 97}\n".encode()
            seed = chance.choice(SEEDS).replace(b"customer.example", b"c%d.example" % (number % 50))
            data = mutate(unique + seed, chance, SEEDS)
            if chance.random() < 0.3:
                data = data.replace(b"\n", chance.choice(PIECES) + b"\n", 3)
            if not data.strip():
                continue
            clock.advance(20)
            delivery = deliver(desk, data)
            key = read_mail(data).key
            if delivery.outcome == "known":
                assert key in seen, data
            elif delivery.outcome == "parked":
                assert delivery.path
                assert delivery.path.read_bytes() == data
            else:
                assert delivery.ticket
                kept = desk.root / "tickets/files" / delivery.ticket.id / f"mail-{key[:12]}.eml"
                assert kept.read_bytes() == data, data
                seen.add(key)
        assert not check_desk(desk).damaged
