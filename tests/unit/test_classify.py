"""What kind of mail a mail is, and whom the desk may answer by itself."""

from dataclasses import replace
from typing import Any

import pytest

from mailbot.core.classify import TWO_SENDERS, MailKind, classify, is_verified_copy, is_worth_a_look
from mailbot.core.correlate import Correlation, How
from mailbot.core.etiquette import asks_for_no_answer, is_addressed_to_desk, may_answer, through_own_list
from mailbot.core.messages import Crypto, OpenedMail, Signature
from mailbot.core.model import Role
from mailbot.core.sight import Bounce, Sight
from mailbot.core.signs import Place, Sign, SignKind, Signs
from tests.builders import DESK, FINDER, ONE, SHOP, TWO, case, opened, parsed, signed, signed_mail

CASE = case()
STRANGER = "stranger@elsewhere.example"
BOUNCE = Bounce("x@y.example", "5.1.1", "failed", "", None)
BY_TOKEN = Correlation(CASE, How.TOKEN, Role.OPERATOR, SHOP.address, 1)
BY_SUBJECT = Correlation(CASE, How.SUBJECT, Role.FINDER)
BY_STRANGER = Correlation(CASE, How.REFERENCES)
STOLEN = Correlation(CASE, How.TOKEN, contact=1)
BOTH = Correlation(how=How.SUBJECT, ambiguous=("CASE#12345678", "CASE#87654321"))
LIST_HEAD = {"List-Id": "<l.lists.example>", "List-Post": "<mailto:l@lists.example>"}
OWN_GROUP = {"List-ID": "The desk <security.desk.example.jp>", "Precedence": "list"}


def sign(kind: str, place: str = "header") -> Signs:
    """One sign of that kind."""
    return Signs((Sign(SignKind(kind), "rule", Place(place)),))


MACHINE, LIST, BULK, SPAM, HUMAN = (sign(kind) for kind in ("auto_reply", "list", "bulk", "spam", "human"))
IN_SUBJECT, IN_TEXT = sign("auto_reply", "subject"), sign("receipt", "text")
LURE, LURES = sign("lure", "text"), Signs(sign("lure", "text").found + sign("lure", "subject").found)
ANNOUNCER, CONCERN = sign("announcer"), sign("concern", "text")
ANNOUNCED = Signs(LIST.found + ANNOUNCER.found)
OF_OURS = "<m55810276.d2@desk.example.jp>"
TAG = "Re: [CASE#99999999] your site"
UNREADABLE = Crypto(encrypted=True, failure="no_secret_key")


def sight(mail: OpenedMail, correlation: Correlation = Correlation(), **values: Any) -> Sight:  # noqa: B008  # frozen
    return Sight(mail, correlation, DESK, **values)


@pytest.mark.parametrize(
    ("kind", "seen"),
    [
        (MailKind.REPORT, sight(opened(STRANGER), likeness=0.5)),
        (MailKind.HELD, sight(opened(STRANGER), likeness=0.49)),
        (MailKind.HELD, sight(opened(), likeness=1.0)),
        (MailKind.HELD, sight(opened(STRANGER, defects=(TWO_SENDERS,)), likeness=1.0)),
        (MailKind.HELD, sight(opened(STRANGER, crypto=UNREADABLE), likeness=1.0)),
        (MailKind.REPLY, sight(opened(SHOP.address), BY_TOKEN)),
        (MailKind.REPLY, sight(opened(FINDER.address), BY_SUBJECT, likeness=1.0)),
        (MailKind.HELD, sight(opened(STRANGER), STOLEN, likeness=1.0)),
        (MailKind.HELD, sight(opened(STRANGER), BY_STRANGER)),
        (MailKind.REPORT, sight(opened(STRANGER), BY_STRANGER, likeness=1.0)),
        (MailKind.HELD, sight(opened(FINDER.address), BOTH, likeness=1.0)),
        (MailKind.COPY, sight(opened(ONE.address, text="To the operator: ..."), BY_SUBJECT)),
        (MailKind.HELD, sight(opened(ONE.address, text="hello"))),
        (MailKind.COMMAND, sight(signed_mail("!case CASE#12345678\n!accept"))),
        (MailKind.COMMAND, sight(signed_mail("\n\n!help"))),
        (MailKind.COMMAND, sight(opened(ONE.address, text="!accept"), BY_SUBJECT)),
        (MailKind.COMMAND, sight(signed_mail("!accept", sender=STRANGER))),
        (MailKind.COMMAND, sight(signed_mail("Hello,\n\n!case CASE#12345678\n!accept"))),
        (MailKind.COMMAND, sight(signed_mail("Hello,\n!accept"), BY_SUBJECT)),
        (MailKind.HELD, sight(signed_mail("Hello,\n> !accept"))),
        (MailKind.HELD, sight(signed_mail("Hello,\n!important"))),
        (MailKind.BOUNCE, sight(opened("mailer-daemon@desk.example.jp"), BY_TOKEN, bounce=BOUNCE)),
        (MailKind.AUTO_REPLY, sight(opened(SHOP.address), BY_TOKEN, signs=MACHINE)),
        (MailKind.AUTO_REPLY, sight(opened(STRANGER), signs=MACHINE, likeness=1.0)),
        (MailKind.AUTO_REPLY, sight(opened(), signs=MACHINE)),
        (MailKind.AUTO_REPLY, sight(opened(STRANGER), signs=IN_SUBJECT, likeness=1.0)),
        (MailKind.AUTO_REPLY, sight(opened(STRANGER), signs=IN_TEXT, likeness=0.49)),
        (MailKind.REPORT, sight(opened(STRANGER), signs=IN_TEXT, likeness=0.5)),
        (MailKind.AUTO_REPLY, sight(opened(SHOP.address), BY_TOKEN, signs=IN_TEXT, likeness=1.0)),
        (MailKind.COMMAND, sight(signed_mail("!case CASE#12345678\n!accept"), signs=IN_TEXT)),
        (MailKind.COPY, sight(opened(ONE.address, text="copy"), BY_SUBJECT, signs=IN_SUBJECT)),
        (MailKind.AUTO_REPLY, sight(opened(ONE.address, text="away"), BY_SUBJECT, signs=MACHINE)),
        (MailKind.LIST, sight(opened(STRANGER, headers=LIST_HEAD), signs=LIST)),
        (MailKind.REPORT, sight(opened(STRANGER, headers=LIST_HEAD), signs=LIST, likeness=1.0)),
        (MailKind.HELD, sight(opened(STRANGER, headers=LIST_HEAD), signs=LIST, likeness=0.5)),
        (MailKind.REPLY, sight(opened(SHOP.address, headers=LIST_HEAD), BY_TOKEN, signs=LIST)),
        (MailKind.HELD, sight(opened(STRANGER, headers=OWN_GROUP), signs=LIST)),
        (MailKind.REPLY, sight(opened(SHOP.address), BY_TOKEN, signs=BULK)),
        (MailKind.AUTO_REPLY, sight(opened(STRANGER), signs=BULK)),
        (MailKind.REPORT, sight(opened(STRANGER), signs=BULK, likeness=0.5)),
        (MailKind.HELD, sight(opened(STRANGER), signs=Signs(BULK.found + HUMAN.found))),
        (MailKind.HELD, sight(opened(STRANGER), signs=Signs(HUMAN.found + IN_SUBJECT.found))),
        (MailKind.SPAM, sight(opened(STRANGER), signs=SPAM)),
        (MailKind.SPAM, sight(opened(STRANGER, headers=LIST_HEAD), signs=Signs(SPAM.found + LIST.found))),
        (MailKind.HELD, sight(opened(STRANGER), signs=SPAM, likeness=0.2)),
        (MailKind.HELD, sight(opened(STRANGER, crypto=Crypto(encrypted=True)), signs=SPAM)),
        (MailKind.REPORT, sight(opened(STRANGER), signs=SPAM, likeness=1.0)),
        (MailKind.REPLY, sight(opened(SHOP.address), BY_TOKEN, signs=SPAM)),
        (MailKind.HELD, sight(opened(STRANGER), signs=LURE)),
        (MailKind.SPAM, sight(opened(STRANGER), signs=LURES)),
        (MailKind.REPORT, sight(opened(STRANGER), signs=LURES, likeness=0.7)),
        (MailKind.HELD, sight(opened(STRANGER), signs=LURES, likeness=0.6)),
        (MailKind.HELD, sight(opened(STRANGER), signs=LURES, likeness=0.2)),
        (MailKind.LIST, sight(opened(STRANGER, headers=LIST_HEAD), signs=LIST, likeness=0.7, against=-0.5)),
        (MailKind.LIST, sight(opened(STRANGER, headers=LIST_HEAD, subject="[l] Re: x"), signs=LIST, likeness=1.0)),
        (MailKind.LIST, sight(opened(STRANGER, headers=LIST_HEAD), signs=ANNOUNCED, likeness=1.0)),
        (MailKind.LIST, sight(opened(STRANGER), signs=ANNOUNCER)),
        (MailKind.HELD, sight(opened(STRANGER), signs=ANNOUNCER, likeness=0.5)),
        (MailKind.REPORT, sight(opened(STRANGER), signs=ANNOUNCER, likeness=1.0)),
        (MailKind.REPLY, sight(opened(STRANGER, subject=TAG))),
        (MailKind.REPLY, sight(opened(STRANGER, in_reply_to=(OF_OURS,)))),
        (MailKind.REPLY, sight(opened(STRANGER, subject=TAG, in_reply_to=(OF_OURS,)), likeness=1.0)),
        (MailKind.REPORT, sight(opened(STRANGER, in_reply_to=(OF_OURS,)), likeness=1.0)),
        (MailKind.HELD, sight(opened(ONE.address, subject=TAG))),
        (MailKind.LOOP, sight(opened("Security@desk.example.jp"), likeness=1.0)),
        (MailKind.LOOP, sight(opened("security+12345678.aaaa@desk.example.jp"), BY_TOKEN)),
        (MailKind.LOOP, sight(opened(STRANGER, headers={"X-Loop": "security@desk.example.jp"}), likeness=1.0)),
    ],
)
def test_kinds(kind: MailKind, seen: Sight) -> None:
    """The first question that is answered with yes decides."""
    assert classify(seen).kind is kind


def test_t44_own_message_id_is_a_loop_only_if_a_machine_sent_it() -> None:
    """A coordinator writes from the desk's own domain; an automatic mail with its Message-ID is one of ours."""
    mail = opened(ONE.address, text="!help", message_id="<x@desk.example.jp>")
    assert classify(sight(mail)).kind is MailKind.COMMAND
    assert classify(sight(mail, signs=MACHINE)).kind is MailKind.LOOP


OUR_ID = "<0123456789abcdef0123.12345678.abcdefghijklmnop@desk.example.jp>"


@pytest.mark.parametrize(
    ("loop", "mail"),
    [
        (True, opened("list@lists.example", message_id=OUR_ID)),
        (True, opened(STRANGER, message_id="<0123456789ABCDEF0123@DESK.example.jp>")),
        (True, opened(STRANGER, headers={"X-Loop": "other@x.example, Security@desk.example.jp"})),
        (False, opened(STRANGER, in_reply_to=(OUR_ID,), references=(OUR_ID,))),
        (False, opened(STRANGER, text=f"> Message-ID: {OUR_ID}\nWhat is this?")),
        (False, opened(STRANGER, message_id=OUR_ID.replace("desk.example.jp", "evil.example"))),
        (False, opened(STRANGER, headers={"X-Loop": "insecurity@desk.example.jp"})),
        (False, opened("colleague@desk.example.jp", message_id="<x@desk.example.jp>")),
    ],
)
def test_t44_our_own_mail_is_known_when_it_comes_back(loop: bool, mail: OpenedMail) -> None:
    """By list or forwarder, whoever stands in From; a person who answers or quotes it is no loop."""
    assert (classify(sight(mail, likeness=1.0)).kind is MailKind.LOOP) is loop


def test_t44_automatic_and_bounce_are_two_questions() -> None:
    """A delivery report with the marks of a machine is a delivery report; both are on record."""
    triage = classify(sight(opened("mailer-daemon@mx.example"), bounce=BOUNCE, signs=MACHINE))
    assert (triage.kind, triage.signs) == (MailKind.BOUNCE, ("rule",))
    assert classify(sight(opened(STRANGER), signs=MACHINE)).reason == "a machine wrote it (rule)"
    assert "it is a delivery report" in classify(sight(opened(STRANGER), signs=MACHINE)).asked


@pytest.mark.parametrize(
    ("found", "seen"),
    [
        (False, sight(opened(STRANGER), signs=MACHINE)),
        (True, sight(opened(STRANGER), signs=MACHINE, likeness=0.5)),
        (True, sight(opened(STRANGER), signs=Signs(MACHINE.found + sign("tickets").found))),
        (False, sight(opened("noreply@x.example"), signs=Signs(MACHINE.found + sign("tickets").found))),
        (False, sight(opened(STRANGER), signs=Signs(sign("receipt").found + sign("tickets").found))),
        (False, sight(opened(STRANGER), signs=sign("notice"), likeness=1.0)),
        (True, sight(opened(STRANGER), signs=sign("notice", "subject"))),
        (True, sight(opened(STRANGER), signs=IN_TEXT)),
        (True, sight(opened(STRANGER), signs=sign("auto_reply", "envelope"))),
        (False, sight(opened(STRANGER), signs=Signs(IN_TEXT.found + IN_SUBJECT.found))),
        (True, sight(opened(STRANGER), signs=BULK)),
        (False, sight(opened("noreply@x.example"), signs=BULK)),
        (True, sight(opened(STRANGER), signs=LURES)),
        (False, sight(opened(STRANGER), signs=SPAM)),
        (True, sight(opened(STRANGER, headers=LIST_HEAD), signs=Signs(LIST.found + CONCERN.found))),
        (True, sight(opened(STRANGER, headers=LIST_HEAD), signs=LIST, likeness=0.2)),
        (False, sight(opened(STRANGER, headers=LIST_HEAD), signs=Signs(LIST.found + CONCERN.found), against=-0.9)),
        (True, sight(opened(STRANGER), signs=SPAM, likeness=0.2)),
        (True, sight(opened(STRANGER), signs=Signs(SPAM.found + CONCERN.found))),
        (False, sight(opened(STRANGER), signs=ANNOUNCED)),
    ],
)
def test_what_may_be_a_persons_can_be_found(found: bool, seen: Sight) -> None:
    """Unanswered mail is listed for people unless it surely is no person's, or spam with nothing of a report."""
    assert is_worth_a_look(seen) is found


@pytest.mark.parametrize(
    "mail",
    [
        opened(STRANGER, text="!case CASE#12345678\n!close fixed"),
        opened(STRANGER, "!accept", "I found a vulnerability.\n> !accept"),
        opened(ONE.address, text="Hello,\n\n!accept"),
        opened(ONE.address, text="> !accept"),
        opened(ONE.address, text="-- \n!accept"),
        opened(ONE.address, "!accept", "Hello"),
        opened(STRANGER, text="Status: 200 OK\nreport"),
    ],
)
def test_t33_what_is_no_command(mail: OpenedMail) -> None:
    """Commands in a stranger's mail, in quoted text, below other text, after a signature mark or in the Subject."""
    assert classify(sight(mail)).kind is not MailKind.COMMAND


def test_t31_command_beside_the_signed_text() -> None:
    """A coordinator's signature over other text makes no command of the line that stands before it."""
    mail = replace(signed_mail("The mail below is for your information."), text="!close fixed\n\nThe mail below is …")
    assert classify(sight(mail, BY_SUBJECT)).kind is MailKind.COPY


def test_questions_are_recorded() -> None:
    """Every question that was asked in vain is told, in order, and the one that decided."""
    triage = classify(sight(opened(STRANGER)))
    assert triage.why == "no rule knows what it is"
    assert triage.asked[0] == "it comes from our own address"
    assert classify(sight(opened(DESK.address))).asked == ()


@pytest.mark.parametrize(
    ("verified", "mail", "correlation"),
    [
        (True, signed_mail("copy"), BY_SUBJECT),
        (False, opened(ONE.address, text="copy"), BY_SUBJECT),
        (False, signed_mail("copy", by=TWO, sender=ONE.address), BY_SUBJECT),
        (False, opened(ONE.address, signed=signed("copy"), crypto=Crypto(signature=Signature.BAD)), BY_SUBJECT),
        (True, opened(ONE.address, text="copy"), Correlation(CASE, How.TOKEN, None, ONE.address)),
        (False, opened(ONE.address, text="copy"), STOLEN),
    ],
)
def test_verified_copy(verified: bool, mail: OpenedMail, correlation: Correlation) -> None:
    """A copy stops reminders if that coordinator signed it or it carries their own token, not that of another."""
    assert is_verified_copy(sight(mail, correlation)) is verified


@pytest.mark.parametrize(
    "address",
    [
        "MAILER-DAEMON@mx.example",
        "postmaster@x.example",
        "no-reply@x.example",
        "noreply@x.example",
        "no_reply@x.example",
        "do-not-reply@x.example",
        "donotreply-123@x.example",
        "ticket-noreply@x.example",
        "bounces+123=abc@x.example",
        "owner-list@x.example",
        "list-request@x.example",
        "listserv@x.example",
        "www-data@web.example",
        "autoreply@x.example",
        "security@desk.example.jp",
        "Security+12345678.abc@DESK.example.jp",
    ],
)
def test_t46_machines_and_ourselves_get_no_answer(address: str) -> None:
    """No acknowledgement goes to a machine's address or to one of our own."""
    local, _, domain = address.rpartition("@")
    assert not may_answer(parsed(f"{local}@{domain.lower()}"), DESK)


@pytest.mark.parametrize(
    "address", ["hanako@finder.example", "norbert.reply@x.example", "security@other.example", "one@desk.example.jp"]
)
def test_people_get_an_answer(address: str) -> None:
    """A person's address is answered, whatever it reminds of; unless the envelope says that nobody is there."""
    assert may_answer(parsed(address), DESK)
    assert not may_answer(parsed(address, headers={"return-path": " <> "}), DESK)


def test_nobody_gets_no_answer() -> None:
    """A mail without sender is not answered."""
    assert not may_answer(parsed(), DESK)


@pytest.mark.parametrize(
    ("addressed", "to", "cc"),
    [
        (True, ["x@y.example", "SECURITY@desk.example.jp"], []),
        (True, [], ["security+12345678.abc@desk.example.jp"]),
        (False, ["list@lists.example"], []),
        (False, [], []),
    ],
)
def test_addressed_to_desk(addressed: bool, to: list[str], cc: list[str]) -> None:
    """To or Cc names the desk, with or without a token (RFC 3834 section 2)."""
    assert is_addressed_to_desk(parsed("a@b.example", to=to, cc=cc), DESK) is addressed


@pytest.mark.parametrize(
    ("silent", "signs", "headers"),
    [
        (False, Signs(), {}),
        (True, MACHINE, {}),
        (True, IN_TEXT, {}),
        (True, BULK, {}),
        (True, sign("tickets"), {}),
        (False, Signs(BULK.found + HUMAN.found), {}),
        (True, LIST, LIST_HEAD),
        (True, Signs(LIST.found + HUMAN.found), LIST_HEAD),
        (False, LIST, OWN_GROUP),
        (False, SPAM, {}),
    ],
)
def test_t44_the_least_sign_of_a_machine_forbids_an_answer(silent: bool, signs: Signs, headers: dict[str, str]) -> None:
    """No answer to machines, mass mail and foreign lists; people and the desk's own group are answered."""
    assert asks_for_no_answer(parsed("a@b.example", headers=headers), signs, DESK) is silent


@pytest.mark.parametrize(
    ("own", "headers"),
    [
        (True, {"List-Id": "<security.desk.example.jp>"}),
        (True, {"List-Post": "<https://groups.example/g/1>, <mailto:security@desk.example.jp>"}),
        (True, {"Mailing-list": "list security@desk.example.jp; contact x@desk.example.jp"}),
        (False, {"List-Id": "<insecurity.desk.example.jp>"}),
        (False, {"List-Post": "<mailto:all@desk.example.jp>"}),
        (False, {"Subject": "security@desk.example.jp"}),
    ],
)
def test_a_desk_may_itself_be_a_group(own: bool, headers: dict[str, str]) -> None:
    """The list that the desk's address is does not make its mail list mail."""
    assert through_own_list(parsed("a@b.example", headers=headers), DESK) is own
