"""One mail about several sites or products: a case each, one receipt, and whatever crashes, nothing twice."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from mailbot.core.messages import RawMail
from mailbot.core.model import Case, State, Track
from mailbot.core.outbox import Status
from mailbot.errors import TransientError
from mailbot.rehearsal import rehearse
from tests.faults.quick_desk import QuickDesk, Unwell
from tests.faults.world import DESK, KILLED, World, ending, played
from tests.unit.test_split import BOTH, SITES


def cases(desk: QuickDesk) -> tuple[Case, ...]:
    return tuple(desk.store.cases())


def test_two_sites_are_two_cases_with_one_receipt() -> None:
    """Linked to each other, one mail to the finder that names both, a notice for each."""
    desk = QuickDesk()
    done = desk.round(desk.write("Hanako", "two shops", SITES))
    first, second = cases(desk)
    assert done.accounted == {"case": 1}
    assert [(link.kind, link.case) for link in first.links] == [("same_mail", second.id)]
    assert [(link.kind, link.case) for link in second.links] == [("same_mail", first.id)]
    (receipt,) = (item.draft for item in desk.items("receipt"))
    assert receipt is not None
    assert receipt.subject.startswith(f"[{first.id}]")
    assert second.id in receipt.body
    assert len(desk.mail("Hanako")) == len(desk.items("receipt", Status.SENT)) + len(desk.items("question"))
    assert len(desk.items("notice-new-case")) == 2 * len(desk.coordinators)
    assert second.id in desk.mail("Taro")[0].text


def test_a_rehearsal_shows_how_many_cases_it_would_be() -> None:
    """Nothing is stored; the reason names the cases, the receipt among the mails names them all."""
    desk = QuickDesk()
    shown = rehearse(desk.bot, RawMail(desk.write("Hanako", "two", SITES), "test"), desk.now)
    assert shown.outcome == "open_case"
    assert "it is about 2: CASE#" in shown.why
    (receipt,) = (mail for mail in shown.mail if mail.template.endswith("receipt"))
    assert all(case_id in receipt.subject + receipt.body for case_id in shown.why.partition(": ")[2].split(", "))
    assert shown.report is not None
    assert shown.report.duplicates == []
    assert cases(desk) == ()


def test_a_site_and_a_product_take_both_tracks() -> None:
    """The product's case knows nothing of the site, and the site's nothing of where else it was reported."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako", "届出", BOTH))
    assert [case.track for case in cases(desk)] == [Track.PRODUCT, Track.WEBSITE]


def test_only_the_first_case_asks() -> None:
    """What is missing is asked for in one mail; the other cases wait for a coordinator."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako", "two", SITES))
    assert len(desk.items("question")) <= 1
    assert cases(desk)[1].state is State.TRIAGE


def test_an_answer_belongs_to_the_case_whose_mail_it_answers() -> None:
    """The token of either case leads to that case alone."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako", "two", SITES))
    first, second = cases(desk)
    desk.command("!accept", case=second.id)
    desk.round(desk.answer("Hanako", desk.mail("Hanako")[-1], "One more thing about the café.\n"), hours=1)
    desk.round(desk.answer("Hanako", desk.mail("Hanako")[0], "One more thing about the shoes.\n"), hours=1)
    one, two = cases(desk)
    assert len(one.mails) == len(first.mails) + 1
    assert len(two.mails) == len(second.mails) + 1


def test_the_same_mail_again_opens_nothing() -> None:
    """By another way as well."""
    desk = QuickDesk()
    mail = desk.write("Hanako", "two", SITES)
    desk.round(mail, b"Received: from two.example.net\r\n" + mail)
    assert len(cases(desk)) == 2
    assert len(desk.items("receipt")) == 1


def test_details_of_one_among_several_wait_for_a_person() -> None:
    """Whatever the policy: what the finder wrote of another site may have stayed in them."""
    desk = QuickDesk(first_contact="auto", details="auto")
    desk.round(desk.write("Hanako", "two", SITES))
    (first, _) = cases(desk)
    desk.command("!accept", "!contact add web@fjell.example.com", "!contact confirm 1", case=first.id)
    assert [item.held_for for item in desk.items("details")] == ["approval"]
    draft = desk.held("details").draft
    assert draft is not None
    assert "nordkaffe" not in draft.body


def test_a_store_that_fails_opens_all_or_none() -> None:
    """One change holds every case of the mail, its receipt and its end."""
    calm = QuickDesk()
    mail = calm.write("Hanako", "two", SITES)
    calm.round(mail)
    expected = sorted((item.item, item.status) for item in calm.store.items())
    for at in range(1, 8):
        desk = QuickDesk()
        unwell = Unwell(desk.store, at)
        desk.bot = replace(desk.bot, store=unwell)  # type: ignore[arg-type]  # passes everything on
        with suppress(TransientError):
            desk.round(mail)
        assert len(cases(desk)) in (0, 2)
        desk.round(minutes=20)
        assert sorted((item.item, item.status) for item in desk.store.items()) == expected
        assert len(cases(desk)) == 2


@pytest.fixture
def worlds() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="mb", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


def _mail(world: World) -> list[bytes]:
    return [world.people["Hanako"].write(DESK, "two shops", SITES, encrypt=True, attach_key=True)]


def _nothing(world: World) -> list[bytes]:
    return []


STEPS = (_mail, _nothing)


def test_a_kill_after_any_call_changes_no_ending(worlds: Path) -> None:
    """The same two cases with the same ids, the same mails under the same Message-IDs."""
    status, calls = played(worlds / "calm", 0, STEPS)
    assert (status, calls > 5) == (0, True)
    expected = ending(worlds / "calm")
    assert len(expected[0]) == 2
    for at in range(1, calls + 1):
        folder = worlds / f"at-{at}"
        assert played(folder, at, STEPS)[0] == KILLED
        assert played(folder, 0, STEPS)[0] == 0
        assert ending(folder) == expected
