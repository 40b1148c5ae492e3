"""`verify`, `backup`, `restore` and `purge` on a desk that has lived for some days, with Dovecot, SMTP and gpg."""

import json
import re
import shutil
import tarfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from mailbot.adapters import resealing
from mailbot.adapters.codec import STORE_NAME, Codec, SealedCodec
from mailbot.adapters.journal import JournalStorage
from mailbot.adapters.lock import hold
from mailbot.adapters.store import TinyStore
from mailbot.cli import keeping
from mailbot.core.model import State
from tests.e2e.reports import PRODUCT_EN, WEBSITE_EN
from tests.e2e.test_website_story import CANARY, REPORT
from tests.e2e.town import Town
from tests.servers import Dovecot, SmtpSink

UNKNOWN = b"From: eve@evil.example\r\nMessage-ID: <unknown@evil.example>\r\nSubject: x\r\n\r\nput here by hand\r\n"


@pytest.fixture(scope="module")
def lived(dovecot: Dovecot, _sink: SmtpSink) -> Iterator[Town]:
    """A desk with an open case, one that was closed and archived, a held mail, a mail twice and one without an id."""
    _sink.reset()
    town = Town(dovecot, _sink)
    hanako, alex = town.person("発見 花子", "hanako@finder.example.com"), town.person("Alex", "alex@finder.example.org")
    town.write(hanako, "ウェブアプリケーション脆弱性関連情報の届出", REPORT, sign=True, encrypt=True, attach_key=True)
    town.write(alex, "XSS in a shop", WEBSITE_EN)
    town.deliver(b"From: a@b.example\r\nSubject: hello\r\n\r\nA question about lunch.\r\n")
    town.round()
    town.write(alex, "SQL injection in Example Calendar", PRODUCT_EN)
    town.round(hours=1)
    town.dovecot.deliver(town.user, *town.dovecot.mails(town.user, "Processed")[:1])
    town.round(hours=1)
    first = town.case(lambda case: case["language"] == "ja")["id"]
    town.command(f"!case {first}", "!reject OUT_OF_SCOPE")
    town.round(days=4)  # a business day: there is a digest
    town.round(days=40)
    town.round(days=1)
    town.inbox(town.coordinator)
    yield town
    town.close()


def state(town: Town) -> Path:
    """Its state folder."""
    return town.folder / "state"


def codec(town: Town) -> Codec:
    """What its state is sealed with."""
    return SealedCodec(bytes.fromhex((town.folder / "state.key").read_text("ascii")))


def flip(path: Path, at: float) -> None:
    """One bit, so far into the file."""
    content = bytearray(path.read_bytes())
    content[int(len(content) * at)] ^= 1
    path.write_bytes(content)


def spooled(town: Town) -> Path:
    """A file of the spool."""
    return sorted((state(town) / "mail").rglob("*.eml"))[0]


def log_lines(town: Town, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Change the log's lines."""
    path = state(town) / "journal.log"
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


def rows(town: Town, change: Callable[[JournalStorage], None]) -> None:
    """Change rows of the store as only one with the key could."""
    journal = JournalStorage(state(town) / STORE_NAME, codec(town))
    change(journal)
    journal.close()


def item_without_case(journal: JournalStorage) -> None:
    """Take away a case that has a mail."""
    case_id = next(row["case"] for row in journal.rows("outbox").values() if row["case"])
    journal.commit([("cases", case_id, None)])


def token_of_another(journal: JournalStorage) -> None:
    """Let a mail of ours carry a token that was not made for its case."""
    item_id, row = next((i, r) for i, r in journal.rows("outbox").items() if r["message_id"] and "hash" in r)
    local, _, domain = row["message_id"].rpartition("@")
    journal.commit([("outbox", item_id, {**row, "message_id": f"{local[:-17]}.{'a' * 16}@{domain}"})])


def known_by_another_id(journal: JournalStorage) -> None:
    """Let a case be looked up by the number of another."""
    row = next(row for row in journal.rows("cases").values() if "archived" not in row)
    journal.commit([("cases", "CASE#00000000", row)])


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
    "spool file missing": (lambda t: spooled(t).unlink(), r"^spool [0-9a-f]{12}: the bytes of the mail are missing"),
    "frame flipped": (lambda t: flip(state(t) / STORE_NAME, 0.5), r"^store \S+desk\.journal: damaged at byte"),
    "archive flipped": (
        lambda t: flip(next((state(t) / "archive").iterdir()), 0.5),
        r"^archive \S+-0001\.journal: damaged at byte",
    ),
    "log line removed": (lambda t: log_lines(t, lambda x: [*x[:4], *x[5:]]), r"^journal \S+: line 5 \(#6\) does not"),
    "log line edited": (
        lambda t: log_lines(t, lambda x: [*x[:4], x[4].replace(b"outbox", b"inbox").replace(b"CASE", b"CARE"), *x[5:]]),
        r"^journal \S+: line 5 \(#5\) does not follow #4, or was altered",
    ),
    "log truncated": (lambda t: log_lines(t, lambda x: x[:-3]), r"^journal \S+ #\d+: ends at #\d+, but the store"),
    "item without case": (lambda t: rows(t, item_without_case), r"^outbox [0-9a-f]{16}: belongs to CASE#\d{8}, which"),
    "token of another case": (lambda t: rows(t, token_of_another), r"^case CASE#\d{8} \w+: its Message-ID carries no"),
    "case under another id": (lambda t: rows(t, known_by_another_id), r"^case CASE#00000000: lies under that name"),
    "foreign file": (lambda t: (state(t) / "notes.txt").write_bytes(b"x"), r"^foreign \S+notes\.txt: not a file of"),
    "foreign file in the spool": (lambda t: (state(t) / "mail" / "x.eml").write_bytes(b"x"), r"^foreign \S+/x\.eml"),
    "wrong permissions": (lambda t: spooled(t).chmod(0o644), r"^permission \S+\.eml: others may read it \(mode 644\)"),
}


@pytest.fixture
def damaged(lived: Town, tmp_path: Path) -> Iterator[Town]:
    """The desk, whose state is put back afterwards."""
    shutil.copytree(state(lived), tmp_path / "state", ignore=shutil.ignore_patterns("S.*"))
    yield lived
    for name in ("mail", "archive", STORE_NAME, "journal.log", "notes.txt"):
        path = state(lived) / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        saved = tmp_path / "state" / name
        if saved.is_dir():
            shutil.copytree(saved, path)
        elif saved.exists():
            shutil.copy2(saved, path)
    state(lived).chmod(0o700)


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


def test_backup_and_back(lived: Town, tmp_path: Path) -> None:
    """One file without the key in it, from which the same desk comes back; nothing readable is in it."""
    file = tmp_path / "desk.backup"
    assert lived.run("backup", str(file)) == 0, lived.errors
    assert "the key is NOT in it" in lived.errors
    assert file.stat().st_mode & 0o777 == 0o600
    content = file.read_bytes()
    secret = next((state(lived) / "gnupg" / "private-keys-v1.d").iterdir()).read_bytes()
    for hidden in (CANARY.encode(), b"hanako@finder", b"lunch", secret, (state(lived) / "journal.log").read_bytes()):
        assert hidden not in content
    cases = lived.json("case", "list")
    status, message = lived.run("restore", str(file)), lived.errors
    assert status == 2
    assert "is not empty" in message
    aside = state(lived).rename(lived.folder / "aside")
    try:
        assert lived.run("restore", str(file)) == 0, lived.errors
        assert lived.run("verify") == 0, lived.printed
        assert lived.json("case", "list") == cases
        assert (state(lived) / "gnupg" / "private-keys-v1.d").is_dir()
        assert "restored by" in (state(lived) / "journal.log").read_text("utf-8").splitlines()[-1]
        assert all(path.stat().st_mode & 0o077 == 0 for path in (state(lived), *state(lived).rglob("*")))
    finally:
        shutil.rmtree(state(lived))
        aside.rename(state(lived))


@pytest.mark.parametrize("with_key", [False, True])
def test_a_backup_with_the_key(lived: Town, tmp_path: Path, with_key: bool) -> None:
    """Only a backup that was told to hold the key brings the desk back on a machine that has none."""
    file = tmp_path / "desk.backup"
    assert lived.run("backup", str(file), *(["--with-key"] if with_key else [])) == 0
    key = (lived.folder / "state.key").read_bytes()
    assert (key.strip() in file.read_bytes()) == with_key
    assert ("THE KEY IS IN IT" in lived.errors) == with_key
    aside, key_aside = (lived.folder / name for name in ("aside", "aside.key"))
    state(lived).rename(aside)
    (lived.folder / "state.key").rename(key_aside)
    try:
        assert lived.run("restore", str(file)) == (0 if with_key else 2), lived.errors
        assert (lived.folder / "state.key").exists() == with_key
        if with_key:
            assert lived.run("verify", "--offline") == 0, lived.printed
        else:
            assert "put it back first" in lived.errors
    finally:
        shutil.rmtree(state(lived), ignore_errors=True)
        aside.rename(state(lived))
        key_aside.replace(lived.folder / "state.key")


def rebuilt(file: Path, change: Callable[[str, bytes], bytes], extra: str = "") -> None:
    """The same tar with changed members, and one more."""
    with tarfile.open(file) as tar:
        members = [(info, tar.extractfile(info).read()) for info in tar.getmembers()]  # type: ignore[union-attr]
    with tarfile.open(file, "w") as tar:
        for name in filter(None, [extra]):
            tar.addfile(tarfile.TarInfo(name))
        for info, content in members:
            info.size = len(changed := change(info.name, content))
            tar.addfile(info, BytesIO(changed))


def newer(name: str, content: bytes) -> bytes:
    """As a mailbot of tomorrow would write it."""
    return content.replace(b'"format": 1', b'"format": 2') if name == "manifest.json" else content


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "changed": (
        lambda f: rebuilt(f, lambda n, c: c[:-1] + b"\0" if n == STORE_NAME else c),
        "desk.journal was changed",
    ),
    "manifest changed": (
        lambda f: rebuilt(f, lambda n, c: c.replace(b'\\"made\\":\\"2', b'\\"made\\":\\"3') if "json" in n else c),
        "its manifest was changed",
    ),
    "foreign file": (lambda f: rebuilt(f, lambda n, c: c, "evil.sh"), "other files than its manifest"),
    "way out": (lambda f: rebuilt(f, lambda n, c: c, "../evil.sh"), "other files than its manifest"),
    "newer": (lambda f: rebuilt(f, newer), "newer mailbot"),
    "cut": (lambda f: f.write_bytes(f.read_bytes()[:-20_000]), "not a whole backup"),
    "no backup": (lambda f: f.write_bytes(b"hello"), "not a whole backup"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_backup_restores_nothing(lived: Town, tmp_path: Path, name: str) -> None:
    """Changed, foreign, newer or cut off: refused before anything is written."""
    file = tmp_path / "desk.backup"
    assert lived.run("backup", str(file)) == 0
    spoil, said = SPOILT[name]
    spoil(file)
    aside = state(lived).rename(lived.folder / "aside")
    try:
        assert lived.run("restore", str(file)) == 2, lived.errors
        assert said in lived.errors
        assert not state(lived).exists() or [*state(lived).iterdir()] == []
    finally:
        shutil.rmtree(state(lived), ignore_errors=True)
        aside.rename(state(lived))


def test_a_backup_under_another_key(lived: Town, tmp_path: Path) -> None:
    """The wrong key is said as such, and nothing is restored."""
    file, key = tmp_path / "desk.backup", lived.folder / "state.key"
    assert lived.run("backup", str(file)) == 0
    right, aside = key.read_bytes(), state(lived).rename(lived.folder / "aside")
    try:
        key.write_bytes(b"ab" * 32 + b"\n")
        assert lived.run("restore", str(file)) == 2
        assert "another key" in lived.errors
        assert not state(lived).exists()
    finally:
        key.write_bytes(right)
        aside.rename(state(lived))


def test_backup_beside_the_daemon(lived: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process waits, it is taken; while one works for too long, it is 75 and no file is left."""
    daemon = TinyStore(state(lived), codec(lived))
    monkeypatch.setattr(keeping, "PATIENCE", 0.0)
    file = tmp_path / "desk.backup"
    assert lived.run("backup", str(file)) == 75
    assert [*tmp_path.iterdir()] == []
    with daemon.lent():
        assert lived.run("backup", str(file)) == 0, lived.errors
    last = (state(lived) / "journal.log").read_text("utf-8").splitlines()[-1]
    assert daemon.journal_head() == " ".join(last.split(" ")[1:3])
    daemon.close()
    assert lived.run("verify", "--offline") == 0, lived.printed


def test_backup_overwrites_nothing(lived: Town, tmp_path: Path) -> None:
    """A file that is there, and one inside the state, are refused."""
    file = tmp_path / "desk.backup"
    file.write_bytes(b"precious")
    assert lived.run("backup", str(file)) == 2
    assert file.read_bytes() == b"precious"
    assert lived.run("backup", str(state(lived) / "b")) == 2
    assert lived.run("verify", "--offline") == 0


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


@pytest.mark.parametrize("killed_at", [None, 1, 4, 9])
def test_another_key(damaged: Town, monkeypatch: pytest.MonkeyPatch, killed_at: int | None) -> None:
    """After `rekey` the old key opens nothing and all agrees; killed in the middle, doing it again completes it."""
    key = damaged.folder / "state.key"
    old = key.read_bytes()
    cases = damaged.json("case", "list")
    if killed_at is not None:
        with monkeypatch.context() as patch:
            left = iter([None] * killed_at)
            name = "pack" if killed_at == 9 else "write_file"
            real: Any = getattr(resealing, name)

            def work(*values: Any) -> Any:
                if next(left, 1) is not None:
                    raise KeyboardInterrupt
                return real(*values)

            patch.setattr(resealing, name, work)
            with pytest.raises(KeyboardInterrupt):
                keeping.rekey(_Context(damaged))  # type: ignore[arg-type]
        assert damaged.run("case", "list") == 2
        assert "mailbot rekey completes it" in damaged.errors
        assert damaged.run("verify", "--offline") == 2
        assert "mailbot rekey completes it" in damaged.errors
    assert damaged.run("rekey") == 0, damaged.errors
    new = key.read_bytes()
    assert new != old
    assert len(new.split()) == 1
    assert damaged.run("verify") == 0, damaged.printed + damaged.errors
    assert damaged.json("case", "list") == cases
    key.write_bytes(old)
    assert damaged.run("case", "list") == 2
    assert "another key" in damaged.errors
    assert damaged.run("verify", "--offline") == 2


class _Context:
    """As much of a command line's context as a verb asks for."""

    def __init__(self, town: Town) -> None:
        self.obj = town.folder / "mailbot.toml"

    def find_root(self) -> "_Context":
        """Itself."""
        return self
