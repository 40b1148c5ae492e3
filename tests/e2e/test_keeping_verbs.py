"""`verify` and `purge` on a desk that has lived for some days, with Dovecot, SMTP and gpg."""

import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailbot.adapters.codec import STORE_NAME
from mailbot.adapters.journal import JournalStorage
from mailbot.adapters.lock import hold
from mailbot.adapters.store import TinyStore
from mailbot.core.model import State
from tests.e2e.lived import codec, damaged, lived, spooled, state
from tests.e2e.reports import WEBSITE_EN
from tests.e2e.test_website_story import CANARY, REPORT
from tests.e2e.town import Town
from tests.servers import Dovecot, SmtpSink

__all__ = ["damaged", "lived"]


UNKNOWN = b"From: eve@evil.example\r\nMessage-ID: <unknown@evil.example>\r\nSubject: x\r\n\r\nput here by hand\r\n"


def flip(path: Path, at: float) -> None:
    """One bit, so far into the file."""
    content = bytearray(path.read_bytes())
    content[int(len(content) * at)] ^= 1
    path.write_bytes(content)


def log_lines(town: Town, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Change the log's lines."""
    path = state(town) / "journal.log"
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


def rows(town: Town, change: Callable[[JournalStorage], None]) -> None:
    """Change rows of the store as only one with the key could."""
    journal = JournalStorage(state(town) / STORE_NAME, codec(town))
    change(journal)
    journal.close()


def token_of_another(journal: JournalStorage) -> None:
    """Let a mail of ours carry a token that was not made for its case."""
    item_id, row = next((i, r) for i, r in journal.rows("outbox").items() if r["message_id"] and "hash" in r)
    local, _, domain = row["message_id"].rpartition("@")
    journal.commit([("outbox", item_id, {**row, "message_id": f"{local[:-17]}.{'a' * 16}@{domain}"})])


def into_processed(town: Town) -> None:
    """A mail that somebody put into Processed by hand."""
    with town.dovecot.login(town.user) as imap:
        imap.append("Processed", "", "", UNKNOWN)


def out_of_processed(town: Town, wanted: bytes) -> None:
    """Remove mails from Processed for good."""
    with town.dovecot.login(town.user) as imap:
        imap.select("Processed")
        for number in reversed(range(1, int(imap.select("Processed")[1][0] or 0) + 1)):
            found = imap.fetch(str(number), "(BODY.PEEK[])")[1][0]
            if isinstance(found, tuple) and wanted in found[1]:
                imap.store(str(number), "+FLAGS", "\\Deleted")
        imap.expunge()


CORRUPTIONS: dict[str, tuple[Callable[[Town], object], str]] = {
    "spool file changed": (lambda t: flip(spooled(t), 0.5), r"^spool [0-9a-f]{12}: does not open"),
    "frame flipped": (lambda t: flip(state(t) / STORE_NAME, 0.5), r"^store \S+desk\.journal: damaged at byte"),
    "archive flipped": (
        lambda t: flip(next((state(t) / "archive").iterdir()), 0.5),
        r"^archive \S+-0001\.journal: damaged at byte",
    ),
    "log line removed": (lambda t: log_lines(t, lambda x: [*x[:4], *x[5:]]), r"^journal \S+: line 5 \(#6\) does not"),
    "token of another case": (lambda t: rows(t, token_of_another), r"^case CASE#\d{8} \w+: its Message-ID carries no"),
    "foreign file in the spool": (lambda t: (state(t) / "mail" / "x.eml").write_bytes(b"x"), r"^foreign \S+/x\.eml"),
}


def test_verify_finds_nothing_in_a_healthy_desk(lived: Town) -> None:
    """Everything agrees, with the mailbox and without, also while another process has the lock."""
    assert (lived.run("verify"), lived.printed.count("\n")) == (0, 1), lived.printed + lived.errors
    assert "and the mailbox: everything agrees" in lived.printed
    lock = hold(state(lived) / "lock")
    assert lived.run("verify", "--offline") == 0, lived.printed
    assert lived.json("verify") == []
    lock.release()
    assert next((state(lived) / "archive").iterdir()).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_verify_names_each_corruption(damaged: Town, name: str) -> None:
    """One line for what is wrong, which says where and what to do; the exit status is 1."""
    corrupt, said = CORRUPTIONS[name]
    corrupt(damaged)
    before = {path: path.read_bytes() for path in state(damaged).rglob("*") if path.is_file()}
    assert damaged.run("verify", "--offline") == 1, damaged.errors
    assert re.search(said, damaged.printed, re.MULTILINE), damaged.printed
    assert all("; " in line for line in damaged.printed.splitlines())
    assert CANARY not in damaged.printed + damaged.errors
    assert {path: path.read_bytes() for path in state(damaged).rglob("*") if path.is_file()} == before
    found = damaged.json("verify", "--offline")
    assert all(set(gap) == {"kind", "where", "what", "advice"} and all(gap.values()) for gap in found)


def test_verify_reconciles_the_mailbox(lived: Town) -> None:
    """A mail that nobody knows and a mail that is gone are named by folder and digest; the rest is not."""
    into_processed(lived)
    assert lived.run("verify") == 1
    assert lived.printed.startswith("mailbox Processed/")
    assert "<unknown@evil.example>: nothing is known of this mail; move it to the INBOX" in lived.printed
    assert lived.printed.count("\n") == 1
    assert lived.run("verify", "--offline") == 0
    out_of_processed(lived, b"<unknown@evil.example>")
    kept = [mail for mail in lived.dovecot.mails(lived.user, "Processed") if b"Example Calendar" in mail]
    out_of_processed(lived, b"Example Calendar")
    assert lived.run("verify") == 1
    assert "case, is in no folder of the mailbox (its bytes are in the spool)" in lived.printed
    assert lived.printed.count("\n") == 1
    with lived.dovecot.login(lived.user) as imap:
        imap.append("Processed", "", "", kept[0])
    assert lived.run("verify") == 0, lived.printed


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda s: (s / "notes.txt").write_bytes(b"x"), "notes.txt: not a file of mailbot's"),
        (lambda s: s.chmod(0o755), "others may read it (mode 755)"),
        (lambda s: (s / ".restoring").mkdir(), "a restore did not finish"),
    ],
)
def test_a_state_that_is_not_as_it_should_be_is_refused(
    damaged: Town, spoil: Callable[[Path], object], said: str
) -> None:
    """A foreign file, a state that others may read: every verb that works refuses with 2, and nothing is changed."""
    spoil(state(damaged))
    mode = state(damaged).stat().st_mode
    before = {path: path.read_bytes() for path in state(damaged).rglob("*") if path.is_file()}
    try:
        for verb in (("run", "--once"), ("case", "list"), ("ingest", str(spooled(damaged))), ("outbox", "list")):
            assert damaged.run(*verb) == 2, verb
            assert said in damaged.errors
        assert {path: path.read_bytes() for path in state(damaged).rglob("*") if path.is_file()} == before
        assert state(damaged).stat().st_mode == mode
    finally:
        shutil.rmtree(state(damaged) / ".restoring", ignore_errors=True)


def test_purge_forgets_what_is_over(dovecot: Dovecot, smtp_sink: SmtpSink) -> None:
    """Text, people and mail of ended cases are gone from every file; number, dates, codes and a tombstone stay."""
    town = Town(dovecot, smtp_sink)
    town.now = datetime.fromisoformat("2026-09-01T09:00:00+09:00")
    try:
        hanako, alex = (town.person(n, f"{n.lower()}@finder.example.com") for n in ("Hanako", "Alex"))
        town.write(hanako, "届出", REPORT, sign=True, encrypt=True, attach_key=True)
        town.write(alex, "XSS in a shop", WEBSITE_EN)
        town.round()
        ended = town.case(lambda case: case["language"] == "ja")["id"]
        town.command(f"!case {ended}", "!reject OUT_OF_SCOPE")
        town.round(minutes=5)
        sealed = _sealed_places(town, ended)
        assert town.run("purge", "--closed-before", "2026-08-01") == 0
        assert town.printed == "0 cases, 0 outbox items, 0 mails, 0 pins are gone\n"
        before = (state(town) / STORE_NAME).read_bytes()
        assert town.run("purge", "--closed-before", "2026-09-02", "--dry-run") == 0
        assert ended in town.printed
        would = town.json("purge", "--closed-before", "2026-09-02", "--dry-run")
        assert would["cases"] == [{"id": ended, "track": "website", "state": "rejected"}]
        assert [kept["why"] for kept in would["kept"]] == ["it is open (triage)"]
        assert (would["dry_run"], would["mails"] > 0, would["outbox_items"] > 0) == (True, True, True)
        assert (state(town) / STORE_NAME).read_bytes() == before
        assert town.run("purge", "--closed-before", "2026-09-02") == 0, town.errors
        assert "stays: it is open" in town.errors
        files = b"".join(
            path.read_bytes() for path in state(town).rglob("*") if path.is_file() and "gnupg" not in str(path)
        )
        assert [place for place in sealed if place in files] == []
        shown = town.json("case", "show", ended)
        assert shown["state"] == "rejected"
        assert set(shown["fields"]) == {"vulnerability.type", "vulnerability.cwe"}
        assert shown["participants"] == shown["contacts"] == []
        store = TinyStore(state(town), codec(town), read_only=True)
        text = json.dumps([store._journal.read(), store._journal.lines], ensure_ascii=False)
        remains = store.case(ended)
        assert remains is not None
        assert remains.state is State.REJECTED
        assert remains.milestones.rejected is not None
        assert not any(word in text for word in (CANARY, "hanako@finder", "shop.example.jp/search?q"))
        assert "alex@finder" in text
        log = (state(town) / "journal.log").read_text("utf-8")
        assert f"{ended} purged by " in log
        assert "OUT_OF_SCOPE xss" in log.split(f"{ended} purged by ")[1].split("\n")[0]
        assert town.run("verify", "--offline") == 0, town.printed
        assert town.run("purge", "--closed-before", "2026-09-02") == 0
        assert town.printed.startswith("0 cases, 0 outbox items, 0 mails")
        again = town.json("purge", "--closed-before", "2026-09-02")
        assert (again["dry_run"], again["cases"], again["mails"]) == (False, [], 0)
        assert town.run("purge", "--closed-before", "2999-01-01") == 2
        assert town.run("case", "show", ended) == 0
    finally:
        town.close()


def _sealed_places(town: Town, case_id: str) -> list[bytes]:
    """Pieces of what the state holds sealed of that case: its mail in the spool, frames of the store and archive."""
    store = TinyStore(state(town), codec(town))
    store.archive(datetime.now(UTC).replace(year=2999))
    case = store.case(case_id)
    assert case is not None
    store.close()
    mails = [state(town) / "mail" / digest[:2] / f"{digest[2:]}.eml" for digest in case.mails]
    pieces = [path.read_bytes()[20:60] for path in mails]
    archive = next((state(town) / "archive").iterdir()).read_bytes()
    return [*pieces, archive[-80:-40], (state(town) / STORE_NAME).read_bytes()[600:640]]


def test_the_digest_holds_the_journals_head(lived: Town) -> None:
    """Coordinators have number and hash of a line; that very line is in the journal still."""
    texts = [mail.text for address, mail in lived.letters if address == lived.coordinator.address]
    heads = {head for text in texts for head in re.findall(r"#\d+ [0-9a-f]{16}", text)}
    assert heads
    log = (state(lived) / "journal.log").read_text("utf-8")
    assert all(head in log for head in heads)
