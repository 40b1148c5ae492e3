"""Closed cases in yearly archives: every look-up has them still, nothing is read of them before it is needed."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailbot.adapters.archive import Archives, Frozen, Place
from mailbot.adapters.codec import Codec, SealedCodec
from mailbot.adapters.frames import frames
from mailbot.adapters.snapshot import SCHEMA
from mailbot.adapters.store import TinyStore
from mailbot.core.brief import in_brief
from mailbot.core.duplicates import keys
from mailbot.core.model import Case, Field, State, Track
from mailbot.core.outbox import OutboxItem, Status
from mailbot.errors import PermanentError
from mailbot.memory import Change
from tests.contract.test_store import NOW, case, done, item
from tests.plain_codec import PlainCodec

CODECS = (PlainCodec(), SealedCodec(b"k" * 32))
LATER = NOW + timedelta(days=400)


def closed(number: int, **changes: Any) -> Case:
    """A closed case with a Message-ID and a text of its own."""
    fields = (
        Field("target.urls", (f"https://shop{number}.example/a?id=1",), "url", 1.0, "URL"),
        Field("vulnerability.type", "xss", "type", 1.0),
        Field("vulnerability.summary", f"hidden words {number}", "s", 1.0),
    )
    made = case(f"CASE#{number:08d}", state=State.CLOSED, since=NOW, fields=fields, message_ids=(f"<{number}@x>",))
    return replace(made, **changes)


def sent(number: int, **changes: Any) -> OutboxItem:
    """The receipt of that case."""
    made = item(f"{number:016x}", case=f"CASE#{number:08d}", status=Status.SENT, message_id=f"<ours{number}@desk>")
    return replace(made, **changes)


def filled(state: Path, codec: Codec) -> TinyStore:
    """A store with three closed cases and an open one."""
    store = TinyStore(state, codec)
    for number in (1, 2, 3):
        store.apply(Change((closed(number),), (sent(number),), (done(f"d{number}"),)))
    store.apply(Change((case("CASE#00000004", message_ids=("<4@x>",)),), (sent(4, created=NOW),)))
    return store


def answers(store: TinyStore) -> list[Any]:
    """What a store says to every question about these cases."""
    numbers = range(1, 5)
    return [
        list(store.cases()),
        list(store.items()),
        [store.case(f"CASE#{n:08d}") for n in numbers],
        [list(store.items(f"CASE#{n:08d}")) for n in numbers],
        [store.case_of_message(f"<{n}@x>") for n in numbers],
        [store.case_of_message(f"<ours{n}@desk>") for n in numbers],
        [store.item_of_message(f"<ours{n}@desk>") for n in numbers],
        [store.cases_about(key, 9) for n in numbers for key in _keys(n)],
        store.acknowledgements("finder@example.com", NOW),
        store.cases_due(LATER),
        store.census(),
    ]


def _keys(number: int) -> list[str]:
    return sorted(keys({f.name: f.value for f in closed(number).fields}))


@pytest.mark.parametrize("codec", CODECS)
def test_t22_archived_cases_are_found_as_before(tmp_path: Path, codec: Codec) -> None:
    """By id, token, Message-ID of theirs or ours, subject, and in every list, now, after a restart, by a reader."""
    store = filled(tmp_path, codec)
    before = answers(store)
    assert store.archive(LATER) == 3
    assert store.archive(LATER) == 0
    assert answers(store) == before
    store.close()
    again = TinyStore(tmp_path, codec)
    assert answers(again) == before
    reader = TinyStore(tmp_path, codec, read_only=True)
    assert answers(reader) == before
    again.close()
    assert [path.name for path in (tmp_path / "archive").iterdir()] == ["2026-0001.journal"]
    assert (b"hidden words 2" in (tmp_path / "archive" / "2026-0001.journal").read_bytes()) == (codec is CODECS[0])


def test_cases_archived_before_short_rows_named_their_track_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their track is read from the archive."""
    store = filled(tmp_path, CODECS[0])
    before = store.census()
    monkeypatch.setattr("mailbot.adapters.stubs._OF_CASE", ("v", "state", "message_ids"))
    assert store.archive(LATER) == 3
    assert store.census() == before


def test_archived_cases_are_told_in_brief(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an archived case no more than that, without a look at the archive; of the others everything."""
    store = filled(tmp_path, CODECS[1])
    whole = list(store.cases())
    assert list(store.cases_in_brief()) == whole
    store.archive(LATER)
    with monkeypatch.context() as patch:
        patch.setattr(Archives, "read", lambda *_: pytest.fail("an archive was read"))
        assert list(store.cases_in_brief()) == [*map(in_brief, whole[:3]), whole[3]]
        assert list(store.cases_in_brief("triage")) == whole[3:]
    store.apply(Change((whole[0],)))
    assert list(store.cases_in_brief("closed")) == [whole[0], *map(in_brief, whole[1:3])]


def test_cases_archived_by_another_edition_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left of them may lack something."""
    store = filled(tmp_path, CODECS[0])
    whole = list(store.cases())
    store.archive(LATER)
    monkeypatch.setattr("mailbot.adapters.stubs.EDITION", 2)
    assert list(store.cases_in_brief()) == whole


def test_mails_archived_before_short_rows_said_when_they_were_settled_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are read from the archive; later ones are only when they were settled since."""
    store = filled(tmp_path, CODECS[0])
    store.apply(Change(items=tuple(sent(number, settled=NOW) for number in (1, 2))))
    before = list(store.items_told(NOW))
    assert len(before) == 2
    monkeypatch.setattr(
        "mailbot.adapters.stubs._OF_ITEM", ("v", "case", "created", "next", "status", "message_id", "template")
    )
    assert store.archive(LATER) == 3
    assert list(store.items_told(NOW)) == before
    assert list(store.items_told(LATER)) == []


def test_an_archived_case_that_goes_on_is_stored_whole(tmp_path: Path) -> None:
    """A change takes nothing over from the short row that is left of it."""
    store = filled(tmp_path / "state", CODECS[0])
    assert store.archive(LATER) == 3
    before, mail = store.case("CASE#00000001"), store.item(f"{1:016x}")
    assert before is not None
    assert mail is not None
    after, resent = replace(before, sequence=before.sequence + 1), replace(mail, attempts=2)
    store.apply(Change((after,), (resent,)))
    store.close()
    fresh = TinyStore(tmp_path / "state", CODECS[0])
    assert (fresh.case(after.id), fresh.item(mail.item)) == (after, resent)
    fresh.close()


def test_an_archive_is_read_only_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening, and looking up by Message-ID, opens no archive; the case itself does."""
    store = filled(tmp_path, CODECS[1])
    store.archive(LATER)
    store.close()
    reads: list[Any] = []
    real = Archives.read

    def read(archives: Archives, place: Place) -> Frozen:
        reads.append(place)
        return real(archives, place)

    monkeypatch.setattr(Archives, "read", read)
    store = TinyStore(tmp_path, CODECS[1])
    assert store.case_of_message("<1@x>") == "CASE#00000001"
    assert store.cases_due(LATER) == ()
    assert store.items_due(LATER) == ()
    assert list(store.items_told(LATER)) == []
    assert reads == []
    assert store.case("CASE#00000001") == closed(1)
    assert len(reads) == 1
    store.close()


def test_what_is_not_over_stays(tmp_path: Path) -> None:
    """Open cases, cases that ended lately, and cases with a mail that is not settled are not archived."""
    store = TinyStore(tmp_path, CODECS[0])
    store.apply(
        Change(
            (closed(1, since=LATER + timedelta(hours=1)), closed(2), case("CASE#00000003")),
            (sent(2, status=Status.HELD),),
        )
    )
    assert store.archive(LATER) == 0
    store.close()


def test_a_year_has_its_file(tmp_path: Path) -> None:
    """A case lies in the archive of the year in which it ended."""
    store = TinyStore(tmp_path, CODECS[1])
    store.apply(Change((closed(1), closed(2, since=datetime(2025, 12, 31, 23, tzinfo=UTC)))))
    assert store.archive(LATER) == 2
    assert sorted(path.name[:4] for path in (tmp_path / "archive").iterdir()) == ["2025", "2026"]
    assert store.case("CASE#00000002") is not None
    store.close()


def test_a_case_that_is_reopened_comes_back_and_goes_again(tmp_path: Path) -> None:
    """A change to an archived case counts, its mails stay with it, and it can be archived once more."""
    store = filled(tmp_path, CODECS[1])
    store.archive(LATER)
    store.apply(Change((closed(2, state=State.TRIAGE, priority="high"),), (sent(20, created=NOW),)))
    assert [i.item for i in store.items("CASE#00000002")] == [f"{2:016x}"]
    reopened = store.case("CASE#00000002")
    assert reopened is not None
    assert reopened.priority == "high"
    store.apply(Change((replace(reopened, state=State.CLOSED),)))
    before = answers(store)
    assert store.archive(LATER) == 1
    store.close()
    store = TinyStore(tmp_path, CODECS[1])
    assert answers(store) == before
    store.close()


@pytest.mark.parametrize("codec", CODECS)
def test_a_kill_between_archive_and_store(tmp_path: Path, codec: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cases that were written to the archive and not taken out of the store are whole, and are archived again."""
    store = filled(tmp_path, codec)
    before = answers(store)
    with monkeypatch.context() as patch:
        patch.setattr(store._journal, "commit", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            store.archive(LATER)
    store.close()
    (path,) = (tmp_path / "archive").iterdir()
    path.write_bytes(path.read_bytes()[:-7])
    store = TinyStore(tmp_path, codec)
    assert answers(store) == before
    assert store.archive(LATER) == 3
    assert answers(store) == before
    store.close()


def test_every_prefix_of_an_archive(tmp_path: Path) -> None:
    """Whatever part of the archive's frames a crash left, the store says what it was told, and archives anew."""
    filled(tmp_path / "made", CODECS[1]).close()
    store_file = (tmp_path / "made" / "desk.journal").read_bytes()
    store = TinyStore(tmp_path / "made", CODECS[1])
    before = answers(store)
    store.archive(LATER)
    store.close()
    (path,) = (tmp_path / "made" / "archive").iterdir()
    whole = path.read_bytes()
    with path.open("rb") as file:
        first = next(frames(file, "first")).end
    for length in range(first, len(whole) + 1, 61):
        state = tmp_path / str(length)
        (state / "archive").mkdir(parents=True, mode=0o700)
        (state / "desk.journal").write_bytes(store_file)
        (state / "archive" / path.name).write_bytes(whole[:length])
        store = TinyStore(state, CODECS[1])
        assert answers(store) == before
        assert store.archive(LATER) == 3
        assert answers(store) == before
        store.close()


def test_a_damaged_archive_is_said_and_not_cut(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A flipped byte in an archive is an error that names the file; what lies elsewhere is still there."""
    store = filled(tmp_path, CODECS[1])
    store.archive(LATER)
    store.close()
    (path,) = (tmp_path / "archive").iterdir()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    store = TinyStore(tmp_path, CODECS[1])
    with pytest.raises(PermanentError, match=r"2026-0001\.journal: damaged"), caplog.at_level(logging.ERROR):
        list(store.cases())
    assert store.case("CASE#00000004") is not None
    store.close()
    assert path.read_bytes() == content


def test_a_reader_archives_nothing(tmp_path: Path) -> None:
    """Opened for reading only, the store refuses."""
    filled(tmp_path, CODECS[1]).close()
    reader = TinyStore(tmp_path, CODECS[1], read_only=True)
    with pytest.raises(PermanentError, match="reading only"):
        reader.archive(LATER)
    assert not (tmp_path / "archive").exists()


def test_every_schema_opens(tmp_path: Path) -> None:
    """A state of each older version opens, is written anew in today's, and says the same as before."""
    states = sorted((Path(__file__).parents[1] / "states").glob("schema-*.journal"))
    assert [path.name for path in states] == [f"schema-{n}.journal" for n in range(1, SCHEMA)]
    for old in states:
        state = tmp_path / old.stem
        state.mkdir(mode=0o700)
        (state / "desk.journal").write_bytes(old.read_bytes())
        said: list[list[Any]] = []
        for read_only in (True, False, True):
            store = TinyStore(state, PlainCodec(), read_only=read_only)
            said.append([[*store.cases()], [*store.items()], [*store.dispositions()], [*store.pins()]])
            assert store.unfinished() == 1
            assert store.signature_seen("sig")
            store.close()
        assert said[0] == said[1] == said[2]
        assert [one.id for one in said[0][0]] == ["CASE#00000001"]
        assert said[0][0][0].track is Track.WEBSITE
        assert b'"schema":%d' % SCHEMA in (state / "desk.journal").read_bytes()
        assert len((state / "journal.log").read_text("utf-8").splitlines()) == 1
