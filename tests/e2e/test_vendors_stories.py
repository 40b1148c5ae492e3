"""Products: three vendors that go three ways to one day, and a site's report that turns out to be a product's."""

import json
from datetime import timedelta

from tests.e2e.stories import CANARY, PRODUCT, Story
from tests.e2e.town import Town


def _day(town: Town, days: int) -> str:
    return (town.now + timedelta(days=days)).date().isoformat()


def test_a_product_of_three_vendors(quarter: Town) -> None:
    """One is silent, one is slow, one asks for more time; one day, one publication, and nobody hears of another."""
    story = Story(quarter, "viewer")
    slow = quarter.person("山田 次郎", "psirt@slow.example.com")
    silent = quarter.person("無口 三郎", "psirt@silent.example.net")
    quick = story.operator
    finder = ["花子", "hanako", "viewer-finder"]
    story.secrets = {
        story.finder.address: ["田中", "山田", "psirt@", "info@viewer", "Slow Works", "Silent Systems"],
        quick.address: [*finder, "Slow", "Silent", "slow.example", "silent.example", "山田"],
        slow.address: [*finder, "株式会社サンプル窓口", "Silent", "viewer.example", "silent.example", "田中"],
        silent.address: [*finder, "株式会社サンプル", "Slow", "viewer.example", "slow.example", CANARY, "read_header"],
    }
    story.reported(PRODUCT, "ソフトウエア製品脆弱性関連情報の届出")
    story.order("!accept")
    story.order(
        f"!vendor add 株式会社サンプル {quick.address} by phone",
        f"!vendor add Slow Works {slow.address}",
        f"!vendor add Silent Systems {silent.address}",
    )
    story.order("!contact use 1", "!contact use 2", "!contact use 3")
    assert story.held() == ["first-contact"] * 3
    story.approve()
    assert [story.got(who) for who in (quick, slow, silent)] == [["first-contact"]] * 3
    assert [vendor["state"] for vendor in story.now["vendors"]] == ["contacting"] * 3

    story.says(quick, "① 担当です。詳しい内容を受け取ります。\n田中\n", days=1)
    story.approve()
    story.says(slow, "担当の山田です。こちらにお送りください。\n", days=2)
    story.approve()
    assert [vendor["state"] for vendor in story.now["vendors"]] == ["details_sent", "details_sent", "contacting"]
    assert CANARY in story.letters(quick)[-1].text
    story.waits(8, 8)
    assert "details-reminder" in story.got(slow)
    story.says(quick, "受領しました。検証の結果、影響があります。修正版を準備します。\n田中\n", days=1)
    story.waits(8, 8)
    assert story.got(silent) == ["first-contact", "first-contact-reminder", "first-contact-reminder"]
    assert "!vendor 3 state listed_name" in story.told("notice-problem", "!vendor 3").text

    first = _day(quarter, 20)
    story.order(f"!publish {first}")
    assert story.is_in("scheduled")
    assert story.got(story.finder)[-1] == "publication-date-finder"
    story.says(quick, "試験に時間がかかるため、公表日の延期をお願いします。\n田中\n", days=3)
    later = _day(quarter, 40)
    story.order(f"!extend {later} 試験に時間がかかるため")
    assert story.got(slow)[-1] == "embargo-counterpart"
    assert "公表日を" in story.letters(slow)[-1].text
    for who in (story.finder, quick, slow):
        story.says(who, "同意します\n", hours=3)
    assert story.now["publication"][:10] == later
    assert "新しい公表日" in story.letters(story.finder)[-1].text
    story.says(slow, "修正版ができました。修正しました。\n山田\n", days=5)
    story.says(quick, "修正しました。\n田中\n", days=2)
    assert [vendor["state"] for vendor in story.now["vendors"]] == ["ready", "ready", "contacting"]

    quarter.now += timedelta(days=35)
    quarter.round()
    assert "修正の目安" not in story.told("notice-deadline", f"!publish {later}").text
    story.order(f"!publish {later} JVN#12345678", "!number add JVN#12345678")
    assert story.is_in("published")
    story.order("!close published")
    assert story.got(story.finder)[-2:] == ["publication-finder", "closure-finder"]
    for who in (quick, slow):
        assert story.got(who)[-2:] == ["publication-counterpart", "closure-counterpart"]
    assert len(story.letters(silent)) == 3
    quarter.run("case", "export", story.id, "--format", "csaf")
    document = json.loads(quarter.printed)
    assert document["document"]["tracking"]["status"] == "final"
    assert not [word for word in (*finder, "silent", CANARY) if word in quarter.printed]
    story.ended("published")


def test_a_sites_report_turns_out_to_be_about_a_product(quarter: Town) -> None:
    """`!split product`: the vendor of the software never learns which site it was, nor the site who else knows."""
    story = Story(quarter, "museum")
    vendor = quarter.person("開発 五郎", "psirt@cms.example.com")
    story.secrets[vendor.address] = ["museum", "花子", "hanako"]
    story.notified()
    story.says(story.operator, "このCMSの標準機能の問題のようです。\n", days=2)
    known = {case["id"] for case in quarter.json("case", "list")}
    story.order("!split product")
    (other,) = {case["id"] for case in quarter.json("case", "list")} - known
    product = quarter.json("case", "show", other)
    assert (product["track"], product["state"]) == ("product", "triage")
    told = {name: value for name, value in product["fields"].items() if not name.startswith("reporter.")}
    assert "museum" not in json.dumps(told, ensure_ascii=False)
    website, story.id = story.id, other
    story.order("!ask product.name product.version")
    story.says(story.finder, "製品名：サンプルCMS\nバージョン：2.1\n", days=1)
    story.order("!accept")
    story.order(f"!contact add {vendor.address} their site", "!contact use 1")
    story.approve()
    story.says(vendor, "担当です。こちらにお送りください。\n", days=1)
    story.approve()
    assert story.got(vendor) == ["first-contact", "details"]
    assert CANARY in story.letters(vendor)[-1].text
    story.says(vendor, "修正しました。\n", days=9)
    story.order("!fix confirmed corrected", "!close fixed")
    assert story.got(story.finder)[-1] == "closure-finder"
    story.ended("fixed")
    story.id = website
    story.says(story.operator, "更新版を適用し、修正しました。\n", days=2)
    story.order("!fix confirmed corrected", "!close fixed")
    story.ended("fixed")
