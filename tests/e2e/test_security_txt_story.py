"""The contact point comes from the site's own security.txt, found by DNS and fetched over HTTP from real servers."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.contract.name_server import naming
from tests.contract.web_server import Web, serving
from tests.e2e.reports import WEBSITE_EN
from tests.e2e.town import Town

_SITE = {("shop.example.test.", "A"): "127.0.0.1"}


@contextmanager
def _site(town: Town, allow: str) -> Iterator[Web]:
    """A web site that the desk's resolver knows, and an accepted report about it."""
    with serving(None) as web, naming(_SITE) as resolver:
        path = town.folder / "mailbot.toml"
        lookup = f'security_txt = true\nallow_private = [{allow}]\nresolver = ["{resolver}"]'
        path.write_text(path.read_text("utf-8").replace("search = false\nsecurity_txt = false", lookup), "utf-8")
        alex = town.person("Alex", "alex@finder.example.org")
        report = WEBSITE_EN.replace("https://shop.example.jp", f"http://shop.example.test:{web.port}")
        town.write(alex, "XSS", report)
        town.round()
        assert town.case()["fields"]["target.urls"]["value"][0].startswith("http://shop.example.test")
        town.command(f"!case {town.case()['id']}", "!accept")
        yield web


def test_security_txt_gives_the_contact_point_that_is_proposed(town: Town) -> None:
    """After !accept the first contact waits for approval, addressed to the site's Contact, with the evidence shown."""
    with _site(town, '"127.0.0.1/32"'):
        (held,) = town.held()
    assert (held["to"], held["template"].rpartition("/")[2]) == ("psirt@example.test", "first-contact")
    (contact,) = town.case()["contacts"]
    assert contact["source"] == "security.txt"
    assert any("/.well-known/security.txt" in line for line in contact["evidence"])


def test_t55_a_private_address_is_never_asked(town: Town) -> None:
    """Without leave, a name that points inside makes the desk connect to nothing; a coordinator is asked."""
    with _site(town, "") as web:
        assert web.asked == []
    assert town.held() == []
    assert "!contact add" in town.newest(town.coordinator).text


def test_contacts_find_shows_candidates_as_json(town: Town) -> None:
    """`contacts find --json` names the address, the source, the score and the evidence."""
    with _site(town, '"127.0.0.1/32"') as web:
        (found,) = town.json("contacts", "find", f"http://shop.example.test:{web.port}/")
        asked = sum("security.txt" in path for path in web.paths)
        (again,) = town.json("contacts", "find", f"http://shop.example.test:{web.port}/")
        assert again == found
        assert sum("security.txt" in path for path in web.paths) == asked
    assert found["address"] == "psirt@example.test"
    assert set(found) == {"address", "source", "score", "why", "evidence", "checked", "key"}
