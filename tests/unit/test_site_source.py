"""The search on a site's own pages, asked through a web made of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

import pytest

from mailbot.core.contacts import evidence_of
from mailbot.core.hosts import Site, site_of
from mailbot.core.model import Contact
from mailbot.errors import TransientError
from mailbot.finding.sources.site import MOST_LINKS, NAME, look
from mailbot.finding.tools import Certificates, Fetched, Names, Tools, Unanswered, Whois
from tests.shipped_rules import shipped_rules

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TOP = "https://www.reika-denki.co.jp/"
INFO = "info@reika-denki.co.jp"


@dataclass
class TableWeb:
    """Answers from a table of pages: a text, a redirect ("-> URL"), or a failure of our own network (None)."""

    pages: Mapping[str, str | None]
    asked: list[str] = field(default_factory=list)

    def fetch(self, url: str) -> Fetched:
        """The page; a redirect is followed once."""
        self.asked.append(url)
        page = self.pages.get(url, "")
        if page is None:
            raise TransientError("our network is down")
        if page.startswith("-> "):
            url = page.removeprefix("-> ")
            page = self.pages.get(url) or ""
        if not page:
            return Fetched(404, url, problem="http_status: 404")
        return Fetched(200, url, {"content-type": "text/html"}, f"<meta charset='utf-8'>{page}".encode())


def search(pages: Mapping[str, str | None], url: str = TOP) -> tuple[Sequence[Contact], list[str]]:
    """What is found for the site of the URL, and what was asked for."""
    web = TableWeb(pages)
    tools = Tools(web, cast(Names, None), cast(Whois, None), cast(Certificates, None))
    return look(cast(Site, site_of(url)), NOW, tools, shipped_rules().page_rules), web.asked


def test_the_contact_page_is_followed() -> None:
    """What the contact page names comes with its page, its words and the source's name."""
    contacts, asked = search({TOP: "<a href='/toi'>お問い合わせ</a>", f"{TOP}toi": f"<p>メール {INFO}</p>"})
    assert asked == [TOP, f"{TOP}toi"]
    (contact,) = contacts
    assert (contact.n, contact.address, contact.source) == (1, INFO, NAME)
    assert contact.why == "on the contact page お問い合わせ"
    assert evidence_of(contact, "url") == (f"{TOP}toi",)


def test_a_page_that_is_read_adds_its_links() -> None:
    """A page of links to pages leads on; the address found on two pages is one contact point with both pages."""
    contacts, _ = search(
        {
            TOP: "<a href='/toi'>お問い合わせ</a>",
            f"{TOP}toi": f"<p>{INFO}</p><a href='/psirt'>製品の脆弱性に関する窓口</a>",
            f"{TOP}psirt": f"<p>脆弱性のご報告: {INFO}</p>",
        }
    )
    assert [contact.address for contact in contacts] == [INFO]
    assert evidence_of(contacts[0], "url") == (f"{TOP}psirt", f"{TOP}toi")
    assert contacts[0].score == 0.85


def test_only_so_many_links_are_followed() -> None:
    """A site with hundreds of promising links costs a handful of fetches."""
    links = "".join(f"<a href='/toi{n}'>お問い合わせ</a>" for n in range(300))
    pages = {TOP: links, **{f"{TOP}toi{n}": links for n in range(300)}}
    _, asked = search(pages)
    assert len(asked) == 1 + MOST_LINKS


def test_plain_http_is_tried_last() -> None:
    """A site without TLS is asked over TLS first."""
    plain = "http://www.reika-denki.co.jp/"
    contacts, asked = search({plain: f"<p>連絡先 {INFO}</p><a href='/c'>会社概要</a>"}, plain)
    assert asked[:2] == [TOP, plain]
    assert contacts[0].address == INFO


def test_the_domains_main_site_is_asked_if_needed() -> None:
    """A host that names nobody sends the search to its domain's main site; what is there is believed a little less."""
    blog = "https://blog.reika-denki.co.jp/"
    main = {TOP: "<a href='/toi'>お問い合わせ</a>", f"{TOP}toi": f"<p>メール {INFO}</p>"}
    contacts, asked = search({blog: "<p>日記</p>", **main}, blog)
    assert contacts[0].address == INFO
    assert contacts[0].score < 0.7
    assert "on www.reika-denki.co.jp" in contacts[0].why
    own, asked = search({blog: "<p>お問い合わせ: blog@reika-denki.co.jp</p><a href='/about'>About</a>", **main}, blog)
    assert own[0].address == "blog@reika-denki.co.jp"
    assert TOP not in asked


def test_guesses_without_links() -> None:
    """Without a link the usual places are tried; one that shows the front page again, or nothing, names nothing."""
    contacts, asked = search({TOP: "<p>日記</p>", f"{TOP}inquiry": "<title>404</title><p>ページが見つかりません</p>"})
    assert contacts == ()
    assert sorted(asked) == [TOP, f"{TOP}company", f"{TOP}contact", f"{TOP}inquiry"]
    contacts, _ = search({TOP: "<p>日記</p>", f"{TOP}inquiry": "<form><textarea></textarea></form>"})
    assert [contact.address for contact in contacts] == [f"{TOP}inquiry"]


@pytest.mark.parametrize(
    "front",
    [
        "<frameset><frame src='menu.html'><frame src='https://ads.example/'></frameset>",
        "<meta http-equiv='refresh' content='0; url=menu.html'>",
        "<iframe src='/menu.html'></iframe>",
    ],
)
def test_frames_and_forwarding_pages_are_followed(front: str) -> None:
    """What a page shows in frames, or sends its visitors to, is read as the page; frames of strangers are not."""
    contacts, asked = search({TOP: front, f"{TOP}menu.html": f"<p>メール {INFO}</p>"})
    assert [contact.address for contact in contacts] == [INFO]
    assert "https://ads.example/" not in asked


def test_forwarding_goes_on_once() -> None:
    """Pages that send each other's visitors on do not keep the search busy."""
    refresh = "<meta http-equiv='refresh' content='0; url=/{}'>".format
    pages = {TOP: refresh("a"), f"{TOP}a": refresh("b"), f"{TOP}b": refresh("a")}
    _, asked = search(pages)
    assert f"{TOP}b" not in asked


def test_another_domain_is_doubted() -> None:
    """A site that redirects to another domain names its contact points with a doubt."""
    away = "https://www.betsu-gaisha.co.jp/"
    contacts, _ = search({TOP: f"-> {away}", away: "<p>お問い合わせ desk@betsu-gaisha.co.jp</p>"})
    assert contacts[0].address == "desk@betsu-gaisha.co.jp"
    assert contacts[0].score < 0.45
    assert "the site redirects to betsu-gaisha.co.jp" in contacts[0].why


@pytest.mark.parametrize(
    "page",
    ["", "<title>reika.com</title><p>This domain is for sale</p><p>contact broker@reika-denki.co.jp</p>"],
)
def test_no_site_is_said(page: str) -> None:
    """A site without a page that can be read, or whose domain is for sale, is no source."""
    with pytest.raises(Unanswered):
        search({TOP: page})


def test_our_own_network_fails() -> None:
    """What was found before our network went down is kept; with nothing, the search is to be tried again."""
    with pytest.raises(TransientError):
        search({TOP: None})
    contacts, _ = search({TOP: f"<p>連絡先 {INFO}</p><a href='/toi'>お問い合わせ</a>", f"{TOP}toi": None})
    assert [contact.address for contact in contacts] == [INFO]


def test_an_address_is_a_site_of_its_own() -> None:
    """A host that is an IP address has no domain to ask instead."""
    url = "https://192.0.2.7/"
    contacts, asked = search({url: f"<p>お問い合わせ {INFO}</p>"}, url)
    assert contacts[0].address == INFO
    assert all(asked_for.startswith(url) for asked_for in asked)
