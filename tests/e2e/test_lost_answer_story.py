"""T57: the answer to a whole mail is lost, on real servers: repeated, known from the sent folder, or decided."""

from typing import Any

import pytest

from tests.e2e.reports import WEBSITE_EN as REPORT
from tests.e2e.town import Town
from tests.servers import DROP, SmtpSink

ALEX = "alex@finder.example.org"


def lost(town: Town, sink: SmtpSink, answers: int = 1) -> None:
    """A report came; of everything that the round sends the relay says nothing, though it has it."""
    town.write(town.person("Alex", ALEX), "XSS", REPORT)
    sink.script("END", *[DROP] * 2 * answers)  # the receipt, and the notice to the coordinator
    town.round()


def receipts(sink: SmtpSink) -> list[bytes]:
    return [mail.content for mail in sink.messages if mail.recipients == (ALEX,)]


def receipt(town: Town) -> Any:
    """The receipt in `outbox list`."""
    (line,) = [line for line in town.json("outbox", "list") if line["to"] == ALEX]
    return line


def ids(mails: list[bytes]) -> set[bytes]:
    return {line for mail in mails for line in mail.splitlines() if line.lower().startswith(b"message-id:")}


def test_t57_a_lost_answer_is_repeated_under_the_same_id(town: Town, smtp_sink: SmtpSink) -> None:
    """After a quarter of an hour the same mail goes once more; not before, and under the id that it had."""
    lost(town, smtp_sink)
    town.round(minutes=10)
    assert len(receipts(smtp_sink)) == 1
    town.round(minutes=6)
    assert (len(receipts(smtp_sink)), len(ids(receipts(smtp_sink)))) == (2, 1)
    assert receipt(town)["status"] == "sent"


@pytest.mark.parametrize("there", [True, False], ids=["there", "gone"])
def test_t57_the_sent_folder_is_asked_first(town: Town, smtp_sink: SmtpSink, there: bool) -> None:
    """With `[imap].sent_folder` nothing is repeated that is there; doctor says whether the folder is."""
    path = town.folder / "mailbot.toml"
    path.write_text(path.read_text("utf-8").replace("[imap]\n", '[imap]\nsent_folder = "Sent"\n', 1), "utf-8")
    checks = {check["check"]: check for check in town.json("doctor")}
    assert (checks["sent folder"]["ok"], "[imap].sent_folder" in checks["sent folder"]["detail"]) == (False, True)
    lost(town, smtp_sink)
    client = town.dovecot.login(town.user)
    client.create("Sent")
    for mail in smtp_sink.messages if there else []:
        client.append("Sent", "", "", mail.content)
    client.logout()
    town.round(minutes=16)
    assert len(receipts(smtp_sink)) == (1 if there else 2)
    assert receipt(town)["status"] == "sent"
    assert {check["check"]: check["ok"] for check in town.json("doctor")}["sent folder"]


def test_t57_a_mail_that_stays_in_doubt_waits_for_a_person(town: Town, smtp_sink: SmtpSink) -> None:
    """Three copies under one id, then `outbox list` has it as uncertain until it is retried or dropped."""
    lost(town, smtp_sink, answers=3)
    for _ in range(4):
        town.round(minutes=16)
    assert (len(receipts(smtp_sink)), len(ids(receipts(smtp_sink)))) == (3, 1)
    line = receipt(town)
    assert line["status"] == "uncertain"
    assert line["message_id"].encode() in receipts(smtp_sink)[0]
    assert town.run("outbox", "retry", line["item"]) == 0, town.errors
    again = receipt(town)
    assert (again["status"], again["message_id"]) == ("queued", line["message_id"])
    assert town.run("outbox", "drop", line["item"], "--why", "they have it") == 0, town.errors
    assert receipt(town)["status"] == "dead"
