"""A report that names more than one site: no operator hears of another's, nor of the finder's own page."""

import pytest

from mailbot.core.model import Case, State
from mailbot.core.seeking import question_about
from tests.faults.quick_desk import QuickDesk
from tests.faults.world import REPORT

TWO = """Hello,

the same cross-site scripting is on https://shop.example.jp/search and https://library.example.org/books

Steps to reproduce:
1. Open https://shop.example.jp/search or https://library.example.org/books
2. Search for a script

Impact: an attacker can show false content to visitors.

Regards,
Hanako
"""


def _case(desk: QuickDesk, number: str) -> Case:
    return next(case for case in desk.store.cases() if case.id == number)


def _first_contact(desk: QuickDesk, number: str) -> str:
    desk.command("!accept", case=number)
    (item,) = (item for item in desk.items("first-contact") if item.case == number)
    desk.command(f"!approve {item.hash}", case=number)
    return desk.mail("Shop")[-1].text


@pytest.mark.parametrize(
    "step",
    [
        "2. Search for a script, see https://neko-lab.example.dev/shop-xss-poc.html",
        "2. Load the script https://neko-lab.example.dev/x.js",
        "2. Go to https://neko-lab.example.dev/start and click",
        "2. Search for a script, see https://hakken.example.dev/poc.html",
    ],
)
def test_t52_the_finders_page_is_in_no_first_contact(step: str) -> None:
    """Whatever the steps say of it: it tells who found the fault, and asking it tells them that we look."""
    desk = QuickDesk()
    desk.people["Hanako"].name = "Hanako Hakken"
    desk.round(desk.write("Hanako", "XSS", REPORT.replace("2. Search for a script", step)))
    text = _first_contact(desk, desk.case.id)
    assert "https://shop.example.jp/search" in text
    assert ".dev" not in text
    assert question_about(desk.case).urls == ("https://shop.example.jp/search",)


def test_a_path_that_names_the_finder_stops_no_first_contact() -> None:
    """The host stands alone, and the mail goes."""
    desk = QuickDesk()
    desk.people["Hanako"].name = "Hanako Hakken"
    desk.round(desk.write("Hanako", "XSS", REPORT.replace("/search", "/users/hanakohakken")))
    text = _first_contact(desk, desk.case.id)
    assert "  https://shop.example.jp/\n" in text
    assert "hakken" not in text.lower()


def test_the_second_site_gets_a_case_of_its_own() -> None:
    """Until then only the first is named; `!split` moves the URLs, and neither case names the other's host."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako", "XSS", TWO))
    first = desk.case.id
    assert "!split" in desk.mail("Taro")[0].text
    assert "library" not in _first_contact(desk, first)
    assert "its sites: example.jp, example.org" in " ".join(desk.command("!split other.example.net").split())
    answer = " ".join(desk.command("!split library.example.org").split())
    assert "neither operator is told of the other" in answer
    (second,) = (case for case in desk.store.cases() if case.id != first)
    parent = _case(desk, first)
    assert second.state is State.TRIAGE
    assert second.field("target.urls") == ("https://library.example.org/books",)
    assert parent.field("target.urls") == ("https://shop.example.jp/search",)
    assert [(link.kind, link.case) for link in second.links] == [("split", first)]
    for case, foreign in ((parent, "library"), (second, "shop.example")):
        assert not any(foreign in f"{field.value} {field.quote}" for field in case.fields if field.name[0] != "r")
    assert "library.example.org" in parent.withheld
    assert "shop.example.jp" in second.withheld
    assert "the only site" in " ".join(desk.command("!split shop.example.jp", case=first).split())


def test_previewing_a_split_by_site_changes_nothing() -> None:
    """No case is opened, no field is moved."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako", "XSS", TWO))
    before = list(desk.store.cases())
    desk.command("!preview", "!split library.example.org")
    assert list(desk.store.cases()) == before


def test_details_list_the_reader_s_own_site() -> None:
    """Where the report names two operators, a person looks at the details, and the list of URLs is the reader's."""
    desk = QuickDesk(details="auto")
    desk.round(desk.write("Hanako", "XSS", TWO))
    _first_contact(desk, desk.case.id)
    answer = desk.answer("Shop", desk.mail("Shop")[-1], "We are in charge. Please send it here.\n", attach_key=True)
    desk.round(answer, hours=1)
    held = desk.held("details")
    assert held.draft is not None
    listed = [line.strip() for line in held.draft.body.split("\n") if line.strip().startswith("https://")]
    assert listed == ["https://shop.example.jp/search"]
