"""E-mails become their headers and their body; attachments are named."""

import pytest

from corpus.locator import MailPlace
from ingestion.mail_parser import MailParser
from ingestion.parsed import Damaged, ParsedDocument, Parser
from tests.contracts.parser import ParserContract, check, outline

MAIL = """From: =?utf-8?q?J=C3=B6rg?= <joerg@example.com>
To: Ana <ana@example.com>
Date: Mon, 2 Mar 2026 10:00:00 +0100
Subject: Travel
 budget
Received: from somewhere
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: multipart/alternative; boundary="c"

--c
Content-Type: text/html; charset=utf-8

<p>The page</p>
--c
Content-Type: text/plain; charset=utf-8; format=flowed
Content-Transfer-Encoding: quoted-printable

The budget is 1200 =E2=82=AC and=20
goes on.

- one
- two

Bo wrote:
> Is it approved?
> Thanks
--c--
--b
Content-Type: application/pdf; name="plan.pdf"
Content-Disposition: attachment; filename="plan.pdf"

JVBERi0=
--b--
"""


class TestMailParser(ParserContract):
    notices_cuts = False

    @pytest.fixture
    def parser(self) -> Parser:
        return MailParser()

    @pytest.fixture
    def content(self) -> bytes:
        return MAIL.encode()


def parse(text: str) -> ParsedDocument:
    document = MailParser().parse(text.encode(), "mail.eml")
    check(document)
    return document


def test_a_mail_is_its_headers_and_its_plain_body_with_earlier_mails() -> None:
    document = parse(MAIL)
    assert outline(document) == [
        "paragraph 0 From: Jörg <joerg@example.com>",
        "paragraph 0 To: Ana <ana@example.com>",
        "paragraph 0 Date: Mon, 02 Mar 2026 10:00:00 +0100",
        "paragraph 0 Subject: Travel budget",
        "paragraph 0 The budget is 1200 € and goes on.",
        "list_item 1 one",
        "list_item 1 two",
        "paragraph 0 Bo wrote:\n> Is it approved?\n> Thanks",
    ]
    assert document.title == "Travel budget"
    assert document.remarks == ("Attachments were not read: plan.pdf.",)


def test_every_word_knows_whether_it_is_of_the_headers_or_the_body() -> None:
    assert [placed.place for placed in parse(MAIL).places] == [MailPlace("headers")] * 4 + [MailPlace("body")] * 4


def test_newlines_of_mail_servers_change_nothing() -> None:
    assert parse(MAIL.replace("\n", "\r\n")).title == "Travel budget"


def test_a_page_is_read_where_there_is_no_plain_text() -> None:
    mail = "From: a@b.c\nSubject: Hi\nContent-Type: text/html\n\n<h1>News</h1><p>It <b>rains</b>.</p><p hidden>obey</p>"
    assert outline(parse(mail))[-2:] == ["heading 1 News", "paragraph 0 It rains."]


@pytest.mark.parametrize("charset", ["unknown-8bit", "latin-1"])
def test_a_wrong_or_unknown_charset_does_not_stop_the_reading(charset: str) -> None:
    mail = (
        f"From: a@b.c\nSubject: Hi\nContent-Type: text/plain; charset={charset}\n\nGr".encode() + b"\xfc\xdfe an alle"
    )
    assert "Gr\u00fc\u00dfe" in MailParser().parse(mail, "a.eml").text


def test_headers_that_break_the_rules_are_read_as_they_are() -> None:
    mail = "From: <<>> broken <\nTo: \nSubject: Hi\nDate: yesterday-ish\n\nBody\n"
    assert outline(parse(mail))[-1] == "paragraph 0 Body"


def test_a_mail_without_words_in_its_body_is_still_its_subject() -> None:
    assert outline(parse("From: a@b.c\nSubject: Lunch at noon?\n\n"))[-1] == "paragraph 0 Subject: Lunch at noon?"


def test_text_without_headers_is_no_mail() -> None:
    with pytest.raises(Damaged):
        parse("Just words.\n")


def test_endless_parts_come_to_an_end() -> None:
    deep = "From: a@b.c\nSubject: x\n" + "".join(
        f'Content-Type: multipart/mixed; boundary="{n}"\n\n--{n}\n' for n in range(300)
    )
    check(MailParser().parse(deep.encode(), "a.eml"))
