"""Ways round the egress gate, each tried: by type, by disguise, by another case's words, by headers."""

import base64
import html
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest

from mailbot.adapters.smtp import SmtpSender, SmtpSettings
from mailbot.core import traces
from mailbot.core.egress import admit, check, pieces_of
from mailbot.core.egress_rules import RULES, Known
from mailbot.core.file_records import Fate, FileRecord
from mailbot.core.messages import Attachment, CheckedDraft, Draft, SanitisedDraft, SealedMail
from mailbot.core.model import Case, Contact, Entry, Field, Link, Participant, Role, Standing
from mailbot.core.sanitise import sanitise
from mailbot.core.seal import seal
from mailbot.core.templates import Templates
from mailbot.core.tokens import make_message_id, make_token, plus_address
from tests.fakes_keyring import FakeKeyring
from tests.sample_cases import CASES, DESK, NOW, WEBSITE_JA, compose, held_item, templates

NAME = "山田 花子"
MAIL = "hanako.yamada@mihon-lab.example.org"
SECRET = b"secret of the tests"
SHOP = "web@shop.example.jp"


@pytest.fixture(scope="module")
def texts() -> Templates:
    return templates()


def rule(draft: Draft, case: Case = WEBSITE_JA, despite: tuple[str, ...] = (), **known: Any) -> str:
    """The rule that holds the draft; "" if none does."""
    name = draft.template.rpartition("/")[2]
    item = replace(held_item(draft, case, name, None), despite=despite)
    hit = check(SanitisedDraft(draft, ()), case, item, DESK, Known(**known))
    return hit.rule if hit else ""


def request(texts: Templates, text: str = "", case: Case = WEBSITE_JA) -> Draft:
    """A mail to the operator with these words of a coordinator."""
    draft = compose(case, "status-request", texts)
    return replace(draft, body=f"{draft.body}\n{text}\n")


def answer(texts: Templates, text: str = "", case: Case = WEBSITE_JA) -> Draft:
    """A mail to the finder with these words of a coordinator."""
    draft = compose(case, "acceptance", texts)
    return replace(draft, body=f"{draft.body}\n{text}\n")


# By type


@pytest.mark.parametrize(
    "make",
    [
        lambda draft: CheckedDraft(draft, "<1@x>", object()),
        lambda draft: CheckedDraft(draft, "<1@x>", None),
        lambda draft: CheckedDraft(draft, "<1@x>"),  # type: ignore[call-arg]
        lambda draft: SealedMail("<1@x>", "a@x", SHOP, b"x", (), object()),
        lambda draft: SealedMail("<1@x>", "a@x", SHOP, b"x", ()),  # type: ignore[call-arg]
    ],
)
def test_what_was_not_looked_at_cannot_be_made(make: Callable[[Draft], object], texts: Templates) -> None:
    """The last two stages are made by their own module, or not at all."""
    with pytest.raises(TypeError):
        make(request(texts))


def test_a_checked_draft_cannot_be_changed(texts: Templates) -> None:
    """Neither in place nor as a copy with other words."""
    draft = sanitise(compose(WEBSITE_JA, "status-request", texts), WEBSITE_JA, DESK)
    assert isinstance(draft, SanitisedDraft)
    checked = admit(draft, WEBSITE_JA, held_item(draft.draft, WEBSITE_JA, "status-request"), DESK, Known())
    assert isinstance(checked, CheckedDraft)
    with pytest.raises((ValueError, TypeError), match="stamp"):  # the latter from Python 3.13 on
        replace(checked, draft=request(texts, NAME))  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        checked.draft = request(texts, NAME)  # type: ignore[misc]


@pytest.mark.parametrize("kind", ["draft", "sanitised", "alike", "child"])
def test_only_a_checked_draft_is_sealed(kind: str, texts: Templates) -> None:
    """Neither an earlier stage nor what only looks like one."""
    draft = request(texts)
    made: Any = {
        "draft": draft,
        "sanitised": SanitisedDraft(draft, ()),
        "alike": SimpleNamespace(draft=draft, message_id="<1@x>"),
        "child": type("Child", (CheckedDraft,), {"__post_init__": lambda *_: None})(draft, "<1@x>", None),
    }[kind]
    with pytest.raises(TypeError, match="CheckedDraft"):
        seal(made, date=NOW, sender=draft.to, keyring=FakeKeyring(), recipient_key=None)


def test_the_sender_takes_sealed_mail_only() -> None:
    """What looks like one does not reach the wire."""
    sender = SmtpSender(SmtpSettings(host="127.0.0.1", port=9, security="plain"))
    try:
        with pytest.raises(TypeError, match="SealedMail"):
            sender.send(SimpleNamespace(sender="a@x.example", to="b@x.example", content=b"x"))  # type: ignore[arg-type]
    finally:
        sender.close()


# By disguise

DISGUISES: dict[str, Callable[[str], str]] = {
    "plain": str,
    "spaced": " ".join,
    "hyphens": "-".join,
    "zero width": "\u200b".join,
    "soft hyphens": "\u00ad".join,
    "word joiners": "\u2060".join,
    "variation selectors": "\ufe0f".join,
    "direction marks": lambda text: f"\u202e{text}\u202c",
    "full width": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    "upper case": str.upper,
    "quoted lines": "\n> ".join,
    "percent": quote,
    "percent twice": lambda text: quote(quote(text)),
    "percent, every byte": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "percent, Shift_JIS": lambda text: quote(text.encode("cp932")),
    "entities": lambda text: "".join(f"&#{ord(c)};" for c in text),
    "hex entities": lambda text: "".join(f"&#x{ord(c):x};" for c in text),
    "escapes": lambda text: "".join(f"\\u{ord(c):04x}" for c in text),
    "quoted-printable": lambda text: "".join(f"={byte:02X}" for byte in text.encode()),
    "encoded word": lambda text: f"=?UTF-8?B?{base64.b64encode(text.encode()).decode()}?=",
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 of more": lambda text: base64.b64encode(f"user={text}; at=home".encode()).decode(),
    "base64, off by one": lambda text: "x" + base64.b64encode(f"zz{text}".encode()).decode(),
    "base64, URL letters": lambda text: base64.urlsafe_b64encode(f"??{text}??".encode()).decode().rstrip("="),
    "base64 in a bearer token": lambda text: f"eyJhbGciOiJub25lIn0.{base64.b64encode(text.encode()).decode()}.",
    "base64 over lines": lambda text: base64.encodebytes(f"{'x' * 60}{text}{'y' * 60}".encode()).decode(),
    "base64, UTF-16": lambda text: base64.b64encode(text.encode("utf-16-le")).decode(),
    "base64 of percent": lambda text: base64.b64encode(quote(text).encode()).decode(),
    "percent of base64": lambda text: quote(base64.b64encode(text.encode()).decode(), safe=""),
    "hex": lambda text: text.encode().hex(),
    "hex dump": lambda text: text.encode().hex(" "),
    "entity of percent": lambda text: html.escape(quote(text)).replace("%", "&#37;"),
}


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (NAME, "egress/finder-name"),
        ("株式会社みほん研究所", "egress/finder-organisation"),
        (MAIL, "egress/finder-address"),
        ("090-1234-5678", "egress/finder-phone"),
        ("FEDCBA9876543210FEDCBA9876543210FEDCBA98", "egress/finder-key"),
    ],
)
def test_t52_who_the_finder_is_in_any_disguise(disguise: str, value: str, wanted: str, texts: Templates) -> None:
    """In the words that a coordinator wrote, held under the name of the rule."""
    assert rule(request(texts, f"参考: {DISGUISES[disguise](value)} です")) == wanted


def pdf(text: str) -> bytes:
    """A PDF's bytes with the text in a packed stream."""
    return b"%PDF-1.7\n1 0 obj<</Filter/FlateDecode>>stream\n" + zlib.compress(text.encode()) + b"\nendstream endobj"


PLACES: dict[str, Callable[[Draft, str], Draft]] = {
    "subject": lambda d, text: replace(d, subject=f"{d.subject} {text}"),
    "recipient's name": lambda d, text: replace(d, to=replace(d.to, name=text)),
    "text file": lambda d, text: replace(d, attachments=(Attachment("a.txt", "text/plain", text.encode()),)),
    "file name": lambda d, text: replace(d, attachments=(Attachment(f"{text}.txt", "text/plain", b"x"),)),
    "picture": lambda d, text: replace(d, attachments=(Attachment("a.png", "image/png", b"\x89PNG" + text.encode()),)),
    "wide letters": lambda d, text: replace(
        d, attachments=(Attachment("a.png", "image/png", b"\x89PNG" + text.encode("utf-16-le")),)
    ),
    "packed": lambda d, text: replace(d, attachments=(Attachment("a.pdf", "application/pdf", pdf(text)),)),
}


@pytest.mark.parametrize("place", PLACES)
def test_t52_every_part_of_a_mail_is_looked_through(place: str, texts: Templates) -> None:
    """Not only its text; and the rule says in which part, never what."""
    draft = PLACES[place](request(texts), MAIL)
    hit = check(SanitisedDraft(draft, ()), WEBSITE_JA, held_item(draft, WEBSITE_JA, "status-request"), DESK)
    assert hit is not None
    assert hit.rule == "egress/finder-address"
    assert hit.place == (place if place in ("subject", "recipient's name") else "attachment 1")
    assert MAIL not in str(hit)


def test_the_line_is_named(texts: Templates) -> None:
    """A coordinator finds it without searching."""
    draft = request(texts, f"a\n{quote(NAME)}")
    hit = check(SanitisedDraft(draft, ()), WEBSITE_JA, held_item(draft, WEBSITE_JA, "status-request"), DESK)
    line = draft.body.split("\n").index(quote(NAME)) + 1
    assert str(hit) == f"egress/finder-name: the mail still tells reporter.name of the finder (body, line {line})"


@pytest.mark.parametrize("user_id", ["Hana Y. (work) <hy@elsewhere.example>", "Hanaworks <hy@elsewhere.example>"])
def test_t52_the_user_ids_of_the_finders_key(user_id: str, texts: Templates) -> None:
    """A key may name its owner as no mail did."""
    address = user_id.partition("<")[2].rstrip(">")
    assert rule(request(texts, f"by {address}"), user_ids=(user_id,)) == "egress/finder-key"
    assert rule(request(texts, f"by {address}")) == ""


@pytest.mark.parametrize("name", ["finder", "product-site", "private"])
def test_consent_covers_what_it_names_only(name: str, texts: Templates) -> None:
    """Who agreed to be named did not agree to the rest."""
    yes = Field("consent.share_identity", True, "r", 1.0)
    kept = Field("other_reports", ("検証機は取引先の備品を借りたものです。",), "r", 1.0, private=True)
    fields = (*(f for f in WEBSITE_JA.fields if f.name != yes.name), yes, kept)
    case = replace(WEBSITE_JA, fields=fields, withheld=("hidden-shop.example",))
    told = {
        "finder": (NAME, ""),
        "product-site": ("hidden-shop%2Eexample", "egress/product-site"),
        "private": ("検証機は取引先の備品を借りたものです", "egress/private"),
    }
    text, wanted = told[name]
    assert rule(request(texts, text, case), case) == wanted


# Other people's words

NOTE = "担当の佐藤さんは連休明けまで不在とのこと"
OTHER = "管理画面のパスワード再発行のURLに連番の会員番号が使われており、番号を変えると他人の情報を見られます。"


def test_coordinators_notes_stay_with_them(texts: Templates) -> None:
    """What one coordinator noted for the others is in no mail to anybody else; what they were told to send is."""
    noted = Entry(NOW, "command", "Taro", f"!note {NOTE}")
    sent = Entry(NOW, "command", "Taro", f"!fix incomplete {OTHER}")
    case = replace(WEBSITE_JA, timeline=(noted, sent))
    assert rule(request(texts, NOTE, case), case) == "egress/note"
    assert rule(answer(texts, NOTE, case), case) == "egress/note"
    assert rule(request(texts, OTHER, case), case) == ""
    assert rule(request(texts, NOTE, case), case, despite=("egress/note",)) == ""


def elsewhere(draft: Draft, *cases: str, text: str = OTHER) -> dict[int, tuple[str, ...]]:
    """What the memory of other cases says of the draft, if they all report that text."""
    kept = traces.pieces({"vulnerability.steps": text})
    return {piece: cases for piece in pieces_of(SanitisedDraft(draft, ())) if piece in kept}


@pytest.mark.parametrize("write", [request, answer])
@pytest.mark.parametrize(
    "text",
    [
        OTHER,
        f"次のとおりです。「{OTHER}」",
        OTHER[8:],
        "\n> ".join((OTHER[:20], OTHER[20:35], OTHER[35:])),
        " ".join(OTHER),
    ],
)
def test_words_of_another_case_are_found(write: Callable[..., Draft], text: str, texts: Templates) -> None:
    """Whole or in part, in quotation marks or in other lines."""
    draft = write(texts, text)
    found = elsewhere(draft, "CASE#11111111")
    assert rule(draft, elsewhere=found) == "egress/other-report"
    assert rule(draft, despite=("egress/other-report",), elsewhere=found) == ""


def test_words_that_are_no_other_cases_secret(texts: Templates) -> None:
    """This case's own, those of a case of the same finder, those that many cases have, those of our template."""
    own = replace(WEBSITE_JA, fields=(*WEBSITE_JA.fields, Field("vulnerability.summary", OTHER, "r", 1.0)))
    draft = request(texts, OTHER)
    one, many = elsewhere(draft, "CASE#11111111"), elsewhere(draft, *(f"CASE#1111111{n}" for n in range(5)))
    akin = replace(WEBSITE_JA, links=(Link("same_mail", "CASE#11111111"),))
    assert rule(draft, own, elsewhere=one) == ""
    assert rule(draft, akin, elsewhere=one) == ""
    assert rule(draft, elsewhere=many) == ""
    assert rule(draft, own_words=(OTHER,), elsewhere=one) == ""
    assert pieces_of(SanitisedDraft(compose(WEBSITE_JA, "notice-decision", texts), ())) == frozenset()


def test_our_own_mails_are_no_other_cases_words(texts: Templates) -> None:
    """A desk with many open cases sends its templates all the same."""
    for name in ("receipt", "first-contact", "details", "status-request", "question"):
        draft = compose(CASES[0], name, texts)
        assert not elsewhere(draft, "CASE#11111111")


@pytest.mark.parametrize(
    ("write", "who", "held"),
    [
        (answer, SHOP, True),
        (answer, "info@shop.example.jp", False),  # the finder named it
        (request, "info@shop.example.jp", False),
    ],
)
def test_addresses_of_others_in_the_case(write: Callable[..., Draft], who: str, held: bool, texts: Templates) -> None:
    """The finder is not told whom the desk writes to, unless they named it."""
    assert (rule(write(texts, f"宛先は {who} です")) == "egress/address") is held


def test_one_vendor_is_not_told_of_another(texts: Templates) -> None:
    """Of several vendors each hears of the case only."""
    mine = replace(WEBSITE_JA.contacts[0], vendor=1)
    theirs = Contact(2, "psirt@second.example", "coordinator", Standing.CONFIRMED, vendor=2)
    case = replace(WEBSITE_JA, contacts=(mine, theirs))
    assert rule(request(texts, "psirt@second.example", case), case) == "egress/address"


# By headers

FOUND = "<report-1@mihon-lab.example.org>"
THEIRS = "<answer-1@shop.example.jp>"
CASE = replace(
    WEBSITE_JA,
    timeline=(
        Entry(NOW, "report", MAIL, "", FOUND),
        Entry(NOW + timedelta(1), "reply", SHOP, "", THEIRS),
    ),
    participants=(*WEBSITE_JA.participants, Participant(Role.OPERATOR, SHOP)),
)
TOKEN = make_token(SECRET, CASE.id, SHOP)
OURS = make_message_id(SECRET, "key", CASE.id, SHOP, DESK.domain)
TO_FINDER = make_message_id(SECRET, "key", CASE.id, MAIL, DESK.domain)


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"in_reply_to": THEIRS, "references": (OURS, THEIRS)}, ""),
        ({"in_reply_to": FOUND}, "egress/thread"),
        ({"references": (THEIRS, FOUND)}, "egress/thread"),
        ({"references": ("<unknown@elsewhere.example>",)}, "egress/thread"),
        ({"references": (TO_FINDER,)}, "egress/token"),
        ({"reply_to": plus_address(DESK.address, make_token(SECRET, CASE.id, MAIL))}, "egress/token"),
        ({"reply_to": plus_address(DESK.address, make_token(SECRET, "CASE#11111111", SHOP))}, "egress/token"),
        ({"reply_to": "hanako@mihon-lab.example.org"}, "egress/envelope"),
    ],
)
def test_t54_the_finder_is_in_no_header_of_the_operators_mail(
    change: dict[str, Any], wanted: str, texts: Templates
) -> None:
    """References, In-Reply-To and Reply-To are the recipient's own and ours to them."""
    clean = replace(compose(CASE, "status-request", texts), in_reply_to=None, references=())
    clean = replace(clean, reply_to=plus_address(DESK.address, TOKEN))
    assert rule(replace(clean, **change), CASE, token=TOKEN) == wanted


@pytest.mark.parametrize("text", [FOUND, f"Message-ID: {FOUND}", FOUND.strip("<>")])
def test_t54_nor_is_a_message_id_of_the_finder_quoted(text: str, texts: Templates) -> None:
    """Not in the text either; nor the operator's in a mail to the finder."""
    yes = tuple(Field(f"consent.{name}", True, "r", 1.0) for name in ("share_identity", "direct_contact"))
    case = replace(CASE, fields=(*(f for f in CASE.fields if f.name not in {y.name for y in yes}), *yes))
    assert rule(request(texts, text, case), case) == "egress/thread"
    draft = replace(answer(texts, text.replace(FOUND.strip("<>"), THEIRS.strip("<>")), case), in_reply_to=FOUND)
    assert rule(draft, case) == "egress/thread"


def test_t54_a_token_of_another_is_not_quoted(texts: Templates) -> None:
    """Whoever has the finder's reply address could answer as the finder."""
    theirs = plus_address(DESK.address, make_token(SECRET, CASE.id, MAIL))
    draft = replace(request(texts, f"返信先: {theirs}", CASE), reply_to=plus_address(DESK.address, TOKEN))
    assert rule(draft, CASE, token=TOKEN) == "egress/token"
    mine = replace(draft, body=draft.body.replace(theirs, plus_address(DESK.address, TOKEN)))
    assert rule(mine, CASE, token=TOKEN) == ""


# Files


def test_a_file_goes_as_it_was_cleaned_or_not_at_all(texts: Templates) -> None:
    """Another byte, another name or no record holds it; what may go encrypted only is held without a key."""
    file = Attachment("attachment-1.png", "image/png", b"\x89PNG pixels")
    digest = sha256(file.content).hexdigest()
    record = FileRecord(1, "hanako.png", "image", Fate.SENT, 9, "00", name=file.filename, media_type="image/png")
    record = replace(record, digest_sent=digest)
    draft = replace(compose(WEBSITE_JA, "status-request", texts), attachments=(file,), files=(record,))
    assert rule(draft) == ""
    assert rule(replace(draft, files=())) == "egress/attachment"
    assert rule(replace(draft, attachments=(replace(file, content=b"\x89PNG other"),))) == "egress/attachment"
    code = replace(draft, files=(replace(record, encrypted_only=True),))
    assert rule(code) == "egress/attachment"
    assert rule(code, encrypted=True) == ""


def test_a_passphrase_goes_by_telephone(texts: Templates) -> None:
    """A mail that tells it would open the file for whoever reads mail."""
    assert rule(request(texts, "1234 5678 9012"), passphrases=("1234-5678-9012",)) == "egress/passphrase"


def test_only_the_desks_own_secrets_can_be_overridden() -> None:
    """Never the finder's identity, nor to whom the details go."""
    safe = {"egress/address", "egress/note", "egress/other-case", "egress/other-report"}
    assert {name for name, can in RULES.items() if can} == safe


@pytest.mark.parametrize("name", [name for name, can in RULES.items() if not can])
def test_naming_a_rule_that_cannot_be_overridden_changes_nothing(name: str, texts: Templates) -> None:
    """An override that somehow got into the memory does not count."""
    assert rule(request(texts, NAME), despite=(name,)) == "egress/finder-name"
