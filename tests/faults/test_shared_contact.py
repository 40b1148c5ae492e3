"""One operator, many findings: asked once where to send details, with one chain of reminders."""

from mailbot.core.model import Case, Standing, State
from mailbot.core.outbox import Status
from tests.faults.quick_desk import QuickDesk
from tests.faults.world import REPORT

OTHER_SITE = REPORT.replace("shop.", "www2.shop.")


def two_cases(desk: QuickDesk) -> tuple[Case, Case]:
    """Two reports about one operator, both accepted."""
    desk.round(desk.write("Hanako", "one"))
    desk.round(desk.write("Mallory", "another", OTHER_SITE), hours=1)
    for case in tuple(desk.store.cases()):
        desk.command("!accept", case=case.id)
    return both(desk)


def both(desk: QuickDesk) -> tuple[Case, Case]:
    """The cases as they are."""
    first, second = desk.store.cases()
    return first, second


def test_the_operator_is_asked_once() -> None:
    """While one case asks, the other writes nothing, and coordinators are asked for one approval."""
    desk = QuickDesk()
    first, second = two_cases(desk)
    assert [(link.kind, link.case) for link in second.links if link.kind == "same_contact"] == [
        ("same_contact", first.id)
    ]
    desk.command(f"!approve {desk.held('first-contact').hash}", case=first.id)
    for _ in range(14):
        desk.round(days=1)
    asked = [mail.subject for mail in desk.mail("Shop")]
    assert len(asked) == 2
    assert all(first.id in subject for subject in asked)


def test_one_answer_counts_for_all() -> None:
    """The details of every case wait for a coordinator; each goes by a mail of its own."""
    desk = QuickDesk(first_contact="auto", details="auto")
    first, second = two_cases(desk)
    desk.round(hours=1)
    (asked,) = desk.mail("Shop")
    desk.round(desk.answer("Shop", asked, "We are in charge. Please send it here.\n"), hours=1)
    first, second = both(desk)
    assert first.confirmed_contact is not None
    assert second.confirmed_contact is not None
    (held,) = desk.items("details", Status.HELD)
    assert held.case == second.id  # whatever the policy says: a person looks
    desk.command(f"!approve {held.hash}", case=second.id)
    desk.round(minutes=1)
    told = [mail.subject for mail in desk.mail("Shop")][1:]
    assert sorted(subject[1:14] for subject in told) == sorted((first.id, second.id))
    assert {case.state for case in both(desk)} == {State.NOTIFIED}


def test_a_confirmed_contact_is_not_asked_again() -> None:
    """A report that comes later goes on to the details at once."""
    desk = QuickDesk()
    desk.until_details_held()
    desk.round(desk.write("Mallory", "another", OTHER_SITE), hours=1)
    first, second = both(desk)
    desk.command("!accept", case=second.id)
    second = both(desk)[1]
    assert (second.state, second.contacts[0].standing) == (State.CONTACT_CONFIRMED, Standing.CONFIRMED)
    assert {item.case for item in desk.items("details", Status.HELD)} == {first.id, second.id}
    assert len(desk.mail("Shop")) == 1


def test_who_followed_asks_for_itself_when_the_leader_ends() -> None:
    """A case that was closed asks nobody: after the wait the other writes its own first contact."""
    desk = QuickDesk()
    first, second = two_cases(desk)
    desk.command(f"!approve {desk.held('first-contact').hash}", case=first.id)
    desk.command("!close not_a_vulnerability", case=first.id)
    assert desk.items("first-contact", Status.HELD) == []
    desk.round(days=12)
    assert desk.held("first-contact").case == second.id


def test_a_coordinator_may_ask_all_the_same() -> None:
    """What is ordered is done."""
    desk = QuickDesk()
    _, second = two_cases(desk)
    desk.command("!contact use 1", case=second.id)
    assert {item.case for item in desk.items("first-contact", Status.HELD)} == {case.id for case in both(desk)}
