"""What a finder's answer to our question says: however it is written, and nothing that it does not say."""

from dataclasses import replace
from typing import Any

import pytest

from mailbot.core.answers import LABELLED, NUMBERED, PLAIN, asked_of, read_answer, unknown_to_finder
from mailbot.core.events import Meaning
from mailbot.core.messages import OpenedMail
from mailbot.core.model import Deadline, DeadlineKind, State
from mailbot.core.quoting import new_text
from tests.builders import FINDER, NOW, case, opened
from tests.shipped_rules import shipped_rules

RULES = shipped_rules()
SITE = ("target.urls", "vulnerability.type", "vulnerability.steps")
PRODUCT = ("product.name", "product.version", "vulnerability.steps")
STEPS = ("vulnerability.steps",)
VERSION = ("product.version",)
URL = ("https://shop.example.jp/search",)
QUOTED = """> 1. 脆弱性を確認したウェブサイトのURL
>     問題のあるページのアドレス（https:// などで始まるもの）
> 2. 脆弱性の種類
>     どのような問題か
> 3. 再現手順
> ■ お答えの仕方
>     1. 脆弱性を確認したウェブサイトのURL：（お答え）
"""


def mail(text: str) -> OpenedMail:
    """The finder's answer."""
    return replace(opened(FINDER.address, "Re: q", text), new_text=new_text(text, "Re: q"))


def found(text: str, asked: tuple[str, ...], *meanings: Meaning) -> dict[str, tuple[Any, str]]:
    """Values and rules of what was asked for."""
    fields = read_answer(mail(text), asked, meanings or (Meaning.OTHER,), RULES, 50_000)
    return {f.name: (f.value, f.rule) for f in fields if f.name in asked}


@pytest.mark.parametrize(
    ("asked", "text", "values"),
    [
        (
            SITE,
            "お世話になっております。花子です。\n\n脆弱性を確認したウェブサイトのURL：https://shop.example.jp/search\n"
            "脆弱性の種類：クロスサイト・スクリプティング\n再現手順：\n検索欄に記号を入れて押します。\n\n"
            "よろしくお願いいたします。\n花子\n",
            (URL, "xss", "検索欄に記号を入れて押します。"),
        ),
        (
            SITE,
            "2-1) 脆弱性を確認したウェブサイトのURL：https://shop.example.jp/search\n"
            "2-2) 脆弱性の種類：クロスサイト・スクリプティング\n"
            "2-3) 脆弱性の発見に至った経緯（再現手順）：検索欄に記号を入れて押します。\n",
            (URL, "xss", "検索欄に記号を入れて押します。"),
        ),
        (
            SITE,
            "Affected website (URL): https://shop.example.jp/search\nType of vulnerability: XSS\n"
            "Steps to reproduce: search for a script\n\nRegards,\nHanako\n",
            (URL, "xss", "search for a script"),
        ),
        (PRODUCT, "製品名：ABC Viewer\nバージョン：不明\n", ("ABC Viewer", None, None)),
        (PRODUCT, "Product version: 2.4.1 on Windows\n", (None, "2.4.1 on Windows", None)),
    ],
)
def test_answers_under_the_names_of_the_items(asked: tuple[str, ...], text: str, values: tuple[Any, ...]) -> None:
    """As our question or the form names them; greetings and signature are no part of an answer."""
    said = found(text, asked)
    assert tuple(said[name][0] if name in said else None for name in asked) == values
    assert {rule for _, rule in said.values()} == {LABELLED}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (
            "1. https://shop.example.jp/search\n2. XSS\n3. 検索欄に記号を入れます\n\n花子\n",
            (URL, "xss", "検索欄に記号を入れます"),
        ),
        ("2-1) https://shop.example.jp/search\n2-2) XSS\n2-3) 検索欄に入れる\n", (URL, "xss", "検索欄に入れる")),
        ("（１）https://shop.example.jp/search\n（２）不明\n（３）検索欄に入れる\n", (URL, None, "検索欄に入れる")),
        ("2. SQLインジェクションです。\n", (None, "sqli", None)),
        ("1. open the page\n2. type a script\n3. it runs\n", (None, None, None)),
        ("1. a\n2. b\n3. c\n4. d\n", (None, None, None)),
    ],
)
def test_answers_by_number(text: str, values: tuple[Any, ...]) -> None:
    """Numbers of our list are understood, unless what they number cannot all be the answers."""
    said = found(text, SITE)
    assert tuple(said[name][0] if name in said else None for name in SITE) == values
    assert {rule for name, (_, rule) in said.items() if name == "vulnerability.steps"} <= {NUMBERED}


def test_answers_between_the_lines() -> None:
    """Each below the quoted item that it answers."""
    text = QUOTED.replace("> 2.", "https://shop.example.jp/search\n\n> 2.").replace("> 3.", "XSSです。\n> 3.")
    text = text.replace("> ■", "検索欄に記号を入れて押します。\n> ■")
    assert {name: value for name, (value, _) in found(text, SITE).items()} == {
        "target.urls": URL,
        "vulnerability.type": "xss",
        "vulnerability.steps": "検索欄に記号を入れて押します。",
    }


@pytest.mark.parametrize("text", [f"ありがとうございます。\n\n{QUOTED}", f"{QUOTED}\nまた連絡します。\n", QUOTED, ""])
def test_our_own_question_is_no_answer(text: str) -> None:
    """Neither the names of the items nor the example that we gave."""
    assert read_answer(mail(text), SITE, (Meaning.OTHER,), RULES, 50_000) == ()


@pytest.mark.parametrize(
    ("asked", "text", "value"),
    [
        (
            STEPS,
            "お世話になっております。花子です。\n\n検索欄に記号を入れて検索ボタンを押すと、警告の窓が開きました。\n\n"
            "よろしくお願いいたします。\n花子\n",
            "検索欄に記号を入れて検索ボタンを押すと、警告の窓が開きました。",
        ),
        (VERSION, "2.1.0 です。\n", "2.1.0"),
        (VERSION, "It was version 2.1.0 on Windows.\n", "2.1.0"),
        (("target.urls",), "It is https://shop.example.jp/search as far as I know.\n", URL),
        (STEPS, "明日お送りします。\n", None),
        (STEPS, "Why do you need that? Is the report not clear enough already, as it stands?\n", None),
        (VERSION, "分かりません。\n", None),
        (("product.name",), "承知しました。\n", None),
    ],
)
def test_answers_in_plain_words(asked: tuple[str, ...], text: str, value: Any) -> None:
    """To the one question that was asked; a promise or a question back is no answer."""
    assert found(text, asked).get(asked[0], (None,))[0] == value


@pytest.mark.parametrize("meaning", [Meaning.ASKS_TIME, Meaning.WITHDRAWN, Meaning.THANKS])
def test_who_says_something_else_does_not_answer_in_plain_words(meaning: Meaning) -> None:
    """A sentence that is known to say something else is not the steps."""
    text = "確認に時間がかかっておりますので、来週まで少しお待ちいただけないでしょうか。\n"
    assert found(text, STEPS, meaning) == {}
    assert found(text, STEPS)["vulnerability.steps"][1] == PLAIN


def test_what_was_not_asked_has_to_be_clear() -> None:
    """A wish that is stated counts; a summary made of the answer's words does not."""
    text = "バージョン：2.1.0\n\nThe product crashes when I open it, and that is all I know of it today.\n"
    fields = read_answer(mail(text), VERSION, (Meaning.OTHER,), RULES, 50_000)
    assert [(f.name, f.value) for f in fields] == [("product.version", "2.1.0")]


def test_every_answer_has_its_words() -> None:
    """The quote is the finder's own text."""
    text = "製品名：ABC Viewer\nバージョン：2.1.0\n"
    assert all(f.quote in text for f in read_answer(mail(text), PRODUCT, (Meaning.OTHER,), RULES, 50_000))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("製品名：ABC Viewer\nバージョン：不明\n", ("product.version",)),
        ("1. ABC Viewer\n2. わかりません\n3. 不明\n", ("product.version", "vulnerability.steps")),
        ("Product version: unknown\n", ("product.version",)),
        ("バージョンは不明な点があります。\n", ()),
        ("> バージョン：（お答え）\n", ()),
    ],
)
def test_what_the_finder_does_not_know(text: str, names: tuple[str, ...]) -> None:
    """Items answered with 不明 are told apart from those that were passed over."""
    assert unknown_to_finder(mail(text), PRODUCT, RULES, 50_000) == names


def test_asked_of() -> None:
    """What the last question named while it waits; else all that is missing."""
    missing = ("vulnerability.type", "vulnerability.steps")
    waiting = Deadline(DeadlineKind.FINDER_ANSWER, NOW, note="product.version, product.name")
    assert asked_of(case(State.TRIAGE, missing=missing)) == missing
    assert asked_of(case(State.ASKING, missing=missing, deadlines=(waiting,))) == ("product.version", "product.name")
