"""The search for contact points over invented sites of many makes, all of them served on loopback.

The score of `known` is what the search was tuned with; that of `held` is what it makes of sites nobody looked at then.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailbot.bootstrap_lookup import contact_search
from mailbot.config import Config, load
from mailbot.core.seeking import Found, Question
from mailbot.finding.limits import Patience
from tests.shipped_rules import shipped_rules
from tests.sites.configuration import DESK, LOOKUP
from tests.sites.loading import InventedSite, load_sites
from tests.sites.serving import Net, served, silent

NOW = datetime(2026, 6, 10, 9, 0, tzinfo=UTC)
KNOWN, HELD = load_sites("known"), load_sites("held")
_AT_ONCE = 2
# a score must not hang on how busy the machine is
_UNHURRIED = Patience(answer=20, lost=30, idle=30, source=60, checks=20)


@dataclass(frozen=True)
class Result:
    """What the search made of a site."""

    site: InventedSite
    found: Found
    seconds: float

    @property
    def first(self) -> str:
        """The address that would be written to."""
        usable = [contact for contact in self.found.contacts if contact.score > 0]
        return usable[0].address if usable else ""

    @property
    def right(self) -> bool:
        return self.site.is_right(self.first)

    @property
    def wrong(self) -> bool:
        """Whether somebody comes first who has nothing to do with the site's operator."""
        return self.site.is_wrong(self.first)


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    folder = tmp_path_factory.mktemp("sites")
    shipped_rules()  # reading them takes longer than a look-up
    with served([*KNOWN, *HELD], folder) as around, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", around.ca_file)
        yield around


def configured(net: Net, folder: Path) -> Config:
    path = folder / "mailbot.toml"
    path.write_text(DESK + LOOKUP.format(net=net), encoding="utf-8")
    return load(path)


def looked_up(site: InventedSite, config: Config, patience: Patience = _UNHURRIED) -> Result:
    """A search of its own for every site, as the desk's would not meet sixty sites in a minute."""
    question = Question(urls=site.urls, stated=site.operator, not_theirs=(site.finder,), compromised=site.compromised)
    began = time.monotonic()
    found = contact_search(config, shipped_rules(), None, None, patience).find(question, NOW)
    return Result(site, found, time.monotonic() - began)


def all_looked_up(sites: list[InventedSite], config: Config) -> list[Result]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda site: looked_up(site, config), sites))


def shown(title: str, results: list[Result]) -> str:
    """The table of results, and the score under it."""
    lines = [f"\n{title:<26} {'right':<6}{'score':<6} {'s':<5} first candidate"]
    for result in results:
        verdict = "yes" if result.right else "WRONG" if result.wrong else "no"
        score = result.found.contacts[0].score if result.found.contacts else 0.0
        lines.append(f"{result.site.name:<26} {verdict:<6}{score:<6.2f} {result.seconds:<5.1f} {result.first}")
    right, wrong = sum(result.right for result in results), sum(result.wrong for result in results)
    return "\n".join([*lines, f"{title}: {right} of {len(results)} right first, {wrong} wrong persons first"])


def test_right_contact_comes_first(net: Net, tmp_path: Path) -> None:
    """The right contact is first in nine of ten, a wrong person never; no reported URL is opened to find them."""
    results = all_looked_up(KNOWN, configured(net, tmp_path))
    print(shown("known sites", results))  # noqa: T201  # the score, for `pytest -s`
    assert len(results) >= 40
    assert [result.site.name for result in results if result.wrong] == []
    assert sum(result.right for result in results) >= 0.9 * len(results)
    reported = {url for site in KNOWN for url in site.urls if "?" in url}
    assert reported
    assert reported.isdisjoint(net.asked), "a reported URL may be an attack on the site"


def test_right_contact_comes_first_on_sites_held_back(net: Net, tmp_path: Path) -> None:
    """Sites that the search was not tuned with come out nearly as well."""
    results = all_looked_up(HELD, configured(net, tmp_path))
    print(shown("sites held back", results))  # noqa: T201  # the score, for `pytest -s`
    assert [result.site.name for result in results if result.wrong] == []
    assert sum(result.right for result in results) >= 0.85 * len(results)


def test_finders_own_site_is_not_searched(net: Net, tmp_path: Path) -> None:
    """A report that links the finder's write-up leads to nobody at the finder's domain, not even to a form."""
    site = next(site for site in KNOWN if site.name == "finders_blog")
    result = looked_up(site, configured(net, tmp_path))
    assert result.right
    assert [contact.address for contact in result.found.contacts if "white-fox-lab" in contact.address] == []


def test_two_dead_sources_cost_seconds(net: Net, tmp_path: Path) -> None:
    """Registries that take a connection and say nothing keep neither the site's own word nor the search from ending.

    What a source may wait in vain, and the checks after it, together stay within the five seconds of a look-up.
    """
    site, patience = next(site for site in KNOWN if site.name == "sectxt_good"), Patience()
    with silent() as whois, silent() as rdap:
        around = replace(net, whois=whois, rdap_url=f"http://{rdap}")
        result = looked_up(site, configured(around, tmp_path), patience)
    notes = "; ".join(result.found.notes)
    print(f"\nwith two dead sources: {result.seconds:.1f} s; {notes}")  # noqa: T201  # for `pytest -s`
    assert result.right
    assert "source rdap:" in notes
    assert "source whois:" in notes
    assert max(patience.lost, patience.idle) + patience.checks <= 5.0
