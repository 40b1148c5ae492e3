"""The search as a whole: every source has its turn, none stops another, and nothing is asked twice or without end."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailbot.core.contacts import evidence_of
from mailbot.core.hosts import Site
from mailbot.core.model import Contact
from mailbot.core.seeking import Found, Question
from mailbot.errors import TransientError
from mailbot.finding import limits
from mailbot.finding.cache import Cache
from mailbot.finding.limits import Asks, Patience, Rate, Turn
from mailbot.finding.search import ContactSearch
from mailbot.finding.sources import report
from mailbot.finding.tools import Source, Tools, Unanswered
from tests.fakes_lookup import NoNetwork, Sites, tools_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SITE = "https://www.example.co.jp/shop"
IMPATIENT = Patience(answer=0.05, lost=0.05, idle=0.2, source=0.5, checks=0.05)


def says(*addresses: str, score: float = 0.5, source: str = "site") -> Source:
    """A source that knows these."""

    def look(site: Site, now: datetime, tools: Tools) -> Sequence[Contact]:
        return [Contact(1, a, source, score=score, why=f"{source} says so") for a in addresses]

    return look


def fails(problem: Exception) -> Source:
    def look(site: Site, now: datetime, tools: Tools) -> Sequence[Contact]:
        raise problem

    return look


def fetches(*paths: str) -> Source:
    """A source that asks for these and names each that it got."""

    def look(site: Site, now: datetime, tools: Tools) -> Sequence[Contact]:
        answers = [tools.web.fetch(f"https://{site.host}{path}") for path in paths]
        return [Contact(1, a.body.decode(), "site", score=0.5) for a in answers if not a.problem]

    return look


def search(sources: Mapping[str, Source], tools: Tools | None = None, **how: object) -> ContactSearch:
    return ContactSearch(tools or tools_of(), sources, **{"check": False, **how})  # type: ignore[arg-type]


def addresses(found: Found) -> list[str]:
    return [c.address for c in found.contacts]


def test_sources_are_put_together() -> None:
    """What several sources know is one list, best first, with one entry for an address that two of them name."""
    made = search(
        {
            "whois": says("A@example.co.jp", "b@example.co.jp", score=0.4, source="whois"),
            "site": says("a@example.co.jp", score=0.7),
        }
    )
    found = made.find(Question((SITE,)), NOW)
    assert [(c.n, c.address) for c in found.contacts] == [(1, "a@example.co.jp"), (2, "b@example.co.jp")]
    assert "check: also named by whois" in found.contacts[0].evidence
    assert found.contacts[0].score > 0.7
    assert found.notes == ()


@pytest.mark.parametrize(
    ("problem", "note"),
    [
        (Unanswered("the registry says nothing"), "source rdap: the registry says nothing"),
        (TransientError("no network"), "source rdap: no network"),
        (ZeroDivisionError("secret of a stranger"), "source rdap: fault: ZeroDivisionError at tests.unit."),
    ],
)
def test_a_failing_source_stops_no_other(problem: Exception, note: str) -> None:
    """Whatever goes wrong in one source is noted beside its name, a bug without its message; the others count."""
    found = search({"rdap": fails(problem), "site": says("a@example.co.jp")}).find(Question((SITE,)), NOW)
    assert addresses(found) == ["a@example.co.jp"]
    assert [said[: len(note)] for said in found.notes] == [note]


def test_a_source_that_hangs_is_left_behind() -> None:
    """A source that neither asks nor answers ends no search."""
    never = threading.Event()

    def hangs(site: Site, now: datetime, tools: Tools) -> Sequence[Contact]:
        never.wait(60)
        return ()

    found = search({"soa": hangs, "site": says("a@x.jp")}, patience=IMPATIENT).find(Question((SITE,)), NOW)
    never.set()
    assert (addresses(found), found.notes) == (["a@x.jp"], ("source soa: no answer in time",))


def test_a_dead_server_takes_nothing_from_what_was_found_before() -> None:
    """A source whose third page never comes still tells what stood on the first two."""
    sites = Sites({"https://www.example.co.jp/1": b"a@x.jp", "https://www.example.co.jp/2": b"b@x.jp"})
    sites.hang("https://www.example.co.jp/3")
    found = search({"site": fetches("/1", "/2", "/3")}, tools_of(sites), patience=IMPATIENT)
    assert addresses(found.find(Question((SITE,)), NOW)) == ["a@x.jp", "b@x.jp"]
    sites.let_go()


def test_the_same_is_asked_once() -> None:
    """Two sources that want the same page share one fetch, two URLs of one host one look-up."""
    sites = Sites({"https://www.example.co.jp/1": b"a@x.jp"})
    made = search({"site": fetches("/1"), "other": fetches("/1")}, tools_of(sites))
    made.find(Question((SITE, "https://www.example.co.jp/other")), NOW)
    assert sites.asked == ["https://www.example.co.jp/1"]


def test_a_dead_host_is_asked_once() -> None:
    """A server that takes no connection is not asked for a second page."""
    sites = Sites({})
    search({"site": fetches("/1", "/2", "/3")}, tools_of(sites)).find(Question((SITE,)), NOW)
    assert sites.asked == ["https://www.example.co.jp/1"]


def test_hosts_and_fetches_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that lists many hosts has five of them asked, and not too often in all."""
    monkeypatch.setitem(limits.MOST_ASKS, "web", 12)
    sites = Sites({f"https://h{n}.example.jp/": b"" for n in range(100)})
    pages = fetches(*(f"/{n}" for n in range(5)))
    search({"site": pages}, tools_of(sites)).find(Question(tuple(f"https://h{n}.example.jp/" for n in range(100))), NOW)
    assert len(sites.asked) == 12
    assert not any("h5." in url for url in sites.asked)


def test_rate_of_one_server() -> None:
    """One server is asked so often in a minute, whoever asks; the next minute it may be asked again."""
    clock = [0.0]
    rate = Rate(lambda: clock[0])
    asked = [rate.admits("whois", "whois.example.jp") for _ in range(11)]
    assert asked == [True] * 10 + [False]
    assert rate.admits("whois", "other.example.jp")
    clock[0] = 61.0
    assert rate.admits("whois", "whois.example.jp")


def test_patience_is_used_up() -> None:
    """After answers that did not come, a source gets only what is known already."""
    ticks = iter(range(0, 1000, 10))
    turn = Turn(Asks(Rate(), Patience(lost=5.0), clock=lambda: float(next(ticks))))

    def nobody() -> str:
        raise Unanswered("nobody")

    with pytest.raises(Unanswered):
        turn.ask(("whois", "a"), "a", nobody)
    with pytest.raises(TimeoutError):
        turn.ask(("whois", "b"), "b", lambda: "late")


@pytest.mark.parametrize("urls", [(), ("",), ("file:///etc/passwd", "なし", "http://[::1")])
def test_nothing_to_ask(urls: Sequence[str]) -> None:
    """URLs that name no site cause no fetch; what the report says counts all the same."""
    sites = Sites({})
    made = search({"site": fetches("/")}, tools_of(sites), asides={"report": report.look})
    assert addresses(made.find(Question(tuple(urls), stated="info@example.jp"), NOW)) == ["info@example.jp"]
    assert sites.asked == []


def test_nobody_could_be_asked() -> None:
    """When our own network fails the search is tried again later, whatever the report says; a single answer counts."""
    made = search({"site": fetches("/")}, tools_of(NoNetwork()), asides={"report": report.look})
    with pytest.raises(TransientError):
        made.find(Question((SITE,), stated="info@example.co.jp"), NOW)
    sites = Sites({"https://www.example.co.jp/": b"a@x.jp"}, fails="broken")
    question = Question(("https://broken.jp/", SITE))
    assert addresses(search({"site": fetches("/")}, tools_of(sites)).find(question, NOW)) == ["a@x.jp"]


class Kept:
    """A shelf in memory."""

    data = b""

    def load(self) -> bytes:
        return self.data

    def keep(self, data: bytes) -> None:
        self.data = data


def _lookups(sites: Sites, shelf: Kept) -> Callable[..., Found]:
    def find(later: timedelta, **how: bool) -> Found:
        made = search({"site": fetches("/")}, tools_of(sites), cache=Cache(shelf))
        return made.find(Question((SITE,)), NOW + later, **how)

    return find


def test_what_was_found_lately_is_not_asked_again() -> None:
    """Another search within a day, also of another process, shows the first one's answer and day; --fresh asks."""
    sites = Sites({"https://www.example.co.jp/": b"a@x.jp"})
    find = _lookups(sites, Kept())
    first, second = find(timedelta(0)), find(timedelta(hours=23))
    assert first == second
    assert evidence_of(second.contacts[0], "checked") == ("2026-11-22T00:00:00+00:00",)
    assert len(sites.asked) == 1
    find(timedelta(hours=23), fresh=True)
    assert len(sites.asked) == 2
    find(timedelta(hours=48))
    assert len(sites.asked) == 3


def test_that_nothing_was_found_is_believed_for_an_hour() -> None:
    """An operator may open a window after our call."""
    sites = Sites({"https://www.example.co.jp/other": b""})
    find = _lookups(sites, Kept())
    find(timedelta(0))
    find(timedelta(minutes=59))
    assert len(sites.asked) == 1
    find(timedelta(minutes=61))
    assert len(sites.asked) == 2


def test_a_source_that_failed_is_asked_again() -> None:
    """Silence is not remembered."""
    shelf, question = Kept(), Question((SITE,))
    search({"site": fails(Unanswered("silent"))}, cache=Cache(shelf)).find(question, NOW)
    assert addresses(search({"site": says("a@x.jp")}, cache=Cache(shelf)).find(question, NOW)) == ["a@x.jp"]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"version": 1, "rows": {"site https://www.example.co.jp": 3}}'])
def test_a_damaged_cache_is_none(data: bytes) -> None:
    """What cannot be read is asked again."""
    shelf = Kept()
    shelf.data = data
    made = search({"site": says("a@x.jp")}, cache=Cache(shelf))
    assert addresses(made.find(Question((SITE,)), NOW)) == ["a@x.jp"]


def test_the_finder_is_never_proposed() -> None:
    """Nobody may be told where the report comes from: the finder's own address is no contact point."""
    question = Question((SITE,), stated="me@finder.jp, info@example.co.jp", not_theirs=("Me@finder.jp",))
    made = search({"site": says("me@finder.jp")}, asides={"report": report.look})
    assert addresses(made.find(question, NOW)) == ["info@example.co.jp"]


def test_contacts_are_limited() -> None:
    """A page of a thousand addresses makes no list of a thousand."""
    many = says(*(f"a{n}@example.co.jp" for n in range(1000)))
    assert len(search({"site": many}).find(replace(Question(), urls=(SITE,)), NOW).contacts) == 20
