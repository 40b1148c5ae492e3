"""What goes wrong outside: configuration, servers, mail that nobody can handle."""

import subprocess
import sys
from pathlib import Path

import pytest

from mailbot import intake
from tests.e2e.reports import WEBSITE_EN as REPORT
from tests.e2e.town import ADDRESS, Town
from tests.servers import Dovecot, SmtpSink


def _edit(town: Town, old: str, new: str) -> None:
    path = town.folder / "mailbot.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_a_wrong_configuration_lists_every_problem_and_touches_nothing(town: Town) -> None:
    """Exit 2; all problems at once; state and mailbox are as before."""
    town.write(town.person("Alex", "alex@finder.example.org"), "XSS", REPORT)
    _edit(town, "security_txt = false", 'security_txt = "perhaps"\nfoo = 1')
    _edit(town, f"port = {town.sink.tls_port}", 'port = "smtps"')
    before = sorted((p.name, p.stat().st_mtime_ns) for p in (town.folder / "state").rglob("*"))
    assert town.run("run", "--once") == 2
    for name in ("[lookup].security_txt", "foo", "[smtp].port"):
        assert name in town.errors
    assert sorted((p.name, p.stat().st_mtime_ns) for p in (town.folder / "state").rglob("*")) == before
    assert len(town.dovecot.mails(town.user, "INBOX")) == 1


@pytest.mark.parametrize(
    ("old", "new", "status", "named"),
    [
        ('host = "localhost"', 'host = "no-such-host.invalid"', 75, "[imap].host"),
        ('password_env = "TOWN_IMAP"', 'password_env = "TOWN_WRONG"', 2, "password"),
        ("ca_file", "# ca_file", 2, "ca_file"),
    ],
    ids=["host", "password", "certificate"],
)
def test_wrong_settings_say_which_one_to_change(
    town: Town, monkeypatch: pytest.MonkeyPatch, old: str, new: str, status: int, named: str
) -> None:
    """A wrong host is for now (75); a wrong password or certificate is for the person (2). Nothing is lost."""
    monkeypatch.setenv("TOWN_WRONG", "not the password")
    town.write(town.person("Alex", "alex@finder.example.org"), "XSS", REPORT)
    _edit(town, old, new)
    assert town.run("run", "--once") == status
    assert named in town.errors
    assert "Traceback" not in town.errors
    assert len(town.dovecot.mails(town.user, "INBOX")) == 1


def test_a_mail_that_breaks_the_bot_is_quarantined_and_the_next_goes_on(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug met with one mail leaves it in Quarantine with its reason; `quarantine retry` takes it in once mended."""
    alex = town.person("Alex", "alex@finder.example.org")
    town.write(alex, "first POISON", REPORT)
    town.write(alex, "second", REPORT.replace("shop.example.jp", "blog.example.jp"))
    honest = intake.look

    def broken(bot: object, raw: object, opened: object) -> object:
        if b"POISON" in raw.content:  # type: ignore[attr-defined]
            raise ZeroDivisionError("text of the report")
        return honest(bot, raw, opened)  # type: ignore[arg-type]

    monkeypatch.setattr(intake, "look", broken)
    done = town.round()
    assert (done["accounted"]["quarantined"], done["accounted"]["case"]) == (1, 1)
    assert "text of the report" not in town.errors
    (entry,) = town.json("quarantine", "list")
    assert "ZeroDivisionError" in entry["reason"]
    assert len(town.dovecot.mails(town.user, "Quarantine")) == 1
    assert len(town.dovecot.mails(town.user, "INBOX")) == 0
    monkeypatch.undo()
    assert town.run("quarantine", "retry", entry["id"]) == 0, town.errors
    assert len(town.json("case", "list")) == 2
    assert town.json("quarantine", "list") == []


def test_undecryptable_mail_is_held_and_its_sender_told_how(town: Town, dovecot: Dovecot, smtp_sink: SmtpSink) -> None:
    """T40: no key for it here: held, the desk told, one signed answer a day that repeats nothing of the mail."""
    alex = town.person("Alex", "alex@finder.example.org")
    wrong = alex.desk_key
    alex.desk_key = alex.fingerprint
    for subject in ("SECRETWORD one", "SECRETWORD two"):
        alex_mail = alex.write(ADDRESS, subject, REPORT, encrypt=True)
        town.deliver(alex_mail)
    alex.desk_key = wrong
    done = town.round()
    assert done["accounted"]["held"] == 2
    assert len(dovecot.mails(town.user, "Held")) == 2
    (answer,) = town.inbox(alex)
    assert "SECRETWORD" not in answer.text + answer.subject
    assert answer.crypto.signature == "good"
    assert town.json("case", "list") == []
    assert len(town.inbox(town.coordinator)) == 2
    assert smtp_sink.messages


def test_a_relay_that_is_down_keeps_mail_queued(town: Town, smtp_sink: SmtpSink) -> None:
    """4xx: the receipt waits and goes out once, later; the report is filed all the same."""
    alex = town.person("Alex", "alex@finder.example.org")
    town.write(alex, "XSS", REPORT)
    smtp_sink.script("RCPT", *["451 4.3.0 try later"] * 10)
    done = town.round()
    assert done["accounted"]["case"] == 1
    assert done["queued"] > 0
    assert done["problems"]
    smtp_sink.reset()
    town._read = 0
    done = town.round(hours=2)
    assert done["queued"] == 0
    assert len(town.inbox(alex)) >= 1


def test_ingest_from_a_pipe_takes_the_same_path(town: Town, tmp_path: Path) -> None:
    """`ingest -` in a process of its own reads stdin; the same mail again is already done."""
    mail = town.person("Alex", "alex@finder.example.org").write(ADDRESS, "XSS", REPORT)
    command = [sys.executable, "-m", "mailbot", "--config", str(town.folder / "mailbot.toml"), "ingest", "-", "--json"]
    first, second = (subprocess.run(command, input=mail, capture_output=True, check=False) for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert b'"case": 1' in first.stdout
    assert b'"already_done": 1' in second.stdout
    assert len(town.json("case", "list")) == 1
