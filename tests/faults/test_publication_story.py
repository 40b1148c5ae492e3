"""From the agreed day to the advisory: numbers and products by mail, the draft to coordinators, the CSAF afterwards."""

import json
from datetime import timedelta

from mailbot.adapters.csaf_check import csaf_problems
from mailbot.core.model import State
from mailbot.core.outbox import Status
from mailbot.publishing import Desktop, csaf
from tests.faults.quick_desk import QuickDesk
from tests.faults.test_vendors_story import three, with_details

SECRETS = ("発見", "花子", "hanako", "finder.example.org", "read_header", "細工したファイル")


def prepared() -> QuickDesk:
    """Two of three vendors have the details; one has mended it, one is not affected; numbers and versions are named."""
    desk = three()
    with_details(desk, "Shop")
    with_details(desk, "Mallory")
    transcript = desk.command(
        "!number add CVE-2026-12345 JVN#12345678",
        "!vendor 1 product サンプルビューア: 3.0 から 3.2 -> 3.3",
        "!vendor 1 says fixed 最新版へ更新してください。",
        "!vendor 2 says not_affected",
    )
    assert "refused" not in transcript
    return desk


def publish(desk: QuickDesk, days: int) -> str:
    """`!publish` the day so many days from now; the transcript."""
    return desk.command(f"!publish {(desk.now + timedelta(days=days)).date().isoformat()}")


def table(desk: QuickDesk) -> Desktop:
    """What the desk writes advisories with."""
    return Desktop(desk.bot.desk, desk.bot.templates, desk.bot.types, desk.bot.rules.redactions)


def test_the_draft_comes_with_the_day() -> None:
    """Each coordinator gets it once in both languages, encrypted; it tells vendors and versions, never the finder."""
    desk = prepared()
    publish(desk, 30)
    assert desk.case.state is State.SCHEDULED
    for who in ("Taro", "Jiro"):
        (mail,) = [m for m in desk.mail(who) if m.attachments and "advisory" in m.attachments[0].filename]
        drafts = {a.filename: a.content.decode() for a in mail.attachments}
        assert set(drafts) == {"advisory.ja.txt", "advisory.en.txt"}
        for text in drafts.values():
            for part in (
                "JVN#12345678",
                "CVE-2026-12345",
                "3.0 から 3.2",
                "3.3",
                "Sample Software Inc.",
                "Other Works",
            ):
                assert part in text, part
            assert not any(secret in text for secret in SECRETS)
            assert "Silent Systems |" not in text
            assert "TLP:RED" in text


def test_nobody_else_gets_the_draft() -> None:
    """Finder and vendors are told the day, without a file."""
    desk = prepared()
    publish(desk, 30)
    for who in ("Hanako", "Shop", "Mallory"):
        assert not any("advisory" in a.filename for m in desk.mail(who) for a in m.attachments)
    items = desk.items("notice-advisory", Status.SENT)
    assert {i.draft.audience for i in items if i.draft} == {"coordinator"}


def test_a_day_that_moves_brings_a_new_draft() -> None:
    """With what was added in between."""
    desk = prepared()
    publish(desk, 30)
    desk.command("!number add JVNDB-2026-000123")
    publish(desk, 20)
    files = [a.content.decode() for m in desk.mail("Taro") for a in m.attachments if a.filename == "advisory.ja.txt"]
    assert ["JVNDB-2026-000123" in text for text in files] == [False, True]


def test_after_publication_the_document_is_final_and_valid() -> None:
    """And grows with what becomes known later; the vendor that was never reached is not named."""
    desk = prepared()
    draft = csaf(desk.case, table(desk), "ja", desk.now)
    assert isinstance(draft, dict)
    assert draft["document"]["tracking"]["status"] == "draft"
    publish(desk, 0)
    desk.round(days=2)
    desk.command("!number add JVNDB-2026-000123")
    final = csaf(desk.case, table(desk), "ja", desk.now)
    assert isinstance(final, dict)
    for document in (draft, final):
        assert csaf_problems(document) == ()
        whole = json.dumps(document, ensure_ascii=False)
        assert not any(secret in whole for secret in SECRETS)
        assert "Silent" not in whole
    tracking = final["document"]["tracking"]
    assert (tracking["status"], tracking["version"], tracking["id"]) == ("final", "2", "JVN#12345678")
    assert final["document"]["distribution"]["tlp"]["label"] == "WHITE"
