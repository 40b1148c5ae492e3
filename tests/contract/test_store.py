"""What every `memory.Store` promises, asked of the fake and of the real one, also across restarts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailbot.adapters.codec import SealedCodec
from mailbot.adapters.postgres.store import PostgresStore
from mailbot.adapters.store import TinyStore
from mailbot.core import traces
from mailbot.core.messages import Address, Attachment, Draft
from mailbot.core.model import Case, Contact, Deadline, DeadlineKind, Field, Participant, Role, State, Track
from mailbot.core.outbox import OutboxItem, Status
from mailbot.errors import PermanentError
from mailbot.memory import Change, Disposition, Pin, Store
from tests.fakes_store import MemoryStore
from tests.plain_codec import PlainCodec
from tests.servers_postgres import KEY, Postgres

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
CODEC = SealedCodec(KEY)


class Restarting:
    """A TinyStore that is closed and opened again before every call: what it answers comes from the disk."""

    def __init__(self, state: Path) -> None:
        self._open = lambda: TinyStore(state, CODEC)
        self._store = self._open()

    def __getattr__(self, name: str) -> Any:
        self._store.close()
        self._store = self._open()
        return getattr(self._store, name)


class Archiving:
    """A TinyStore that archives whatever has ended before every call: no answer may change by that."""

    def __init__(self, state: Path) -> None:
        self._store = TinyStore(state, CODEC)

    def __getattr__(self, name: str) -> Any:
        self._store.archive(NOW + 9_999 * HOUR)
        return getattr(self._store, name)


class Reconnecting:
    """A PostgresStore that connects anew before every call that is not within a turn."""

    def __init__(self, url: str) -> None:
        self._open = lambda: PostgresStore(url, KEY)
        self._store, self._depth = self._open(), 0

    @contextmanager
    def turn(self) -> Iterator[None]:
        self._depth += 1
        with self._store.turn():
            yield
        self._depth -= 1

    def __getattr__(self, name: str) -> Any:
        if not self._depth:
            self._store.close()
            self._store = self._open()
        return getattr(self._store, name)


MAKERS: dict[str, Callable[[Path], Any]] = {
    "memory": lambda state: MemoryStore(),
    "tiny": lambda state: TinyStore(state, PlainCodec()),
    "tiny-sealed": lambda state: TinyStore(state, CODEC),
    "tiny-restarting": Restarting,
    "tiny-archiving": Archiving,
}


POSTGRES: dict[str, Callable[[str], Any]] = {
    "postgresql": lambda url: PostgresStore(url, KEY),
    "postgresql-reconnecting": lambda url: Reconnecting(url),
}
KINDS = (*MAKERS, *POSTGRES)


def make(request: pytest.FixtureRequest, kind: str, state: Path) -> Any:
    """An empty store of that kind."""
    if kind in MAKERS:
        return MAKERS[kind](state)
    server: Postgres = request.getfixturevalue("postgres")
    return POSTGRES[kind](server.new_database())


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made = make(request, request.param, tmp_path / "state")
    yield made
    made.close()


def case(case_id: str = "CASE#00000001", **changes: Any) -> Case:
    return replace(Case(case_id, Track.WEBSITE, NOW), **changes)


def due(*hours: float) -> tuple[Deadline, ...]:
    return tuple(Deadline(DeadlineKind.TRIAGE, NOW + h * HOUR) for h in hours)


def item(name: str, **changes: Any) -> OutboxItem:
    draft = Draft("ja/receipt", Address("", "Finder@example.com"), "finder", "件名", "本文\n")
    made = OutboxItem(name, "CASE#00000001", f"key-{name}", "receipt", Status.QUEUED, NOW, NOW, draft)
    return replace(made, **changes)


def done(digest: str, kind: str = "case", folder: str = "Processed") -> Disposition:
    return Disposition(digest, kind, folder, NOW)


def test_empty_store_knows_nothing(store: Store) -> None:
    """A new store answers every question with nothing."""
    assert store.case("CASE#00000001") is None
    assert store.case_of_message("<a@b>") is None
    assert store.item("x") is None
    assert store.item_of_message("") is None
    assert store.disposition("d") is None
    assert store.pin("a@b") is None
    assert not store.signature_seen("s")
    assert [*store.cases(), *store.items(), *store.dispositions(), *store.pins()] == []
    assert [*store.cases_due(NOW), *store.items_due(NOW)] == []


def test_mails_since(store: Store) -> None:
    """Those at that moment or later, of every kind or of one."""
    kinds = ("case", "held", "case")
    mails = [replace(done(f"{n}", kind), at=NOW + n * HOUR) for n, kind in enumerate(kinds)]
    store.apply(Change(done=tuple(mails)))
    assert list(store.dispositions(since=NOW + HOUR)) == mails[1:]
    assert list(store.dispositions("case", NOW + HOUR)) == mails[2:]
    assert list(store.dispositions(since=NOW + 3 * HOUR)) == []


def test_one_change_stores_all_of_it(store: Store) -> None:
    """Whatever a change holds is there after it, equal to what was given."""
    opened = case(
        state=State.ASKING,
        fields=(
            Field("vulnerability.cvss_score", 9.8, "cvss", 0.9, "スコア 9.8"),
            Field("exploited", True, "e", 1.0),
            Field("target.urls", ("https://a.example", "https://b.example"), "url", 1.0),
        ),
        participants=(Participant(Role.FINDER, "finder@example.com", "発見者", "A" * 40, True),),
    )
    attached = Draft(
        "ja/details", Address("窓口", "w@example.jp"), "operator", "s", "b", (Attachment("a", "b/c", b"\0\xff"),)
    )
    mail = item("1", draft=attached, message_id="<1@desk>", settled=NOW)
    pin = Pin("Finder@Example.com", "A" * 40, NOW, "mail")
    store.apply(Change((opened,), (mail,), (done("d1"),), (pin,), ("sig",), ("opened CASE#00000001",)))
    assert store.case(opened.id) == opened
    assert list(store.cases()) == [opened]
    assert store.item("1") == mail
    assert store.disposition("d1") == done("d1")
    assert store.pin("finder@example.COM") == pin
    assert list(store.pins()) == [pin]
    assert store.signature_seen("sig")


def test_search_has_no_draft(store: Store) -> None:
    """An outbox item without draft is stored, is due, and counts as no receipt."""
    search = item("1", draft=None, template="find_contacts")
    store.apply(Change(items=(search, item("2", draft=None))))
    assert store.items_due(NOW)[0] == search
    assert store.acknowledgements("finder@example.com", NOW) == 0


def test_later_change_replaces(store: Store) -> None:
    """A case given again takes the place of the one before, and what it no longer says is forgotten."""
    store.apply(Change((case(message_ids=("<a@x>", "<b@x>"), priority="high", deadlines=due(0)),)))
    store.apply(Change((case(message_ids=("<b@x>", "<c@x>")),)))
    assert store.case("CASE#00000001") == case(message_ids=("<b@x>", "<c@x>"))
    assert [store.case_of_message(m) for m in ("<a@x>", "<b@x>", "<c@x>")] == [None, "CASE#00000001", "CASE#00000001"]
    assert list(store.cases_due(NOW)) == []


def test_cases_due_in_order_of_time(store: Store) -> None:
    """Open cases with a deadline that has come are listed by their earliest one, once, each time they are asked."""
    store.apply(
        Change(
            (
                case("late", deadlines=due(-1, 5)),
                case("early", deadlines=due(3, -2)),
                case("exact", deadlines=due(0)),
                case("future", deadlines=due(0.01)),
                case("none"),
                case("closed", state=State.CLOSED, deadlines=due(-9)),
                case("rejected", state=State.REJECTED, deadlines=due(-9)),
            )
        )
    )
    assert list(store.cases_due(NOW)) == ["early", "late", "exact"]
    assert list(store.cases_due(NOW)) == ["early", "late", "exact"]


def test_deadline_that_moves_and_comes_back(store: Store) -> None:
    """A case whose deadline was moved away, removed and set again is listed once, when it is due."""
    for deadlines in (due(0), due(2), due(0), (), due(0)):
        store.apply(Change((case(deadlines=deadlines),)))
    assert list(store.cases_due(NOW)) == ["CASE#00000001"]
    store.apply(Change((case(deadlines=due(2)),)))
    assert list(store.cases_due(NOW)) == []
    store.apply(Change((case(state=State.CLOSED, deadlines=due(0)),)))
    assert list(store.cases_due(NOW + 9 * HOUR)) == []


def test_message_that_two_cases_name(store: Store) -> None:
    """A Message-ID that two cases name belongs to the older one, even if it named it later."""
    store.apply(Change((case("old"), case("new", message_ids=("<a@x>",)))))
    assert store.case_of_message("<a@x>") == "new"
    store.apply(Change((case("old", message_ids=("<a@x>",)),)))
    assert store.case_of_message("<a@x>") == "old"


def test_our_own_message_belongs_to_its_case(store: Store) -> None:
    """The Message-ID of an outbox item leads to its case, whatever others name; an item without case does not."""
    first, second = item("1", case="B", message_id="<1@desk>"), item("2", case=None, message_id="<2@desk>")
    store.apply(Change((case("A", message_ids=("<1@desk>", "<2@desk>")), case("B")), (first, second)))
    assert store.case_of_message("<1@desk>") == "B"
    assert store.case_of_message("<2@desk>") == "A"
    assert store.item_of_message("<1@desk>") == first


def test_message_id_given_later(store: Store) -> None:
    """An item is found by the Message-ID it has now, not by the empty or former one."""
    for message_id in ("", "<1@desk>", "<2@desk>"):
        store.apply(Change(items=(item("1", message_id=message_id),)))
    assert store.item_of_message("<2@desk>") == item("1", message_id="<2@desk>")
    assert store.item_of_message("<1@desk>") is None
    assert store.item_of_message("") is None


def test_cases_about(store: Store) -> None:
    """Cases are found by what their fields are about now, the newest first and no more than asked for, also ended."""
    page = Field("target.urls", ("https://www.shop.example.jp/search?q=1", "https://shop.example.jp/"), "url", 1.0)
    cart = Field("product.name", "カゴ カート", "name", 1.0)
    store.apply(Change((case("A", fields=(page,)), case("B", fields=(cart,)))))
    key = "page shop.example.jp/search"
    assert list(store.cases_about(key, 9)) == ["A"]
    store.apply(Change((case("C", fields=(page, cart), state=State.CLOSED), case("D", fields=(page,)))))
    assert list(store.cases_about(key, 9)) == ["D", "C", "A"]
    assert list(store.cases_about(key, 2)) == ["D", "C"]
    assert list(store.cases_about("site shop.example.jp", 9)) == ["D", "C", "A"]
    assert list(store.cases_about("product カゴカート", 9)) == ["C", "B"]
    store.apply(Change((case("D", fields=(cart,)), case("A", fields=(page,), priority="high"))))
    assert list(store.cases_about(key, 9)) == ["C", "A"]
    assert list(store.cases_about("product カゴカート", 9)) == ["D", "C", "B"]
    assert list(store.cases_about("page elsewhere.example/", 9)) == []


def test_cases_in_one_state(store: Store) -> None:
    """Cases in one state are listed oldest first, as they are now."""
    store.apply(Change((case("B"), case("A", state=State.CLOSED), case("C"), case("D", state=State.CLOSED))))
    assert [found.id for found in store.cases("triage")] == ["B", "C"]
    store.apply(Change((case("B", state=State.CLOSED),)))
    assert [found.id for found in store.cases("closed")] == ["B", "A", "D"]
    assert [found.id for found in store.cases("asking")] == []


def test_cases_telling(store: Store) -> None:
    """Open cases are found by pieces of their reports as they are now; one that has ended tells nothing more."""
    text = "The names of all members who borrowed a book this year are listed on the second page"
    steps = Field("vulnerability.steps", text, "r", 1.0)
    kept = traces.pieces({"vulnerability.steps": text})
    asked = traces.windows([f"As reported: {text}"])
    assert dict(store.cases_telling(asked)) == {}
    store.apply(Change((case("A", fields=(steps,)), case("B", fields=(steps,)), case("C"))))
    assert {piece: set(ids) for piece, ids in store.cases_telling(asked).items()} == {key: {"A", "B"} for key in kept}
    store.apply(
        Change((case("A", fields=(steps,), state=State.CLOSED), case("B", fields=(replace(steps, value="x"),))))
    )
    assert dict(store.cases_telling(asked)) == {}
    store.apply(Change((case("A", fields=(steps,)),)))
    assert {piece: set(ids) for piece, ids in store.cases_telling(asked).items()} == {key: {"A"} for key in kept}


def test_items_oldest_first(store: Store) -> None:
    """Items are listed by time of creation, of one moment as they were stored, for one case or all."""
    young, old, twin = item("b", created=NOW + HOUR), item("z"), item("a")
    other = item("c", case="CASE#00000002", created=NOW - HOUR)
    store.apply(Change(items=(young, old, twin, other)))
    store.apply(Change(items=(replace(old, attempts=1),)))
    assert [found.item for found in store.items()] == ["c", "z", "a", "b"]
    assert [found.item for found in store.items("CASE#00000001")] == ["z", "a", "b"]
    assert list(store.items("CASE#00000003")) == []


def test_items_due(store: Store) -> None:
    """Due are queued and sending items whose time has come, no others."""
    made = [item(status.value, status=status) for status in Status]
    store.apply(Change(items=(*made, item("later", next=NOW + HOUR), item("retry", created=NOW - HOUR, next=NOW))))
    assert [found.item for found in store.items_due(NOW)] == ["retry", "queued", "sending"]
    store.apply(Change(items=(item("queued", status=Status.SENT), item("retry", created=NOW - HOUR, next=NOW + HOUR))))
    assert [found.item for found in store.items_due(NOW)] == ["sending"]


def test_acknowledgements(store: Store) -> None:
    """Receipts to an address count from that moment on unless they are dead; other mail does not."""
    old = item("old", created=NOW - 25 * HOUR)
    elsewhere = item("b", draft=Draft("ja/receipt", Address("", "b@example.com"), "finder", "s", "b"))
    store.apply(
        Change(items=(old, item("1"), item("2", status=Status.HELD), elsewhere, item("q", template="question")))
    )
    assert store.acknowledgements("FINDER@example.com", NOW - 24 * HOUR) == 2
    assert store.acknowledgements("finder+tag@example.com", NOW - 24 * HOUR) == 2
    assert store.acknowledgements("finder@example.com", NOW - 25 * HOUR) == 3
    assert store.acknowledgements("finder@example.com", NOW + HOUR) == 0
    store.apply(Change(items=(item("1", status=Status.DEAD), item("2", status=Status.SENT))))
    assert store.acknowledgements("finder@example.com", NOW - 24 * HOUR) == 1


def test_starts(store: Store) -> None:
    """Starts at a mail count up, are taken back by `end`, never below none, and are forgotten once it is done."""
    assert [store.begin("d"), store.begin("d"), store.begin("other")] == [1, 2, 1]
    store.end("d")
    assert store.begin("d") == 2
    store.apply(Change(done=(done("d"),)))
    assert store.begin("d") == 1
    for _ in range(3):
        store.end("d")
    store.end("never begun")
    assert store.begin("d") == 1


def test_unfinished(store: Store) -> None:
    """Mails that were begun and are not done; one that was left alone because the outside failed is none."""
    for digest in ("d", "d", "other", "left"):
        store.begin(digest)
    store.end("left")
    assert store.unfinished() == 2
    store.apply(Change(done=(done("d"),)))
    assert store.unfinished() == 1


def test_items_held(store: Store) -> None:
    """What waits for a person, oldest first, and no longer than that."""
    held = [item(name, status=Status.HELD, created=NOW + at * HOUR) for name, at in (("2", 1), ("1", 0))]
    store.apply(Change(items=(*held, item("3"))))
    assert [i.item for i in store.items_held()] == ["1", "2"]
    store.apply(Change(items=(item("1", status=Status.QUEUED), item("3", status=Status.HELD, created=NOW + HOUR))))
    assert {i.item for i in store.items_held()} == {"2", "3"}


def test_items_uncertain(store: Store) -> None:
    """What may have gone out, oldest first, until it is decided."""
    doubted = [item(name, status=Status.UNCERTAIN, created=NOW + at * HOUR) for name, at in (("2", 1), ("1", 0))]
    store.apply(Change(items=(*doubted, item("3"))))
    assert [i.item for i in store.items_uncertain()] == ["1", "2"]
    store.apply(Change(items=(item("1", status=Status.SENT),)))
    assert [i.item for i in store.items_uncertain()] == ["2"]


def test_cases_of_contact(store: Store) -> None:
    """Open cases that know an address, oldest first, in whatever case it is written."""
    shop = (Contact(1, "Web@shop.example.jp", "report"),)
    store.apply(Change(cases=(case("B", contacts=shop), case("A", contacts=shop), case("C"))))
    assert list(store.cases_of_contact("web@SHOP.example.jp")) == ["B", "A"]
    store.apply(Change(cases=(case("B", contacts=shop, state=State.CLOSED), case("A"), case("C", contacts=shop))))
    assert list(store.cases_of_contact("web@shop.example.jp")) == ["C"]


def test_dispositions_by_kind(store: Store) -> None:
    """Dispositions are listed as they were stored, all or of one kind."""
    all_of_them = (done("1"), done("2", "held", "Held"), done("3"))
    store.apply(Change(done=all_of_them))
    assert list(store.dispositions()) == list(all_of_them)
    assert list(store.dispositions("held")) == [all_of_them[1]]


def test_reading_while_writing(store: Store) -> None:
    """A list that is being read is not upset by a change in between."""
    store.apply(Change((case("A"), case("B")), (item("1"),), (done("1"),)))
    for number, found in enumerate(store.cases()):
        store.apply(Change((replace(found, priority="high"), case(f"new{number}")), (item(f"n{number}"),)))
    assert [found.priority for found in store.cases()][:2] == ["high", "high"]


def test_reader_sees_what_was_committed_and_cannot_write(tmp_path: Path) -> None:
    """A store opened for reading only needs no lock, shows the state of that moment and refuses every change."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        assert list(TinyStore(Path("absent"), CODEC, read_only=True).cases()) == []
        assert not Path("absent").exists()
    writer = TinyStore(tmp_path / "state", CODEC)
    writer.apply(Change((case("A"),)))
    reader = TinyStore(tmp_path / "state", CODEC, read_only=True)
    writer.apply(Change((case("B"),)))
    assert [found.id for found in reader.cases()] == ["A"]
    for refused in (lambda: reader.apply(Change((case("C"),))), lambda: reader.begin("d")):
        with pytest.raises(PermanentError, match="reading only"):
            refused()
    assert [found.id for found in reader.cases()] == ["A"]
    writer.close()


TIMES = st.integers(-3, 3).map(lambda h: NOW + h * HOUR)
MESSAGES = st.sampled_from(["<1@x>", "<2@x>", "<3@x>"])
NAMES = st.sampled_from(["alpha", "beta"])
CASES = st.builds(
    case,
    st.sampled_from("ABC"),
    state=st.sampled_from([State.TRIAGE, State.CLOSED]),
    deadlines=st.lists(TIMES.map(lambda at: Deadline(DeadlineKind.FIX, at)), max_size=2).map(tuple),
    message_ids=st.lists(MESSAGES, max_size=2).map(tuple),
    fields=st.lists(NAMES.map(lambda name: Field("product.name", name, "r", 1.0)), max_size=1).map(tuple),
)
STATUSES = st.sampled_from(Status)


def test_a_turn_shows_what_it_stored(store: Store) -> None:
    """Turns lie within each other; what was applied in one is seen in it at once, and after it."""
    with store.turn():
        store.apply(Change((case("A"),)))
        with store.turn():
            assert [found.id for found in store.cases()] == ["A"]
            store.apply(Change((case("B"),), journal=("said",)))
        assert store.begin("d") == 1
        assert store.journal_head().startswith("#1 ")
    assert [found.id for found in store.cases()] == ["A", "B"]
    assert store.begin("d") == 2


def test_claims_of_one_alone(store: Store) -> None:
    """Who works alone may act on everything, again and again, and let go of what it never had."""
    store.let_go("never")
    assert [store.claim("d"), store.claim("d"), store.claim("1")] == [True] * 3
    store.apply(Change(items=(item("1", status=Status.SENDING),), done=(done("d"),)))
    store.let_go("1")
    store.apply(Change(items=(item("1", status=Status.SENT),)))
    assert store.claim("1")


def test_what_was_brought_along(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Case records are kept in groups; what is brought instead leaves nothing of the groups before."""
    for kind in ("tiny-sealed", "postgresql"):
        made = make(request, kind, tmp_path / "state")
        made.bring({"2026Q1": ["1", "2"], "2026Q2": ["3"]}, "said")
        made.bring({"2026Q1": ["1", "2"], "2026Q3": ["4"]}, "said again")
        assert sorted(made.brought()) == [b"1", b"2", b"4"]
        assert made.token_secret(b"default") == b"default"
        made.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(
        st.tuples(st.lists(CASES, max_size=2), st.lists(st.tuples(st.integers(0, 3), STATUSES, TIMES), max_size=2)),
        max_size=6,
    )
)
def test_fake_and_real_agree(tmp_path_factory: pytest.TempPathFactory, changes: list[Any]) -> None:
    """After any run of changes the fake, the real store and the real store opened anew give the same answers."""
    state = tmp_path_factory.mktemp("state")
    fake, real = MemoryStore(), TinyStore(state, PlainCodec())
    for cases, items in changes:
        made = [item(str(n), case="ABC?"[n], created=NOW + n * HOUR, status=s, next=at) for n, s, at in items]
        for store in (fake, real):
            store.apply(Change(tuple(cases), tuple(made)))
    both = [answers(fake), answers(real)]
    real.close()
    again = TinyStore(state, PlainCodec(), read_only=True)
    assert both == [answers(again)] * 2


def answers(store: Any) -> list[Any]:
    """What the store says when it is asked everything."""
    return [
        list(store.cases()),
        list(store.items()),
        [list(store.items(c)) for c in "ABC"],
        [list(store.cases_due(NOW + h * HOUR)) for h in range(-3, 4)],
        [list(store.items_due(NOW + h * HOUR)) for h in range(-3, 4)],
        [store.case_of_message(f"<{n}@x>") for n in (1, 2, 3)],
        [list(store.cases_about(f"product {name}", 2)) for name in ("alpha", "beta")],
        [store.acknowledgements("finder@example.com", NOW + h * HOUR) for h in range(-1, 5)],
        [held.item for held in store.items_held()],
        [doubted.item for doubted in store.items_uncertain()],
    ]
