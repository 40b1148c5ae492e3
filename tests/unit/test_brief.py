"""A case in brief: what is computed of it is what the whole of it gives, and little else is in it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot import overview
from mailbot.adapters.records import CASE
from mailbot.core.brief import EDITION, in_brief
from mailbot.core.model import Case, Entry, Field, Link, Milestones, Provision, Standing, State, Track
from mailbot.core.statistics.from_cases import case_records
from tests.builders import FINDER, INFO, NOW, SHOP, case, standing
from tests.statistics_records import rules

SECRET = "hidden words"
URLS = Field("target.urls", ("https://shop.example.jp/a", f"https://b.example/{SECRET}"), "r", 1.0, SECRET)
NAME = Field("product.name", "Sample Viewer", "r", 1.0)
KIND = Field("vulnerability.type", "xss", "r", 1.0)
OWN = Field("reporter.name", SECRET, "form/ipa-own-product", 1.0)


def ended(*fields: Field, **values: object) -> Case:
    """A closed case in which a stranger wrote wherever there is room."""
    told = Entry(NOW, "note", "hanako@finder.example.org", SECRET)
    sent = Entry(NOW, "sent", "mailbot", f"first-contact to web@shop.example.jp ({SECRET})", SECRET)
    made = case(
        State.CLOSED,
        *(replace(SHOP, why=SECRET, evidence=(SECRET,)), standing(INFO, Standing.DEAD)),
        since=NOW,
        participants=(replace(FINDER, name=SECRET),),
        fields=(Field("vulnerability.steps", SECRET, "r", 1.0, SECRET), *fields),
        timeline=(told, sent, Entry(NOW + timedelta(days=1), "reply", "web@shop.example.jp", SECRET)),
        milestones=Milestones(accepted=NOW, closed=NOW + timedelta(days=9)),
        withheld=(SECRET,),
    )
    return replace(made, **values)  # type: ignore[arg-type]


KEPT = """
contacts.address contacts.n contacts.source contacts.standing exploited fields.confidence fields.name fields.rule
fields.value id language links.case links.kind milestones.accepted milestones.closed opened_by participants.address
participants.role priority provisions.at provisions.sector received since state timeline.at timeline.text timeline.what
timeline.who track v
"""
CASES = [
    ended(),
    ended(URLS, KIND),
    ended(NAME, KIND, OWN, track=Track.PRODUCT, exploited=True, priority="high", language="en"),
    ended(Field("target.urls", (), "r", 1.0), NAME),
    ended(Field("vulnerability.type", ("xss", "sqli"), "r", 1.0), KIND, state=State.REJECTED),
    ended(links=(Link("merged", "CASE#00000009", 0.7, (SECRET,)),), state=State.MERGED, opened_by="split"),
    ended(provisions=(Provision("power", NOW),), track=Track.PRODUCT),
]


@pytest.mark.parametrize("whole", CASES)
def test_it_tells_what_the_whole_case_tells(whole: Case) -> None:
    """Its record, its line in a list, and the standing of its contact points; a form of one's own among them."""
    brief = in_brief(whole)
    zone = NOW.tzinfo
    assert zone is not None
    assert case_records((brief,), {}, rules(), zone) == case_records((whole,), {}, rules(), zone)
    assert overview.summary(brief, NOW) == overview.summary(whole, NOW)
    assert [(c.source, c.standing) for c in brief.contacts] == [(c.source, c.standing) for c in whole.contacts]
    assert in_brief(brief) == brief


@pytest.mark.parametrize("whole", CASES)
def test_nothing_else_is_left_of_what_strangers_wrote(whole: Case) -> None:
    """No word that no figure is made of."""
    assert SECRET in repr(whole)
    assert SECRET not in repr(in_brief(whole))


@pytest.mark.parametrize("value", [*CASES, *map(in_brief, CASES)])
def test_the_short_document_is_read_back(value: Case) -> None:
    """What it leaves out is what a new case has."""
    short = CASE.dump_short(value)
    assert CASE.load(short) == value
    assert len(short) < len(CASE.dump(value))


def names_in(value: object, above: str = "") -> set[str]:
    """Every name in a document, with those above it."""
    if isinstance(value, list):
        return set().union(*(names_in(each, above) for each in value))
    if not isinstance(value, dict):
        return {above}
    return set().union(*(names_in(each, f"{above}.{name}".lstrip(".")) for name, each in value.items()))


def test_what_is_kept_belongs_to_its_edition() -> None:
    """Whoever keeps something else in brief counts the edition up: what was kept before lacks it."""
    kept = set().union(*(names_in(CASE.dump_short(in_brief(each))) for each in CASES))
    assert (EDITION, sorted(kept)) == (1, KEPT.split())


def test_only_a_last_line_tells_of_a_purge() -> None:
    """As in the whole case, of which more is known if anything happened since."""
    line = Entry(NOW, "purged", "mailbot", SECRET)
    last, before = ended(timeline=(line,)), ended(timeline=(line, Entry(NOW, "note", "one", SECRET)))
    assert [entry.what for entry in in_brief(last).timeline] == ["purged"]
    assert in_brief(before).timeline == ()
