"""What is purged is gone from every byte of the state's files, clear or sealed, also when the purge is cut off."""

from dataclasses import replace
from pathlib import Path

import pytest

from mailbot import retention
from mailbot.adapters.archive import Archives
from mailbot.adapters.codec import Codec
from mailbot.adapters.erasing import ErasingStore, Erasure
from mailbot.adapters.journal import JournalStorage
from mailbot.adapters.store import TinyStore
from mailbot.core.model import Link, State
from mailbot.core.outbox import Status
from mailbot.memory import Change
from tests.contract.test_archives import CODECS, LATER, closed, filled, sent
from tests.contract.test_store import case, done


def content(state: Path) -> bytes:
    """Every byte of every file."""
    return b"".join(path.read_bytes() for path in sorted(state.rglob("*")) if path.is_file())


def purge(store: ErasingStore) -> None:
    """Forget everything that ended up to now."""
    plan = retention.plan(store.cases(), store.items(), store.dispositions(), store.pins(), LATER, LATER)
    lines = tuple(retention.tombstones(plan, LATER, "a test"))
    store.erase(Erasure(plan.cases, plan.done, plan.items, plan.pins, lines))


@pytest.mark.parametrize("archived", [False, True])
@pytest.mark.parametrize("codec", CODECS)
def test_nothing_is_left_in_the_files(tmp_path: Path, codec: Codec, archived: bool) -> None:
    """Neither the words nor the sealed bytes of ended cases; an open case, and one in the same archive, are whole."""
    store = filled(tmp_path, codec)
    if archived:
        assert store.archive(LATER) == 3
    store.apply(Change((closed(3, state=State.TRIAGE, since=None),)))
    store.close()
    before = content(tmp_path)
    assert (b"hidden words 1" in before) == (codec is CODECS[0])
    sealed = [path.read_bytes() for path in tmp_path.rglob("*.journal")]
    eraser = ErasingStore(tmp_path, codec)
    purge(eraser)
    kept = eraser.case("CASE#00000003")
    assert kept is not None
    assert kept.field_text("vulnerability.summary") == "hidden words 3"
    assert [item.item for item in eraser.items("CASE#00000003")] == [f"{3:016x}"]
    assert [case.field_text("vulnerability.summary") for case in eraser.cases()] == ["", "", "hidden words 3", ""]
    eraser.close()
    after = content(tmp_path)
    assert b"hidden words 1" not in after
    assert b"hidden words 2" not in after
    assert b"<1@x>" not in after
    if codec is not CODECS[0]:
        assert not any(file[at : at + 32] in after for file in sealed for at in range(200, len(file) - 32, 32))
    log = (tmp_path / "journal.log").read_text("utf-8")
    assert "CASE#00000001 purged by a test: website closed received 2026-11-20 ended 2026-11-20 xss" in log
    assert TinyStore(tmp_path, codec, read_only=True).case("CASE#00000003") == kept


@pytest.mark.parametrize("step", ["thin", "rewrite", "compact", "remove"])
@pytest.mark.parametrize("codec", CODECS)
def test_a_purge_that_is_cut_off_is_completed_by_the_next(
    tmp_path: Path, codec: Codec, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between any two of its steps, the state opens, and a second purge leaves nothing."""
    store = filled(tmp_path, codec)
    store.archive(LATER)
    store.apply(Change((closed(5), closed(3, state=State.TRIAGE, since=None)), (sent(5),)))
    store.close()
    where, name = {
        "thin": (Archives, "check"),
        "rewrite": (Archives, "rewrite"),
        "compact": (JournalStorage, "compact"),
        "remove": (Archives, "remove_all_but"),
    }[step]
    eraser = ErasingStore(tmp_path, codec)
    with monkeypatch.context() as patch:
        patch.setattr(where, name, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        if step == "thin":
            patch.setattr(where, name, _killed)
        with pytest.raises(KeyboardInterrupt):
            purge(eraser)
    eraser.close()
    again = ErasingStore(tmp_path, codec)
    kept = [case.field_text("vulnerability.summary") for case in again.cases()]
    assert kept == ["", "", "hidden words 3", "", ""]
    purge(again)
    again.close()
    after = content(tmp_path)
    assert not any(words in after for words in (b"hidden words 1", b"hidden words 2", b"hidden words 5"))
    assert len([*(tmp_path / "archive").iterdir()]) <= 1
    reader = TinyStore(tmp_path, codec, read_only=True)
    assert [case.id for case in reader.cases()] == [f"CASE#{n:08d}" for n in (1, 2, 3, 4, 5)]
    assert [*reader.items("CASE#00000003")] != []


def _killed(archives: Archives) -> None:
    raise KeyboardInterrupt


def test_a_process_that_lent_the_state_sees_the_purge(tmp_path: Path) -> None:
    """A daemon that waits while a person purges knows afterwards what is gone, and goes on."""
    daemon = filled(tmp_path, CODECS[1])
    daemon.archive(LATER)
    with daemon.lent():
        eraser = ErasingStore(tmp_path, CODECS[1])
        purge(eraser)
        eraser.close()
    assert daemon.case_of_message("<1@x>") is None
    assert [*daemon.items("CASE#00000001")] == []
    found = daemon.case("CASE#00000001")
    assert found is not None
    assert retention.is_purged(found)
    daemon.apply(Change((case("CASE#00000009"),)))
    daemon.close()
    assert TinyStore(tmp_path, CODECS[1], read_only=True).case("CASE#00000009") is not None


def test_what_is_not_over_is_not_purged(tmp_path: Path) -> None:
    """Open cases, later ones, ones with an unsettled mail and merged ones that go on stay whole, and it is said why."""
    cases = (
        case("CASE#00000001"),
        closed(2, since=LATER),
        closed(3),
        closed(4, state=State.MERGED, links=(Link("merged", "CASE#00000001"),)),
        closed(5),
    )
    items = (sent(3, status=Status.HELD), sent(5))
    mails = (
        replace(done("d5"), case="CASE#00000005", sender="finder@example.com"),
        done("old", "ignored"),
        done("wait", "held", "Held"),
        replace(done("shared"), case="CASE#00000005"),
    )
    cases = (replace(cases[0], mails=("shared",)), *cases[1:])
    plan = retention.plan(cases, items, mails, (), LATER, LATER)
    assert [case.id for case in plan.cases] == ["CASE#00000005"]
    assert dict(plan.kept) == {
        "CASE#00000001": "it is open (triage)",
        "CASE#00000002": "it ended later",
        "CASE#00000003": "a mail of it is not settled; see mailbot outbox list",
        "CASE#00000004": "it goes on in CASE#00000001",
    }
    assert plan.items == (f"{5:016x}",)
    assert plan.digests == ("d5", "old")
    assert plan.done[0] == replace(done("d5"), case="CASE#00000005", purged=True)
