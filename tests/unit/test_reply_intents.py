"""What replies of operators and vendors mean, and what they name: dates, windows, contractors."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.events import Meaning
from mailbot.core.quoting import new_text
from mailbot.core.replies import read_reply
from mailbot.core.reply_facts import contractor_in, window_in
from tests.shipped_rules import shipped_rules
from tests.unit.reply_texts import Row, Told, rows

FRIDAY = date(2026, 11, 20)
KNOWN, VARIED, TRAPS = rows("known.txt"), rows("varied.txt"), rows("traps.txt")
LEAST = 0.95
_COURTESY = {Meaning.ACKNOWLEDGED, Meaning.THANKS, Meaning.OTHER}
"""What adds nothing where something else is said."""
_MOVES = {
    Meaning.FIX_REPORTED,
    Meaning.PAGE_REMOVED,
    Meaning.NOT_AFFECTED,
    Meaning.WILL_NOT_FIX,
    Meaning.WRONG_WINDOW,
    Meaning.WITHDRAWN,
}
"""What stops a clock, thanks somebody or moves the case: wrong here is worse than OTHER, which a person reads."""


def _read(text: str) -> tuple[set[Meaning], Told]:
    reading = read_reply(text, shipped_rules(), FRIDAY)
    return set(reading.meanings), dict(reading.told)


def _is_right(found: set[Meaning], meanings: set[Meaning]) -> bool:
    return (found - _COURTESY or found) == (meanings - _COURTESY or meanings)


@pytest.mark.parametrize("row", KNOWN, ids=[str(number) for number in range(len(KNOWN))])
def test_a_reply_means_what_a_person_reads(row: Row) -> None:
    """Each reply has its meanings, no other, and names what it names."""
    text, meanings, told = row
    found, named = _read(text)
    assert _is_right(found, meanings)
    assert named == told


def test_the_same_in_other_words() -> None:
    """Of many ways to say it at least 95 in 100 are read right, and 95 in 100 days and names; the others are listed."""
    readings = [(row, *_read(row[0])) for row in VARIED]
    wrong = [row[0] for row, found, _ in readings if not _is_right(found, row[1])]
    unnamed = [row[0] for row, _, named in readings if named != row[2]]
    print(f"\nreplies: {len(wrong)} of {len(VARIED)} misread", *wrong, sep="\n  ")  # noqa: T201  # the score
    assert len(wrong) <= (1 - LEAST) * len(VARIED)
    assert len(unnamed) <= (1 - LEAST) * len(VARIED)


@pytest.mark.parametrize("row", [*VARIED, *TRAPS], ids=[str(number) for number in range(len(VARIED) + len(TRAPS))])
def test_no_reply_says_more_than_its_writer(row: Row) -> None:
    """No case moves, and no clock stops, for what was not said."""
    text, meanings, _ = row
    assert (_read(text)[0] - meanings) & _MOVES == set()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("修正しました。\n\n> 12月1日までに修正します。", {}),
        ("> ご対応いただけますか。\n\n来週中に対応いたします。", {"fix_by": "2026-11-27"}),
        (
            "We will look.\n\nOn Fri, Nov 20, 2026 at 10:00 AM Desk <s@desk.example> wrote:\n> It was fixed yesterday.",
            {},
        ),
        (
            "窓口が違います。下記へお願いいたします。\n\n情報システム部\nTEL 03-0000-1111\nsec@example.jp",
            {"window": "sec@example.jp"},
        ),
    ],
)
def test_quoted_text_is_never_read(text: str, told: Told) -> None:
    """Only what the sender wrote counts, also for days and addresses."""
    assert dict(read_reply(new_text(text), shipped_rules(), FRIDAY).told) == told


def test_thanks_count_only_alone() -> None:
    """Every polite mail says thanks; it means something where nothing else is said."""
    assert read_reply("修正しました。ありがとうございました。", shipped_rules(), FRIDAY).meanings == (
        Meaning.FIX_REPORTED,
    )
    assert read_reply("ありがとうございました。", shipped_rules(), FRIDAY).meanings == (Meaning.THANKS,)


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("security@example.jp まで", "security@example.jp"),
        ("フォームは https://example.jp/form です。", "https://example.jp/form"),
        ("電話は 03-1234-5678 です。", "03-1234-5678"),
        ("情報システム部へどうぞ。", "情報システム部"),
        ("別の者がおります。", None),
    ],
)
def test_the_right_window(text: str, window: str | None) -> None:
    """A mailbox before a form, a form before a phone number, that before a department."""
    assert window_in(text) == window


@pytest.mark.parametrize(
    ("text", "contractor"),
    [
        ("株式会社ウェブ工房に転送しました。", "株式会社ウェブ工房"),
        ("東京システム株式会社へ引き継ぎました。", "東京システム株式会社"),
        ("we told Pixel Ltd about it", "Pixel Ltd"),
        ("web@studio.example.jp に転送しました。", "web@studio.example.jp"),
        ("業者に転送しました。", None),
    ],
)
def test_the_contractor(text: str, contractor: str | None) -> None:
    """By mailbox, else by the name of the company."""
    assert contractor_in(text) == contractor


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    """No text raises; each has a meaning."""
    assert read_reply(text, shipped_rules(), FRIDAY).meanings


ACCEPTS, DENIES = {Meaning.IN_CHARGE, Meaning.ASKS_DETAILS}, {Meaning.NOT_THEIRS, Meaning.WANTS_NO_MAIL}
SILENT = {Meaning.SOUNDS_AUTOMATIC, Meaning.NOTHING}


@pytest.mark.parametrize(
    ("texts", "meanings"),
    [
        (
            (
                "We are in charge. Please send it here.",
                "① 担当です。詳しい内容を受け取ります。",
                "(1) I am in charge: please send me the details.",
                "担当窓口です。こちらにお送りください。",
                "私がサイトの管理者です。",
                "Yes, this is the webmaster.",
                "①",
                "お送りください",
                "詳細を共有いただけますか。",
            ),
            ACCEPTS,
        ),
        (
            (
                "当社のサイトではありません。",
                "This is not our site. We sold the domain last year.",
                "そのようなサイトは運営しておりません。",
                "We don't own that domain anymore.",
                "当社とは関係ございません。",
                "弊社の管理外です。",
                "配信停止",
                "Unsubscribe me",
            ),
            DENIES,
        ),
        (
            (
                "お問い合わせありがとうございます。3営業日以内に担当者よりご連絡いたします。",
                "Thank you for contacting us. A member of our team will get back to you.",
                "この度はお問い合わせいただき、誠にありがとうございます。",
                "?",
                "",
                "ok",
                "はい",
                "status",
                "状況確認",
                "Thank you.",
            ),
            SILENT,
        ),
        (
            (
                "確認します。",
                "What do you mean by that?",
                "③ 確認に時間がかかります。",
                "弊社の製品は影響を受けません。",
            ),
            set(),
        ),
    ],
)
def test_whether_an_answer_to_a_first_contact_takes_it_up(texts: tuple[str, ...], meanings: set[Meaning]) -> None:
    """In charge, not theirs, or no answer at all; elsewhere the same words have none of these meanings."""
    every = {*ACCEPTS, *DENIES, *SILENT}
    for text in texts:
        said = set(read_reply(text, shipped_rules(), FRIDAY, to_first_contact=True).meanings)
        assert bool(said & meanings) is bool(meanings), text
        assert said & every <= meanings, text
        assert not set(_read(text)[0]) & (every - {Meaning.ASKS_DETAILS}), text
