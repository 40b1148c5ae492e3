"""Nobody answers for half a year, on real servers: mail, a call, a letter, the end; and the mails of the mornings."""

from tests.e2e.test_website_story import REPORT
from tests.e2e.town import Town


def test_a_silent_operator_and_the_mornings_of_the_desk(town: Town) -> None:
    """Every way is proposed with its text and gone by a coordinator, and 取扱不能 is a person's decision."""
    hanako = town.person("発見 花子", "hanako@finder.example.com")
    operator = town.person("ショップ", "info@shop.example.jp")
    town.write(hanako, "届出", REPORT, sign=True, encrypt=True, attach_key=True)
    town.round()
    case_id = town.case()["id"]
    town.command(f"!case {case_id}", "!accept")
    town.approve_all(case_id)
    assert town.case()["state"] == "contacting"

    town.round(days=12)  # a Wednesday
    for _ in range(3):
        town.round(days=9)
    assert len(town.inbox(operator)) == 3
    assert town.case()["waiting_for"] == "coordinator"
    (call,) = [mail for mail in town.inbox(town.coordinator) if "お電話での連絡" in mail.subject]
    assert call.crypto.encrypted
    assert "台本" in call.text
    mornings = [mail for mail in town.inbox(town.coordinator) if "本日のまとめ" in mail.subject]
    assert mornings
    assert all(mail.crypto.encrypted and mail.crypto.signature == "good" for mail in mornings)
    assert case_id in mornings[-1].text

    town.command(f"!case {case_id}", "!contact use 2")
    for _ in range(3):
        town.round(days=9)
    (letter,) = [mail for mail in town.inbox(town.coordinator) if "郵便での連絡" in mail.subject]
    assert [page.filename for page in letter.attachments] == ["letter.html"]
    town.command(f"!case {case_id}", "!contact use 3")
    for _ in range(3):
        town.round(days=9)
    assert town.case()["state"] == "unreachable"
    for _ in range(4):
        town.round(days=30)
    assert "!close unreachable" in "".join(mail.text for mail in town.inbox(town.coordinator))
    town.command(f"!case {case_id}", "!close unreachable")
    case = town.case()
    assert (case["state"], case["closing_code"]) == ("closed", "unreachable")
    assert len(town.inbox(operator)) == 3
