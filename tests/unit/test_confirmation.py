"""What counts as an answer of those we wrote to, and how a contact point is confirmed otherwise."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.auth_results import Authentication, Result, authentication
from mailbot.core.confirmation import Challenge, challenge_of
from mailbot.core.effects import LookForProof, SendMail, TellCoordinators
from mailbot.core.events import AddressBounced, CaseEvent, DeadlinePassed, MailSetAside, ProofLooked
from mailbot.core.evidence import Answer, Mark, judge
from mailbot.core.lifecycle import Decision
from mailbot.core.messages import Crypto, OpenedMail, Signature
from mailbot.core.model import Case, Contact, Deadline, DeadlineKind, Field, State
from mailbot.core.model import Standing as S
from mailbot.core.policy import Policy
from mailbot.core.tokens import make_token, plus_address
from mailbot.finding.proofs import ProofLook
from mailbot.finding.tools import Fetched
from tests.builders import (
    AUTO,
    DESK,
    FINDER,
    INFO,
    NOW,
    ONE,
    POLICY,
    SECRET,
    SHOP,
    TRIED,
    case,
    command,
    decide,
    details_of,
    due,
    mails,
    notices,
    opened,
    parsed,
    refused,
    reply,
    signed,
    standing,
)
from tests.fakes_lookup import Sites, Zone

CONTACTING = case(State.CONTACTING, TRIED, INFO)
MX = "mx.desk.example.jp"
OUTSIDE = ("Received", f"from mail.shop.example.jp (mail.shop.example.jp [198.51.100.7]) by {MX} with ESMTPS id 1; x")
INSIDE = ("Received", f"from {MX} (localhost [127.0.0.1]) by {MX} with ESMTP id 2; x")
LMTP = ("Received", f"from {MX} by {MX} with LMTP id 3; x")
FORGED_HOP = ("Received", f"from {MX} ([10.0.0.1]) by {MX}; x")
PASS = ("Authentication-Results", f"{MX}; dkim=pass header.d=shop.example.jp; dmarc=pass header.from=shop.example.jp")
FAIL = ("authentication-results", f"{MX} 1; dmarc=fail (p=none) header.from=shop.example.jp")
OTHERS = ("Authentication-Results", "mx.evil.example; dmarc=pass header.from=shop.example.jp")


def found(*headers: tuple[str, str], authserv_id: str = MX) -> list[str]:
    """The checks that are believed of a mail with these headers."""
    read = authentication(replace(parsed("web@shop.example.jp"), headers=headers), authserv_id)
    said = [f"{r.method}={r.result} {r.domain}{'' if r.ours else ' below'}" for r in read.results]
    return said + ["unreadable"] * read.unreadable


BELOW = ["dkim=pass shop.example.jp below", "dmarc=pass shop.example.jp below"]
PASSES = ["dkim=pass shop.example.jp", "dmarc=pass shop.example.jp"]


@pytest.mark.parametrize(
    ("headers", "believed"),
    [
        ((PASS, OUTSIDE), PASSES),
        ((LMTP, INSIDE, PASS, OUTSIDE), PASSES),
        ((("Received", "by 2002:a05:1 with SMTP id 4; x"), PASS, OUTSIDE), PASSES),
        ((FAIL, PASS, OUTSIDE), ["dmarc=fail shop.example.jp", *PASSES]),
        ((OUTSIDE, PASS), BELOW),
        ((OUTSIDE, FORGED_HOP, PASS, OUTSIDE), BELOW),
        ((OTHERS, OUTSIDE), []),
        ((PASS,), BELOW),
        ((INSIDE, PASS), BELOW),
        (
            (PASS, ("Received", f"from [127.0.0.1] (evil.example [203.0.113.9]) by {MX}; x"), FAIL),
            [*PASSES, "dmarc=fail shop.example.jp below"],
        ),
        ((("Received", f"from [203.0.113.9] (helo=[127.0.0.1]) by {MX}; x"), PASS, OUTSIDE), BELOW),
        ((("Received", f"from {MX} by {MX} with ESMTP; x"), PASS, OUTSIDE), BELOW),
        ((("Received", "(qmail 12 invoked from network); x"), PASS, OUTSIDE), BELOW),
        ((("Authentication-Results", f"{MX}; dkim = = ;;"), OUTSIDE), ["unreadable"]),
        ((("Authentication-Results", f"{MX}; none"), OUTSIDE), []),
        (
            (("Authentication-Results", f'{MX}; spf=pass smtp.mailfrom="a; dmarc=pass"@evil.example'), OUTSIDE),
            ["spf=pass evil.example"],
        ),
    ],
)
def test_t35_only_our_own_server_is_heard(headers: tuple[tuple[str, str], ...], believed: list[str]) -> None:
    """By its name; what stands below the line with which it took the mail over may be the other side's, and says so."""
    assert found(*headers) == believed


def test_t35_without_a_name_nothing_is_believed() -> None:
    """The desk has to say what its mail server calls itself."""
    assert found(PASS, OUTSIDE, authserv_id="") == []


@given(st.text(max_size=200))
def test_t35_any_header_is_read_or_not(text: str) -> None:
    """Whatever a server writes behind its name ends in results or in none, never in an error."""
    found(("Authentication-Results", f"{MX}; {text}"), OUTSIDE)


def mailed(address: str = SHOP.address) -> str:
    """The address that an answer to our mail goes to."""
    return plus_address(DESK.address, make_token(SECRET, CONTACTING.id, address))


def judged(mail: OpenedMail, auth: Authentication | None = None, of: Case = CONTACTING, pinned: str = "") -> Answer:
    """What is seen of a mail."""
    return judge(mail, of, DESK, SECRET, auth or Authentication(), lambda host: host == "gmail.com", pinned or None)


def seen(*results: str) -> Authentication:
    """What our server found, each "method=result domain"."""
    return Authentication(tuple(map(_result, results)))


def _result(text: str) -> Result:
    method, result, domain, *below = text.replace("=", " ").split(" ")
    return Result(method, result, domain, ours=not below)


@pytest.mark.parametrize(
    ("mail", "codes", "score"),
    [
        (opened(SHOP.address, to=(mailed(),)), "address token_address", 0.8),
        (opened("Web@Shop.example.jp", in_reply_to=(f"<1.{mailed()[9:]}>",)), "address token_thread", 0.8),
        (opened("ceo@www.shop.example.jp", text=f"> To: {mailed()}\n"), "domain token_quoted", 0.55),
        (opened("ceo@shop.example.jp", subject=f"[{CONTACTING.id}]"), "domain no_token", 0.25),
        (opened("yamada@gmail.com", to=(mailed(),)), "other free_mail token_address", 0.3),
        (opened("x@evil.example"), "other no_token", 0.0),
        (opened("x@evil.example", to=(mailed(FINDER.address),)), "other no_token", 0.0),
        (opened("x@evil.example", text=f"security+12345678.{'a' * 16}@desk.example.jp"), "other no_token", 0.0),
        (opened(INFO.address), "domain no_token", 0.25),
    ],
)
def test_an_answer_is_scored(mail: OpenedMail, codes: str, score: float) -> None:
    """By whom it comes from and where our token stands; a candidate that nobody wrote to is none that was mailed."""
    answer = judged(mail)
    assert (" ".join(mark.code for mark in answer.marks), answer.score) == (codes, score)
    assert not answer.doubted


@pytest.mark.parametrize(
    ("results", "codes", "doubted"),
    [
        ((), "", False),
        (("dmarc=pass shop.example.jp", "dkim=fail shop.example.jp"), "dmarc_pass", False),
        (("dkim=pass mail.shop.example.jp", "spf=pass shop.example.jp"), "dkim_pass spf_pass", False),
        (("dkim=pass evil.example", "spf=pass evil.example"), "", False),
        (("dkim=fail shop.example.jp", "dkim=pass list.example"), "dkim_fail", True),
        (("dkim=fail list.example",), "", False),
        (("dmarc=pass evil.example",), "", False),
        (("dmarc=pass shop.example.jp", "dmarc=fail shop.example.jp"), "dmarc_fail", True),
        (("dmarc=none shop.example.jp", "dkim=none "), "", False),
        (("dmarc=pass shop.example.jp below", "spf=pass shop.example.jp below"), "", False),
        (("dmarc=fail shop.example.jp below",), "dmarc_fail", True),
        (("dmarc=fail shop.example.jp", "dmarc=pass shop.example.jp below"), "dmarc_fail", True),
        (("dkim=fail shop.example.jp", "dkim=pass shop.example.jp below"), "dkim_fail", True),
        (("dkim=fail shop.example.jp below", "dkim=pass shop.example.jp below"), "", False),
        (("dkim=fail shop.example.jp below",), "dkim_fail", True),
    ],
)
def test_t35_our_server_finds_an_answer_forged(results: tuple[str, ...], codes: str, doubted: bool) -> None:
    """What it found of the sender's own domain counts; of two verdicts the bad one.

    Below the line with which it came in only what speaks against the sender counts.
    """
    answer = judged(opened(SHOP.address, to=(mailed(),)), seen(*results))
    assert " ".join(mark.code for mark in answer.marks[2:]) == codes
    assert answer.doubted is doubted


def test_a_pinned_key_outweighs_the_mail_server() -> None:
    """Nobody else signs with it; a key that only came with the mail, or a bad signature, proves nothing."""
    good = Crypto(signature=Signature.GOOD, signer=ONE.fingerprint)
    mail = opened(SHOP.address, to=(mailed(),), signed=signed("x"), crypto=good)
    failed = seen("dmarc=fail shop.example.jp")
    assert not judged(mail, failed, pinned=ONE.fingerprint).doubted
    assert judged(mail, failed).doubted
    known = case(State.CONTACTING, replace(TRIED, fingerprint=ONE.fingerprint))
    assert not judged(mail, failed, of=known).doubted
    bad = opened(SHOP.address, crypto=Crypto(signature=Signature.BAD))
    assert "signed_badly" in [mark.code for mark in judged(bad, pinned=ONE.fingerprint).marks]


GOOD = Answer((Mark("address"), Mark("token_thread"), Mark("dkim_pass", "shop.example.jp")))
DOUBTED = Answer((Mark("address"), Mark("token_thread"), Mark("dmarc_fail", "shop.example.jp")))


def commands_in(decision: Decision) -> list[str]:
    """The commands that coordinators are offered."""
    told = [details_of(e).get("commands", "") for e in decision.effects if isinstance(e, TellCoordinators)]
    return [line for lines in told for line in lines.split("\n") if line]


def test_why_an_answer_counts_is_shown_and_kept() -> None:
    """In the notice, and among the evidence of the contact point that it confirmed; the last answer's only."""
    decision = decide(CONTACTING, reply(answer=Answer((Mark("address"),))), reply(answer=GOOD))
    contact = decision.case.contacts[0]
    line = "answer: 1.00 from the address mailed; token in the thread; dkim=pass shop.example.jp"
    assert (contact.standing, contact.evidence) == (S.CONFIRMED, (line,))
    told = details_of(next(e for e in reversed(decision.effects) if isinstance(e, TellCoordinators)))
    assert (told["score"], told["proof"]) == ("1.00", "address\ntoken_thread\ndkim_pass shop.example.jp")


def test_t35_a_forged_answer_waits_for_a_coordinator() -> None:
    """Nothing is confirmed and no detail written; the notice carries the commands, and a decision is due."""
    decision = decide(CONTACTING, reply(answer=DOUBTED, from_that_contact=False))
    assert decision.case.contacts[0].standing is S.TRIED
    assert mails(decision) == []
    assert commands_in(decision) == ["!contact confirm 1", "!contact drop 1 why"]
    assert DeadlineKind.TRIAGE in dict(due(decision))


@pytest.mark.parametrize(
    ("answer", "sender", "commands"),
    [
        (Answer((Mark("domain"),)), "ceo@shop.example.jp", ["!contact add ceo@shop.example.jp answered"]),
        (Answer((Mark("other"),)), "x@evil.example", ["!status"]),
        (Answer((Mark("domain"),)), "-oX=y@shop.example.jp", ["!status"]),
        (Answer((Mark("token_quoted"),)), FINDER.address, ["!status"]),
        (Answer((Mark("domain"),)), INFO.address, ["!contact confirm 2"]),
        (None, INFO.address, ["!status"]),
    ],
)
def test_a_strangers_answer_is_taken_up_by_command_only(
    answer: Answer | None, sender: str, commands: list[str]
) -> None:
    """The notice carries exact lines where something speaks for it; nobody is confirmed and nothing is sent."""
    event = MailSetAside("d" * 64, "<x@y>", sender, "why", answer=answer)
    decision = decide(CONTACTING, event)
    assert commands_in(decision)[:1] == commands
    assert (decision.case.contacts, mails(decision)) == (CONTACTING.contacts, [])


def test_an_answer_with_our_token_from_elsewhere_keeps_its_evidence() -> None:
    """The address gets a number, a low score and what was seen; confirming it is a coordinator's."""
    answer = Answer((Mark("other", "builder.example"), Mark("token_thread")))
    event = MailSetAside("d" * 64, "<x@y>", "dev@builder.example", "why", may_be_contact=True, answer=answer)
    decision = decide(CONTACTING, event)
    added = decision.case.contacts[2]
    assert (added.score, added.evidence) == (
        0.3,
        ("answer: 0.40 from another domain builder.example; token in the thread",),
    )
    assert commands_in(decision) == ["!contact confirm 3", "!contact drop 3 why"]


URLS = Field("target.urls", ("https://www.shop.example.jp/search",), "rule", 0.9)
ASKABLE = replace(CONTACTING, fields=(URLS,))


def test_a_coordinator_says_how_they_know() -> None:
    """A call back: confirmed, the details held, and how it is known stands in the evidence."""
    decision = decide(ASKABLE, command("contact confirm", "1", "phone", "03-0000-0000", "山田様"))
    (contact, _) = decision.case.contacts
    assert (contact.standing, contact.evidence) == (
        S.CONFIRMED,
        ("proof: phone 03-0000-0000 山田様, Coordinator One, 2026-11-20",),
    )
    assert mails(decision) == [("details", SHOP.address, "approval")]


@pytest.mark.parametrize("way", ["dns", "well-known"])
@pytest.mark.parametrize(("by", "held"), [(AUTO, None), (POLICY, "approval")])
def test_a_proof_is_asked_for(way: str, by: Policy, held: str | None) -> None:
    """Nothing is confirmed; the contact point is asked, and coordinators are reminded to look."""
    decision = decide(ASKABLE, command("contact confirm", "1", way), by=by)
    contact = decision.case.contacts[0]
    assert (contact.standing, contact.evidence) == (S.TRIED, (f"challenge: {way} www.shop.example.jp 1",))
    assert mails(decision) == [("ownership-proof", SHOP.address, held)]
    assert DeadlineKind.COORDINATOR in dict(due(decision))


@pytest.mark.parametrize(
    ("before", "arguments", "why"),
    [
        (CONTACTING, ("1", "dns"), "name the host"),
        (ASKABLE, ("1", "dns", "192.0.2.1"), "name the host"),
        (ASKABLE, ("1", "dns", "a.example", "b.example"), "name the host"),
        (replace(ASKABLE, contacts=(standing(SHOP, S.DEAD),)), ("1", "dns"), "dead"),
        (replace(ASKABLE, contacts=(standing(SHOP, S.CONFIRMED),)), ("1", "dns"), "confirmed"),
    ],
)
def test_what_cannot_be_proven_is_not_asked(before: Case, arguments: tuple[str, ...], why: str) -> None:
    """Without a host, or of a contact point that is given up or confirmed."""
    assert why in refused(before, command("contact confirm", *arguments))


def test_a_proof_is_looked_for_only_when_asked_for_and_a_few_times() -> None:
    """Ten looks at most; then they are asked anew, or called."""
    assert "asked for no proof" in refused(ASKABLE, command("contact check", "1"))
    asked = decide(ASKABLE, command("contact confirm", "1", "dns"), by=AUTO).case
    line = asked.contacts[0].evidence[0]
    (look,) = [e for e in decide(asked, command("contact check", "1")).effects if isinstance(e, LookForProof)]
    assert (look.contact, look.challenge) == (1, line)
    missing = ProofLooked(1, line, "no record")
    tired = decide(asked, *[missing] * 10)
    assert notices(tired) == ["notice-problem"] * 10
    assert "10 times" in refused(tired.case, command("contact check", "1"))


def test_a_proof_confirms() -> None:
    """As an answer would: the details are written, held, and the evidence says what proved it."""
    asked = decide(ASKABLE, command("contact confirm", "1", "dns"), by=AUTO).case
    decision = decide(asked, ProofLooked(1, asked.contacts[0].evidence[0]))
    contact = decision.case.contacts[0]
    assert (contact.standing, contact.evidence) == (S.CONFIRMED, ("proof: dns of www.shop.example.jp, 2026-11-20",))
    assert mails(decision) == [("details", SHOP.address, "approval")]
    assert DeadlineKind.COORDINATOR not in dict(due(decision))


def test_a_stale_proof_confirms_nobody() -> None:
    """It was asked for anew meanwhile, or the contact point was dropped."""
    asked = decide(ASKABLE, command("contact confirm", "1", "dns"), by=AUTO).case
    line = asked.contacts[0].evidence[0]
    anew = decide(asked, command("contact confirm", "1", "dns"), by=AUTO).case
    assert decide(anew, ProofLooked(1, line)).case.contacts[0].standing is S.TRIED
    dropped = decide(asked, command("contact drop", "1", "no"), ProofLooked(1, line))
    assert dropped.case.contacts[0].standing is S.DROPPED


def test_a_challenge_is_for_one_contact_once() -> None:
    """Another case, address, host or asking gives another text, and the file's name does not tell it."""
    line = "challenge: well-known shop.example.jp 3"
    one = challenge_of(SECRET, "CASE#1", "a@b.example", line)
    others = {
        challenge_of(b"other", "CASE#1", "a@b.example", line).text,
        challenge_of(SECRET, "CASE#2", "a@b.example", line).text,
        challenge_of(SECRET, "CASE#1", "c@b.example", line).text,
        challenge_of(SECRET, "CASE#1", "a@b.example", line.replace("3", "4")).text,
        challenge_of(SECRET, "CASE#1", "a@b.example", line.replace("shop", "shop2")).text,
    }
    assert len(others | {one.text}) == 6
    assert one.text.removeprefix("mailbot-verify=")[:8] not in one.file


DNS = Challenge("dns", "shop.example.jp", "mailbot-x.txt", "mailbot-verify=k7")
FILE = replace(DNS, way="well-known")
PLACE = "https://shop.example.jp/.well-known/mailbot-x.txt"


@pytest.mark.parametrize(
    ("records", "problem"),
    [
        (("v=spf1 -all", "mailbot-verify=k7"), ""),
        (("mailbot-verify=k8",), "another text"),
        ((), "no record"),
    ],
)
def test_the_dns_proves(records: tuple[str, ...], problem: str) -> None:
    """Exactly that text, among others perhaps, at that name."""
    zone = Zone({("_mailbot-challenge.shop.example.jp", "TXT"): records})
    said = ProofLook(Sites({}), zone).problem(DNS)
    assert (said == "") is (problem == "")
    assert problem in said
    assert "no answer" in ProofLook(Sites({}), Zone(lame="shop.example.jp")).problem(DNS)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"mailbot-verify=k7\r\n", ""),
        (b"\xef\xbb\xbfmailbot-verify=k7", ""),
        (b"<html>mailbot-verify=k7", "another text"),
        (b"Not found: /.well-known/mailbot-x.txt", "another text"),
        (Fetched(200, "https://evil.example/x", body=b"mailbot-verify=k7"), "redirected elsewhere"),
        (Fetched(200, PLACE.replace("https", "http"), body=b"mailbot-verify=k7"), "redirected elsewhere"),
        (Fetched(404, PLACE, problem="http_status: 404"), "404"),
    ],
)
def test_a_file_proves(answer: bytes | Fetched, problem: str) -> None:
    """The text alone, from that host itself, over TLS."""
    said = ProofLook(Sites({PLACE: answer}), Zone()).problem(FILE)
    assert (said == "") is (problem == "")
    assert problem in said


GONE = AddressBounced(SHOP.address, "5.1.1", True, "userunknown")
THIRD = Contact(3, "third@shop.example.jp", "site", score=0.7)
HANAKO = Contact(4, FINDER.address, "report", score=0.95)
LADDER_ENDS = Deadline(DeadlineKind.CONTACT_ANSWER, NOW, 9, SHOP.address)
WAITING = case(State.CONTACTING, TRIED, INFO, THIRD, HANAKO, deadlines=(LADDER_ENDS,))
SILENT = DeadlinePassed(LADDER_ENDS.kind, NOW, LADDER_ENDS.step, LADDER_ENDS.note)


@pytest.mark.parametrize("event", [GONE, SILENT])
def test_it_moves_on_by_itself_where_the_policy_says_so(event: CaseEvent) -> None:
    """To the best contact point that was not tried; the finder's own address is never one."""
    decision = decide(WAITING, event, by=AUTO)
    assert mails(decision) == [("first-contact", THIRD.address, None)]


def test_a_bounce_proposes_the_next_one_else() -> None:
    """Its first contact is held, with why, and the commands for those that could be asked instead."""
    decision = decide(WAITING, GONE)
    assert mails(decision) == [("first-contact", THIRD.address, "approval")]
    told = details_of([e for e in decision.effects if isinstance(e, TellCoordinators)][-1])
    assert told["why"] == "first-contact\ncontact_unreachable"
    assert SHOP.address in told["text"]
    assert told["commands"] == "!contact use 2"


def test_the_end_of_the_ladder_proposes_the_next_one() -> None:
    """As a bounce does; the notice says that nobody answered."""
    decision = decide(WAITING, SILENT)
    assert mails(decision) == [("first-contact", THIRD.address, "approval")]
    told = details_of([e for e in decision.effects if isinstance(e, TellCoordinators)][-1])
    assert told == {"why": "first-contact\ncontacts_exhausted", "commands": "!contact use 2"}


def test_when_the_confirmed_contact_is_gone_another_one_proves_itself_first() -> None:
    """Mail to it came back: the commands name others, who get no details before a proof."""
    before = case(State.NOTIFIED, standing(SHOP, S.CONFIRMED), INFO)
    decision = decide(before, GONE)
    assert commands_in(decision) == ["!contact confirm 2 dns", "!contact add ADDRESS why"]
    assert mails(decision) == []


def test_what_went_by_mail_says_who_it_is_for() -> None:
    """The mail that asks for a proof belongs to the contact point that is to prove itself."""
    decision = decide(ASKABLE, command("contact confirm", "1", "well-known"), by=AUTO)
    (mail,) = [e for e in decision.effects if isinstance(e, SendMail)]
    assert (mail.contact, details_of(mail)["way"], details_of(mail)["host"]) == (1, "well-known", "www.shop.example.jp")
