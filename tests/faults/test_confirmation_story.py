"""Who answers a first contact: a forged answer, somebody of the same house, and a proof in the DNS of the site."""

from dataclasses import replace

import pytest

from mailbot.core.model import Standing, State
from mailbot.core.outbox import Status
from mailbot.finding.proofs import ProofLook
from tests.fakes_lookup import Sites, Zone
from tests.faults.quick_desk import QuickDesk

MX = "mx.desk.example.jp"
RECEIVED = f"Received: from mail.example ([198.51.100.7]) by {MX}; Fri, 20 Nov 2026 00:30:00 +0000\r\n"
CHARGE = "We are in charge. Please send it here.\n"
YES = f"Authentication-Results: {MX}; dmarc=pass header.from=shop.example.jp\r\n"
NO = f"Authentication-Results: {MX}; dmarc=fail header.from=shop.example.jp\r\n"


def checking() -> QuickDesk:
    """A desk that knows what its mail server calls itself."""
    desk = QuickDesk()
    desk.bot = replace(desk.bot, desk=replace(desk.bot.desk, authserv_id=MX))
    return desk


def took(mail: bytes, said: str, forged: str = "") -> bytes:
    """The mail as our server took it over, with what it found; `forged` stood in it before."""
    return (said + RECEIVED + forged).encode() + mail


def test_t35_who_forges_an_answer_gets_nothing() -> None:
    """The address that was mailed and even its token, but our mail server says that it is forged: a person decides.

    A verdict of our server's name that the forger wrote into the mail is not believed.
    """
    desk = checking()
    first = desk.until_first_contact()
    desk.round(took(desk.answer("Shop", first, CHARGE), NO, forged=YES), hours=1)
    assert desk.case.contacts[0].standing is Standing.TRIED
    assert desk.items("details") == []
    notice = desk.mail("Taro")[-1].text
    assert "dmarc=fail" in notice
    assert "!contact confirm 1" in notice
    assert desk.case.contacts[0].evidence[-1].startswith("answer: 0.30 from the address mailed; token in the address")
    desk.command("!contact confirm 1 phone 03-0000-0000 山田様")
    assert desk.case.contacts[0].evidence[-1].startswith("proof: phone 03-0000-0000 山田様, Taro")
    assert len(desk.items("details", Status.HELD)) == 1


def test_a_genuine_answer_confirms_and_says_why() -> None:
    """The address, the token and our server's word stand in the notice and among the evidence."""
    desk = checking()
    first = desk.until_first_contact()
    desk.round(took(desk.answer("Shop", first, CHARGE), YES), hours=1)
    contact = desk.case.contacts[0]
    assert contact.standing is Standing.CONFIRMED
    assert "dmarc=pass shop.example.jp" in contact.evidence[-1]
    assert any("dmarc=pass shop.example.jp" in mail.text for mail in desk.mail("Taro"))


@pytest.mark.parametrize(
    "text",
    [
        "当社のサイトではありません。\n",
        "This is not our site. We sold the domain last year.\n",
        "お問い合わせありがとうございます。3営業日以内に担当者よりご連絡いたします。\n",
        "配信停止\n",
        "status\n",
        "?\n",
    ],
)
def test_t19_who_is_not_in_charge_gets_no_details(text: str) -> None:
    """A denial, a receipt without headers or a word: even where details go by themselves, a person decides."""
    desk = QuickDesk(details="auto")
    desk.round(desk.answer("Shop", desk.until_first_contact(), text), hours=1)
    contact = desk.case.contacts[0]
    assert (contact.standing, contact.plaintext_agreed) == (Standing.TRIED, False)
    assert desk.items("details") == []
    assert "!contact confirm 1" in desk.mail("Taro")[-1].text
    desk.round(desk.answer("Shop", desk.mail("Shop")[-1], CHARGE), hours=1)
    assert desk.case.contacts[0].standing is Standing.CONFIRMED
    assert len(desk.items("details", Status.SENT)) == 1


def test_a_stranger_proves_in_the_dns_that_the_site_is_theirs() -> None:
    """Another address answers: it is asked for a text in the DNS, looked for by command; then details are written."""
    desk = QuickDesk()
    first = desk.until_first_contact()
    desk.round(desk.answer("Mallory", first, "I run this site. Send me the details.\n"), hours=1)
    assert "!contact confirm 2" in desk.mail("Taro")[-1].text
    desk.command("!contact confirm 2 dns")
    desk.command(f"!approve {desk.held('ownership-proof').hash}")
    asked = desk.mail("Mallory")[-1].text
    assert "script" not in asked
    (text,) = (word for word in asked.split() if word.startswith("mailbot-verify="))
    zone = Zone()
    desk.bot = replace(desk.bot, prover=ProofLook(Sites({}), zone))
    desk.command("!contact check 2")
    assert desk.case.contacts[1].standing is Standing.CANDIDATE
    assert "no record" in desk.mail("Taro")[-1].text
    desk.people["Taro"].keyring.now = desk.now  # the same words are signed anew
    zone.table = {("_mailbot-challenge.shop.example.jp", "TXT"): (text,)}
    desk.command("!contact check 2")
    assert (desk.case.contacts[1].standing, desk.case.state) == (Standing.CONFIRMED, State.CONTACT_CONFIRMED)
    assert [item.contact for item in desk.items("details", Status.HELD)] == [2]


def test_a_file_below_well_known_proves_as_well() -> None:
    """The mail names host and path, and links to nothing."""
    desk = QuickDesk()
    desk.until_first_contact()
    desk.command("!contact confirm 1 well-known")
    desk.command(f"!approve {desk.held('ownership-proof').hash}")
    words = desk.mail("Shop")[-1].text.split()
    (path,) = (word for word in words if word.startswith("/.well-known/"))
    (text,) = (word for word in words if word.startswith("mailbot-verify="))
    desk.bot = replace(desk.bot, prover=ProofLook(Sites({f"https://shop.example.jp{path}": text.encode()}), Zone()))
    desk.command("!contact check 1")
    assert desk.case.contacts[0].standing is Standing.CONFIRMED
