"""The advisory of a case: who is named in it and how, what it says before and after publication, what it never says."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.core.advisory import revisions
from mailbot.core.commands import Command, parse_orders
from mailbot.core.lifecycle import Refusal
from mailbot.core.model import Case, DeadlineKind, Entry, Milestones, State, Track
from mailbot.core.vendors import Finding, Product, Vendor, VendorState
from mailbot.publishing import advisory_attachments, advisory_paper
from tests.advisories import ACCEPTED, CREDITED, EVERY, FINAL, NOW, PUBLISHED, SCHEDULED, SINGLE, TABLE, with_fields
from tests.builders import case, command, decide, details_of, notices, refused
from tests.sample_cases import WEBSITE_JA

LANGUAGES = ("ja", "en")


def paper(of: Case, language: str = "en") -> str:
    """The advisory; it must be given out."""
    text = advisory_paper(of, TABLE, language, NOW)
    assert isinstance(text, str), text
    return text


def refusal(of: Case) -> str:
    """Why there is none."""
    text = advisory_paper(of, TABLE, "en", NOW)
    assert isinstance(text, Refusal)
    return text.reason


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_users_need_is_there(language: str) -> None:
    """Title, products with versions, numbers with their pages, score, vendors with status and words, day."""
    text = paper(FINAL, language)
    for part in (
        *("JVN#12345678", "CVE-2026-12345", "https://jvn.jp/jp/JVN12345678/", "JVNDB-2026-000123", "CWE-121", "7.8"),
        *("Sample Viewer 3.0 to 3.2.1", "3.2.2", "Sample Reader", "Please update.", "CVSS:3.1/AV:L", "security@desk"),
        *(name for name in ("Sample Software Inc.", "Other KK", "Slow Ltd.", "Silent Ltd.")),
        *(("該当製品なし", "バッファオーバーフロー") if language == "ja" else ("not affected", "Buffer overflow")),
    ):
        assert part in text, part


@pytest.mark.parametrize(
    ("vendor", "status"),
    [
        (Vendor(1, "V", finding=Finding.AFFECTED), "affected"),
        (Vendor(1, "V", finding=Finding.FIXED), "affected"),
        (Vendor(1, "V", finding=Finding.NOT_AFFECTED), "not affected"),
        (Vendor(1, "V", VendorState.CLOSED, finding=Finding.NOT_AFFECTED), "not affected"),
        (Vendor(1, "V", finding=Finding.INVESTIGATING), "under investigation"),
        (Vendor(1, "V", VendorState.DETAILS_SENT, details_sent=NOW), "informed"),
        (Vendor(1, "V", VendorState.LISTED_PRODUCT), "could not be reached"),
        (Vendor(1, "V", VendorState.JUDGING), "could not be reached"),
        (Vendor(1, "V", VendorState.NAMED), None),
        (Vendor(1, "V", VendorState.CONTACTING), None),
        (Vendor(1, "V", VendorState.CLOSED, details_sent=NOW), None),
    ],
)
def test_who_is_named_and_how(vendor: Vendor, status: str | None) -> None:
    """A vendor that was not reached, or has nothing to do with it, is told to the editor alone."""
    draft = paper(replace(SCHEDULED, vendors=(vendor,)))
    final = paper(replace(FINAL, vendors=(vendor,)))
    for text in (draft, final):
        assert (f"V | {status} | " in text) is (status is not None)
    assert ("Vendors that are not named" in draft) is (status is None)
    assert ("V | " in final) is (status is not None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reports_own_words_are_in_drafts_only(language: str) -> None:
    """A person writes them anew; the steps are in neither."""
    told = "A long name in the file header overflows a stack buffer."
    assert told in paper(SCHEDULED, language)
    assert told not in paper(FINAL, language)
    for each in EVERY:
        assert "crafted.svf" not in paper(each, language)
        assert "read_header" not in paper(each, language)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({}, False),
        ({"consent__credit": True}, False),
        ({"credit_name": "Harbour Labs の G.H."}, False),
        ({"consent__credit": False, "credit_name": "Harbour Labs の G.H."}, False),
        ({"consent__share_identity": True, "credit_name": "Harbour Labs の G.H."}, False),
        ({"consent__credit": True, "credit_name": "Harbour Labs の G.H."}, True),
    ],
)
def test_thanks_need_consent_and_a_name(values: dict[str, bool | str], named: bool) -> None:
    """That the vendor may know the finder does not mean that the public may."""
    assert ("Harbour Labs の G.H." in paper(with_fields(FINAL, **values))) is named


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("share", [True, False])
@pytest.mark.parametrize("before", EVERY)
def test_the_finder_is_in_none_of_it(before: Case, share: bool, language: str) -> None:
    """Neither name, organisation, address, number nor key, whoever else may know them; nor any contact's address."""
    told = "Found by Grace Hopkins of Harbour Labs Ltd.\ng.hopkins@harbour-labs.example.net, +44 20 7946 0123"
    loose = with_fields(before, consent__share_identity=share, vulnerability__summary=told, vulnerability__impact=told)
    loose = with_fields(loose, product__version="3.2.1 (Hopkins)")
    text = paper(loose, language).replace("Harbour Labs の G.H.", "")
    for secret in ("Hopkins", "Grace", "Harbour", "harbour-labs", "7946", "psirt@", "FS-2026-07", "FEDCBA98"):
        assert secret.lower() not in text.lower(), secret


def test_private_passages_are_in_none_of_it() -> None:
    """What the finder marked as meant for the desk alone is cut out of the draft as well."""
    told = "A header overflows.\n\nNot to be forwarded to the vendor:\nthe spare key lies under the mat.\n"
    assert "under the mat" not in paper(with_fields(SCHEDULED, vulnerability__summary=told))
    hidden = replace(
        SCHEDULED,
        fields=tuple(replace(f, private=f.name == "vulnerability.summary" or f.private) for f in SCHEDULED.fields),
    )
    assert "overflows a stack" not in paper(hidden)


def test_a_name_that_would_slip_through_stops_it() -> None:
    """What a coordinator typed is not cleaned; if it tells the finder, nothing is given out and the field is named."""
    statement = "Thanks to Grace Hopkins!"
    vendor = Vendor(1, "Sample Software Inc.", finding=Finding.FIXED, products=(Product("Grace Hopkins Viewer", "1"),))
    assert "Grace" not in paper(replace(FINAL, vendors=(replace(vendor, statement=statement, products=()),)))
    sly = Product("Viewer", "1 (thanks to G. Hopkins, g.hopkins@harbour-labs.example.net)")
    assert refusal(replace(FINAL, vendors=(replace(vendor, products=(sly,)),))).startswith("the text still tells")


def test_the_site_behind_a_split_is_in_none_of_it() -> None:
    """Guideline V-3-8."""
    vendor = Vendor(1, "V", finding=Finding.FIXED, products=(Product("Shop of shop.example.jp", "1"),))
    split = replace(FINAL, vendors=(vendor,), withheld=("shop.example.jp",))
    assert "V-3-8" in refusal(split)


def test_only_an_accepted_product_has_one() -> None:
    """Websites are never published, nor what nobody accepted."""
    assert "V-3-11" in refusal(replace(WEBSITE_JA, milestones=Milestones(accepted=NOW)))
    assert "!accept" in refusal(replace(ACCEPTED, milestones=Milestones(), state=State.TRIAGE))


@pytest.mark.parametrize(
    ("before", "label"),
    [
        (ACCEPTED, "TLP:RED"),
        (replace(ACCEPTED, state=State.FIXING), "TLP:AMBER"),
        (SCHEDULED, "TLP:RED"),
        (FINAL, None),
    ],
)
def test_who_may_read_a_draft(before: Case, label: str | None) -> None:
    """Our own people; the vendor that has the details, unless the draft tells of other vendors; then everybody."""
    assert ("DRAFT, TLP" in paper(before)) is (label is not None)
    assert (label or "Published ") in paper(before)


def test_a_bare_case_has_a_draft_too() -> None:
    """What is missing is said, not invented."""
    text = paper(replace(ACCEPTED, fields=()))
    assert "Vulnerability in a product" in text
    assert "(not known yet)" in text


def test_of_one_vendor_the_report_says_what_is_affected() -> None:
    """A case whose vendor is not named apart needs no further orders."""
    assert "Sample Software Inc. | affected | 18 December 2026" in paper(SINGLE)
    assert "Sample Software Inc. Sample Viewer 3.2.1" in paper(SINGLE)


@pytest.mark.parametrize(
    ("words", "product"),
    [
        ("Viewer", Product("Viewer")),
        ("Viewer: 1.0 to 1.4", Product("Viewer", "1.0 to 1.4")),
        ("Viewer: 1.0 から 1.4 -> 1.5", Product("Viewer", "1.0 から 1.4", "1.5")),
        ("サンプル 閲覧：1.4以前 → 1.5", Product("サンプル 閲覧", "1.4以前", "1.5")),
        ("Viewer: -> 1.5", Product("Viewer", "", "1.5")),
    ],
)
def test_a_product_of_a_vendor_is_named(words: str, product: Product) -> None:
    """Name, affected versions and the corrected one; the same name again takes its place."""
    (read,) = parse_orders(f"!vendor 1 product {words}", "CASE#12345678").lines
    assert isinstance(read, Command)
    before = case(State.ACCEPTED, track=Track.PRODUCT, vendors=(Vendor(1, "V", products=(Product("Other", "1"),)),))
    once = decide(before, command(read.name, *read.arguments)).case
    assert once.vendors[0].products == (Product("Other", "1"), product)
    twice = decide(once, command("vendor product", "1", f"{product.name.upper()}:", "9")).case
    assert twice.vendors[0].products == (Product("Other", "1"), Product(product.name.upper(), "9"))
    assert decide(twice, command("vendor unproduct", "1", "other")).case.vendors[0].products[0].affected == "9"
    assert "it has: Other" in refused(before, command("vendor unproduct", "1", "Viewer"))


@pytest.mark.parametrize("line", ["!vendor 1 product", "!vendor 1 product : 1.0", f"!vendor 1 product {'x' * 101}"])
def test_a_product_needs_a_name(line: str) -> None:
    """Without one nothing runs."""
    assert parse_orders(line, "CASE#12345678").problems


def test_the_draft_comes_with_the_day() -> None:
    """`!publish` with a day to come asks for the draft to be sent to coordinators; publication itself does not."""
    before = case(State.FIXING, track=Track.PRODUCT)
    day = (NOW + timedelta(days=30)).date().isoformat()
    scheduled = decide(before, command("publish", day))
    assert "notice-advisory" in notices(scheduled)
    assert details_of(scheduled.effects[-1])["publish_on"] == day
    assert any(d.kind is DeadlineKind.EMBARGO for d in scheduled.case.deadlines)
    assert "notice-advisory" not in notices(decide(before, command("publish", "2026-11-20")))


def test_the_draft_is_a_file_in_each_language() -> None:
    """Plain text, to be edited; where it cannot be given out, the reason takes its place."""
    files, why = advisory_attachments(SCHEDULED, TABLE, NOW)
    assert [f.filename for f in files] == ["advisory.ja.txt", "advisory.en.txt"]
    assert all("JVN#12345678" in f.content.decode() for f in files)
    assert why == ""
    vendor = Vendor(1, "V", finding=Finding.FIXED, products=(Product("g.hopkins@harbour-labs.example.net"),))
    files, why = advisory_attachments(replace(SCHEDULED, vendors=(vendor,)), TABLE, NOW)
    assert files == () or "g.hopkins" not in files[0].content.decode()


def test_credit_is_given_as_it_was_asked_for() -> None:
    """The name in the thanks is the only place for it."""
    assert paper(CREDITED).count("Harbour Labs の G.H.") == 1


def test_what_nobody_reads_is_no_new_revision() -> None:
    """A vendor's own number or address changes nothing of the advisory; what it says and a public number do."""
    base = replace(SINGLE, timeline=(*SINGLE.timeline, Entry(PUBLISHED, "command", "One", "!publish 2026-12-24")))
    days = [PUBLISHED + timedelta(days=n) for n in range(1, 6)]
    orders = ("!vendor 1 ref X-1", "!vendor 1 contact a@b.example", "!vendor 1 says fixed", "!number add JVN#12345678")
    lines = tuple(Entry(at, "command", "One", text) for at, text in zip(days, orders, strict=False))
    assert revisions(replace(base, timeline=(*base.timeline, *lines))) == (PUBLISHED, days[2], days[3])
