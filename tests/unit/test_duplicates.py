"""Which reports may be about the same vulnerability, and which versions texts mean."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.duplicates import PROPOSED_FROM, REASONS, Duplicate, compare, keys, subject
from mailbot.core.model import Case, Field, Participant, Role, State, Track
from mailbot.core.versions import overlap, spans

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ELSE = "else@finder.example"
SITE = "https://www.shop.example.jp"


def fields(**values: Any) -> tuple[Field, ...]:
    """Fields by their names with __ for the dot."""
    return tuple(Field(name.replace("__", "."), value, "r", 1.0) for name, value in values.items())


def website(*urls: str, type: str = "", **more: Any) -> tuple[Field, ...]:
    kind = {"vulnerability__type": type} if type else {}
    return fields(target__urls=urls, **kind, **more)


def product(name: str, version: str = "", type: str = "", **more: Any) -> tuple[Field, ...]:
    given = {"product__version": version, "vulnerability__type": type}
    return fields(product__name=name, **{k: v for k, v in given.items() if v}, **more)


def compared(
    new: tuple[Field, ...], old: tuple[Field, ...], track: Track = Track.WEBSITE, **changes: Any
) -> Duplicate | None:
    case = replace(Case("CASE#00000001", track, NOW, fields=old), **changes)
    return compare(subject(track, new), "new@finder.example", case)


def score(new: tuple[Field, ...], old: tuple[Field, ...], track: Track = Track.WEBSITE) -> float:
    found = compared(new, old, track)
    return found.score if found else 0.0


SAME_PLACE = [
    (f"{SITE}/search?q=1", "http://shop.example.jp/search/?q=other#top"),
    (f"{SITE}/search", "https://SHOP.example.jp/Search/index.php"),
    (f"{SITE}/a%20b", f"{SITE}/a b"),
    ("https://例え.jp/x", "https://xn--r8jz45g.jp/x"),
    (f"{SITE}/search;jsessionid=1", f"{SITE}/search"),
]


@pytest.mark.parametrize(("one", "other"), SAME_PLACE)
def test_the_same_place_however_it_is_written(one: str, other: str) -> None:
    """Scheme, www, letter case, encoding, fragment and the name of an index page make no difference."""
    found = compared(website(one, type="xss"), website(other, type="xss"))
    assert found is not None
    assert found.score >= 0.9
    assert found.reasons[0] == "same page"


@pytest.mark.parametrize(
    ("new", "old", "proposed"),
    [
        ((f"{SITE}/search", "xss"), (f"{SITE}/search", ""), True),
        ((f"{SITE}/search", "xss"), (f"{SITE}/search", "other"), True),
        ((f"{SITE}/search", "xss"), (f"{SITE}/search", "sqli"), False),
        ((f"{SITE}/search?q=1", "xss"), (f"{SITE}/search?page=1", "xss"), True),
        ((f"{SITE}/", "xss"), (f"{SITE}/search", "xss"), True),
        ((f"{SITE}/basket", "xss"), (f"{SITE}/search", "xss"), False),
        ((f"{SITE}/basket", "csrf"), (f"{SITE}/search", "xss"), False),
        (("https://blog.example.jp/search", "xss"), (f"{SITE}/search", "xss"), False),
        (("https://shop.example.com/search", "xss"), (f"{SITE}/search", "xss"), False),
    ],
)
def test_where_and_what_on_websites(new: tuple[str, str], old: tuple[str, str], proposed: bool) -> None:
    """The same page is proposed unless the types differ; another page or host of the type is not."""
    assert (score(website(new[0], type=new[1]), website(old[0], type=old[1])) >= PROPOSED_FROM) is proposed


def test_a_parameter_in_common_says_more_and_other_parameters_less() -> None:
    """One page may have several flaws: what is tried is read out of the steps as well."""
    page = f"{SITE}/search"
    old = website(page, type="xss", vulnerability__steps=f"Open {page}?q=%3Cscript%3E and look")
    scores = [score(website(url, type="xss"), old) for url in (f"{page}?q=1", page, f"{page}?sort=1")]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 3


@pytest.mark.parametrize(
    ("new", "old", "at_least", "below"),
    [
        (("カゴカート", "2.8.0", "xss"), ("カゴカート", "2.8.0 以前", "xss"), 0.85, 1.01),
        (("カゴカート", "2.8.0", "xss"), ("カゴメーカー カゴカート", "2.8", "xss"), 0.85, 1.01),
        (("Foo-Router AX100", "1.0", "dos"), ("Foo Router AX100 v1.0.2", "", "dos"), 0.7, 0.8),
        (("Foo Router AX100", "1.0", "dos"), ("Foo Router AX200", "1.0", "dos"), 0.0, 0.01),
        (("Contact Form Pro", "1.0", "xss"), ("Contct Form Pro", "1.0", "xss"), 0.75, 0.85),
        (("カゴカート", "3.0", "xss"), ("カゴカート", "2.8.0", "xss"), 0.5, 0.6),
        (("カゴカート", "2.8", "sqli"), ("カゴカート", "2.8", "xss"), 0.1, 0.5),
        (("WordPress plugin Foo", "1.0", "xss"), ("WordPress plugin Bar", "1.0", "xss"), 0.0, 0.01),
    ],
)
def test_where_and_what_in_products(
    new: tuple[str, str, str], old: tuple[str, str, str], at_least: float, below: float
) -> None:
    """Names are compared without spaces, versions in them and the maker's; then versions and type count."""
    maker = {"product__vendor": "株式会社カゴメーカー"}
    assert at_least <= score(product(*new), product(*old, **maker), Track.PRODUCT) < below


def test_the_same_cve_number_is_nearly_certain() -> None:
    """Whatever the product is called; the reasons begin with it."""
    new = product("A", vulnerability__cve=("CVE-2026-1000", "cve-2026-1234"))
    found = compared(new, product("B", vulnerability__cve=("CVE-2026-1234",)), Track.PRODUCT)
    assert found is not None
    assert (found.score, found.why) == (0.95, "same CVE number")


def test_alike_words_add_and_never_decide() -> None:
    """The same text elsewhere is no duplicate; on the same site it raises the score, but not across types."""
    text = {"vulnerability__summary": "The search box writes the word that was searched for into the page as it is."}
    page, other = f"{SITE}/search", f"{SITE}/find"
    assert score(website("https://other.example/search", **text), website(page, **text)) == 0
    plain = score(website(other, type="xss"), website(page, type="xss"))
    found = compared(website(other, type="xss", **text), website(page, type="xss", **text))
    assert found is not None
    assert found.score > plain
    assert "nearly the same text" in found.reasons
    assert score(website(other, type="csrf", **text), website(page, type="xss", **text)) < PROPOSED_FROM


def test_own_and_ended_cases_are_marked() -> None:
    """Whose report it was, and that the case has ended, is said, and changes no score."""
    same = website(f"{SITE}/search", type="xss")
    own = (Participant(Role.FINDER, "NEW@finder.example"),)
    found = compared(same, same, participants=own, state=State.CLOSED)
    assert found is not None
    assert found.score == score(same, same)
    assert found.reasons[-2:] == ("from the same finder", "that case has ended")


def test_cases_of_other_tracks_are_not_compared() -> None:
    """A site that uses a product and the product itself are two matters."""
    both = (*product("カゴカート", "2.8", "xss"), *website(f"{SITE}/cart"))
    case = Case("CASE#00000001", Track.PRODUCT, NOW, fields=both)
    assert compare(subject(Track.WEBSITE, both), ELSE, case) is None


WORDS = st.sampled_from(["https://a.example/x?q=1", "http://[", "https://a.example:99999/", "カゴ", "1.0", "", "//"])
VALUES = st.dictionaries(
    st.sampled_from(["target.urls", "product.name", "product.version", "vulnerability.type", "vulnerability.cve"]),
    st.one_of(WORDS, st.lists(WORDS, max_size=4).map(tuple), st.text(max_size=30), st.booleans()),
)


@given(new=VALUES, old=VALUES, track=st.sampled_from(Track))
def test_any_fields_can_be_compared(new: dict[str, Any], old: dict[str, Any], track: Track) -> None:
    """Whatever fields hold: a score within its range, with reasons that have words, found by a key in common."""
    made = [tuple(Field(n, v, "r", 1.0) for n, v in values.items()) for values in (new, old)]
    found = compared(made[0], made[1], track)
    if found:
        assert 0 <= found.score <= 1
        assert set(found.reasons) <= set(REASONS)
    assert all(len(key) <= 200 for key in keys(new))


def test_every_possible_duplicate_has_a_key_in_common() -> None:
    """What the index is asked for finds what would be proposed."""
    pairs = [(website(one), website(other)) for one, other in SAME_PLACE]
    pairs.append((product("カゴメーカー カゴカート"), product("カゴカート")))
    pairs.append((product("Contact Form Pro"), product("Contct Form Pro")))
    for one, other in pairs:
        assert set(keys({f.name: f.value for f in one})) & set(keys({f.name: f.value for f in other}))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("2.8.0", "2.8", True),
        ("2.8.1", "2.8", False),
        ("3.2.1 以前", "1.0", True),
        ("Ver.3.1.2 およびそれ以前", "3.1.3", False),
        ("< 1.4", "1.5", False),
        ("versions 1.2 and earlier", "1.1.9", True),
        ("10.0 and prior", "9", True),
        ("1.0 - 2.3", "2.4", False),
        ("1.0から1.5まで", "1.3", True),
        ("6.0.3 through 6.2", "6.1", True),
        (">= 1.0, < 2.0", "3.0", False),
        ("5.0 以降", "4.9, 5.1", True),
        ("2.x", "2.7.1", True),
        ("2.x", "3.0", False),
        ("all versions", "0.1", True),
        ("すべてのバージョン", "9 以上", True),
        ("不明", "1.0", None),
        ("1.0", "", None),
    ],
)
def test_versions(one: str, other: str, expected: bool | None) -> None:
    """Whether two statements of versions have one in common; None where one states none."""
    assert overlap(spans(one), spans(other)) is expected
    assert overlap(spans(other), spans(one)) is expected
