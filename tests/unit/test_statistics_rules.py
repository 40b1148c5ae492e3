"""The rules of the statistics: all of them good, or every problem named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mailbot.core.statistics.outcomes import PRODUCT_BUCKETS, WEBSITE_BUCKETS
from mailbot.core.statistics.quarters import code_of, last_day, parse_quarter, rate, share
from mailbot.core.statistics.rules import StatisticsRules, load_statistics_rules
from mailbot.core.statistics.spans import Spans
from mailbot.errors import ConfigError
from tests.statistics_records import ROOT, edition, rules

TYPES = {code: {"ja": code, "en": code} for code in rules().type_codes}


def load(change: Callable[[dict[str, str]], None] = lambda files: None) -> StatisticsRules:
    """The shipped rules after a change."""
    files = {f"statistics/{path.name}": path.read_text("utf-8") for path in Path(ROOT, "statistics").glob("*.toml")}
    change(files)
    return load_statistics_rules(files, edition(), TYPES)


def test_every_closing_code_has_its_bucket() -> None:
    """§ 処理状況: the mapping of the finer codes to the published buckets, per track."""
    found = rules().buckets
    website = {code: bucket for (track, code), bucket in found.items() if track == "website"}
    product = {code: bucket for (track, code), bucket in found.items() if track == "product"}
    unfounded = dict.fromkeys(
        ("not_a_vulnerability", "out_of_scope", "low_impact", "will_not_fix"), "not_a_vulnerability"
    )
    assert website == {
        **unfounded,
        "fixed": "fixed",
        "already_known": "fixed",
        "warned": "warned",
        "unreachable": "unreachable",
        "withdrawn": "rejected",
    }
    individually = ("fixed", "handled_individually", "all_users_notified", "not_published")
    assert product == {
        **unfounded,
        **dict.fromkeys(individually, "handled_individually"),
        "already_known": "not_a_vulnerability",
        "unreachable": "open",
        "withdrawn": "rejected",
        "published": "published",
    }
    assert set(website.values()) < set(WEBSITE_BUCKETS)
    assert set(product.values()) == set(PRODUCT_BUCKETS)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("report.toml", "# since = 2004-07-08", 'since = "soon"', "report.toml: since: Input should be a valid date"),
        ("report.toml", "[0, 11, 21, 31, 46", "[0, 21, 11, 31, 46", "report.toml: days.publication: each number must"),
        ("report.toml", 'website = ["xss"', 'website = ["xsss"', "report.toml: types.website: xsss is unknown; use"),
        ("report.toml", 'xss = "false_content"', 'xss = "x"', "report.toml: impact_of_type.website: x is unknown"),
        ("kinds.toml", 'ja = "ルータ"', 'ja = "=1+1"', "kinds.toml: product_kind.router.ja: begin with a letter"),
        ("kinds.toml", 'en = "Routers"', 'en = "@SUM(A1)"', "kinds.toml: product_kind.router.en: begin with a letter"),
        ("kinds.toml", 'router = { ja = "ルータ", en = "Routers" }', "router = 1", "kinds.toml: product_kind.router: "),
        ("kinds.toml", 'unknown = { ja = "不明", en', 'nobody = { ja = "不明", en', 'the code "unknown" is missing'),
        ("labels.toml", 'warned = { ja = "注意喚起"', 'warned = { ja = "注意"', "no bucket is called 注意喚起; use"),
        ("labels.toml", "[title]", "[title", "labels.toml: not TOML"),
    ],
)
def test_a_wrong_rule_is_named(file: str, old: str, new: str, said: str) -> None:
    """The problem names the file and the key."""

    def change(files: dict[str, str]) -> None:
        assert old in files[f"statistics/{file}"]
        files[f"statistics/{file}"] = files[f"statistics/{file}"].replace(old, new, 1)

    with pytest.raises(ConfigError) as caught:
        load(change)
    assert said in "\n".join(caught.value.problems)


def test_a_missing_or_foreign_file_is_named() -> None:
    """All three files are needed, and no other is read."""

    def change(files: dict[str, str]) -> None:
        files["statistics/mine.toml"] = files.pop("statistics/kinds.toml")

    with pytest.raises(ConfigError) as caught:
        load(change)
    assert [p.split(": ")[0] for p in caught.value.problems] == [
        "rules/statistics/kinds.toml",
        "rules/statistics/mine.toml",
    ]


def test_quarters() -> None:
    """A quarter is one of the calendar; its code and its last day."""
    assert [code_of(parse_quarter(text)) for text in ("2026Q4", " 2026q1 ")] == ["2026Q4", "2026Q1"]
    assert [str(last_day(parse_quarter(f"2024Q{n}"))) for n in (1, 2, 3, 4)] == [
        *("2024-03-31", "2024-06-30", "2024-09-30", "2024-12-31")
    ]
    for text in ("2026Q5", "2026", "Q4", "1800Q1", "２０２６Q4", "2026Q4x"):
        with pytest.raises(ValueError, match="is written like 2026Q4"):
            parse_quarter(text)


def test_rounding() -> None:
    """Half goes up, as in the published tables; of nothing there is no share."""
    assert [share(n, 8) for n in (1, 3, 4)] == [13, 38, 50]
    assert (share(0, 0), rate(5, 0), rate(1, 200), rate(17139, 4256)) == (None, None, 0.01, 4.03)


def test_spans() -> None:
    """The bounds belong to the spans that are named after them."""
    spans = Spans([0, 1, 4, 6, 301])
    assert spans.codes == ("0", "1-3", "4-5", "6-300", "301-")
    assert [spans.code(n) for n in (0, 1, 3, 4, 5, 6, 300, 301, 9999)] == [
        *("0", "1-3", "1-3", "4-5", "4-5", "6-300", "6-300", "301-", "301-")
    ]
    assert (spans.code(None), spans.code(-1)) == ("unknown", "0")
