"""What a finder calls themselves in a later mail is withheld like what the report says."""

from tests.faults.quick_desk import QuickDesk
from tests.faults.world import REPORT

ANSWER = (
    "The value is not escaped, as I, Hanako Hakken of Redwood Pentest, showed in a talk as h4k_neko.\n\n"
    "Best,\nHanako Hakken (h4k_neko)\nRedwood Pentest GmbH\n+49 170 1234567\n"
)


def test_t52_an_answer_teaches_who_the_finder_is() -> None:
    """Name, organisation, handle and number stand only below the answer; none of them reaches the operator."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako", "XSS", REPORT))
    desk.command("!ask vulnerability.reason")
    desk.round(desk.answer("Hanako", desk.mail("Hanako")[-1], ANSWER), hours=1)
    known = {str(field.value) for field in desk.case.aliases}
    assert {"Hanako Hakken", "h4k_neko", "Redwood Pentest GmbH", "+49 170 1234567"} <= known
    assert desk.case.field_text("reporter.name") == "Hanako"
    desk.command("!accept")
    desk.command(f"!approve {desk.held('first-contact').hash}")
    asked = desk.mail("Shop")[-1]
    desk.round(desk.answer("Shop", asked, "We are in charge. Please send it here.\n", attach_key=True), hours=1)
    desk.command(f"!approve {desk.held('details').hash}")
    told = desk.mail("Shop")[-1].text
    assert "The value is not escaped" in told
    assert not [word for word in ("Hakken", "Redwood", "h4k_neko", "1234567") if word in told]
