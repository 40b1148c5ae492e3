"""Nobody answers for half a year, on real servers: every way is gone, and the end is a person's decision."""

from tests.e2e.stories import CANARY, Story
from tests.e2e.town import Town


def test_a_silent_operator_and_the_mornings_of_the_desk(town: Town) -> None:
    """Two addresses, a form, a call and a letter, each proposed with its text; then 取扱不能 is proposed."""
    story = Story(town, "lake")
    office = town.person("事務局", "office@lake.example.jp")
    story.secrets[office.address] = story.secrets[story.operator.address]
    story.reported()
    story.accepted()
    story.waits(12, 9, 9, 9)
    assert story.got(story.operator) == ["first-contact", "first-contact-reminder", "first-contact-reminder"]
    assert "最後" in story.letters(story.operator)[-1].text
    assert story.now["waiting_for"] == "coordinator"
    assert "お電話での連絡" in story.told("notice-channel").subject
    assert "台本" in story.told("notice-channel").text
    assert CANARY not in story.told("notice-channel").text

    ways = (office.address, "https://lake.example.jp/contact", "03-1234-5678")
    story.order(*(f"!contact add {way} from their imprint" for way in ways))
    addresses = {contact["address"]: contact["n"] for contact in story.now["contacts"]}
    story.order(f"!contact use {addresses[office.address]}")
    story.approve()
    assert story.got(office) == ["first-contact"]
    story.waits(9, 9, 9, 9)
    assert story.got(office) == ["first-contact", "first-contact-reminder", "first-contact-reminder"]

    for way, file in (("フォーム", ""), ("お電話", ""), ("郵便", "letter.html")):
        proposal = story.told("notice-channel")
        assert way in proposal.subject + proposal.text, story.now["timeline"][-5:]
        assert [page.filename for page in proposal.attachments] == ([file] if file else [])
        use = next(line for line in proposal.text.splitlines() if line.strip().startswith("!contact use"))
        story.order(use.strip())
        assert story.is_in("contacting")
        story.waits(9, 9, 9)
    assert story.is_in("unreachable")
    assert {case["id"] for case in town.json("case", "list")} == {story.id}

    story.waits(30, 30, 30)
    last = story.told("notice-deadline", "!close unreachable")
    assert last.crypto.encrypted
    assert story.is_in("unreachable"), "the bot proposes an end, a person decides"
    mornings = [mail for mail in town.inbox(town.coordinator) if "本日のまとめ" in mail.subject]
    assert mornings
    assert all(mail.crypto.encrypted and mail.crypto.signature == "good" for mail in mornings)
    assert story.id in mornings[-1].text
    asked = [m.subject for m in story.letters(town.coordinator) if "期限" in m.subject and "!status" in m.text]
    assert not asked, "nobody is reminded of a decision whose day is named"
    story.order("!close unreachable")
    assert story.got(story.finder) == ["receipt", "acceptance", "progress-finder", "progress-finder", "closure-finder"]
    assert len(story.letters(story.operator)) == 3
    assert len(story.letters(office)) == 3
    story.ended("unreachable")
