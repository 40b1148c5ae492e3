"""Several workers share one desk: whoever does what, and when, all is done once, and ends as with one worker."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from mailbot import dispatch, outcomes
from mailbot.core.limits import Limits
from mailbot.core.messages import SealedMail
from mailbot.core.model import State
from mailbot.core.outbox import Status
from mailbot.errors import UncertainError
from tests.faults.quick_desk import Relay
from tests.faults.workers import SITES, Workers
from tests.faults.world import REPORT

SEEDS = range(12)


def report(name: str) -> str:
    return REPORT.replace("shop.example.jp", f"{name}.example.jp")


def story(workers: Workers) -> Workers:
    """Four reports, one of which came twice; accepted, asked about, answered or bounced; then a fortnight passes."""
    desk = workers.desk
    reports = [
        desk.write("Hanako" if n % 2 else "Mallory", f"XSS {name}", report(name)) for n, name in enumerate(SITES)
    ]
    other = desk.write("Mallory", "hello", "nothing that any rule knows\n")
    workers.round(*reports, reports[0], other)
    cases = sorted(case.id for case in desk.store.cases())
    workers.round(*(desk.orders("!accept", case=case) for case in cases), minutes=5)
    answers = [bounce(workers, "one")]
    for name in SITES[1:]:
        (asked,) = desk.mail(name)
        answers.append(desk.answer(name, asked, "We are in charge. Please send it here.\n", attach_key=name == "two"))
    workers.round(*answers, hours=1)
    held = sorted(desk.items("details", Status.HELD), key=lambda item: item.case or "")
    workers.round(*(desk.orders(f"!approve {i.hash}", case=i.case, by="Jiro") for i in held), minutes=5)
    for _ in range(7):
        workers.round(days=2)
    return workers


def bounce(workers: Workers, name: str) -> bytes:
    """A delivery report about what the desk wrote to that site."""
    (item,) = [i for i in workers.desk.items("first-contact") if i.draft and f"@{name}." in i.draft.to.address]
    assert item.draft
    return (
        f"From: MAILER-DAEMON@{name}.example.jp\r\nTo: {workers.desk.bot.desk.address}\r\nSubject: Undelivered Mail\r\n"
        f"MIME-Version: 1.0\r\nMessage-ID: <b1@{name}.example.jp>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nNo such user.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.jp\r\n\r\n"
        f"Final-Recipient: rfc822; {item.draft.to.address}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"Message-ID: {item.message_id}\r\nTo: {item.draft.to.address}\r\n\r\n--b--\r\n"
    ).encode()


@cache
def alone() -> dict[str, Any]:
    """How the story ends with one worker."""
    return story(Workers(0, 1, first_contact="auto")).ending()


def faults(workers: Workers) -> list[str]:
    """What must never be: of a mail taken in twice, sent twice, or of an end that one worker would not have come to."""
    done = Counter(line.split()[2] for line in workers.desk.store.journal if line.split()[1] == "mail")
    found = [f"taken in {n} times: {digest}" for digest, n in done.items() if n > 1]
    found += [f"sent {n} times: {mail}" for mail, n in workers.sent().items() if n > 1]
    ending = workers.ending()
    return found + [f"another end: {what}" for what, expected in alone().items() if ending[what] != expected]


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("seed", SEEDS)
def test_several_workers_do_what_one_would_do(seed: int, count: int) -> None:
    """The same cases, mails and folders, nothing twice, no errand within a turn, and no trouble to be told of."""
    workers = story(Workers(seed, count, first_contact="auto"))
    assert faults(workers) == []
    assert {case.state for case in workers.desk.store.cases()} > {State.NOTIFIED}


def _every_claim_is_granted(workers: Workers) -> None:
    for store in workers.stores:
        store.keeps_claims = False


def _a_turn_keeps_nobody_away(workers: Workers) -> None:
    for store in workers.stores:
        store.keeps_turns = False


@pytest.mark.parametrize("safeguard", [_every_claim_is_granted, _a_turn_keeps_nobody_away])
def test_the_control_without_claims_or_turns_something_goes_wrong(safeguard: Callable[[Workers], None]) -> None:
    """With either of them switched off, some order of things ends in another way."""
    assert any(_went_wrong(seed, safeguard) for seed in SEEDS)


def _went_wrong(seed: int, safeguard: Callable[[Workers], None]) -> bool:
    workers = Workers(seed, 3, first_contact="auto")
    safeguard(workers)
    try:
        return bool(faults(story(workers)))
    except (AssertionError, ValueError):  # the story itself does not come to its end
        return True


class TalkedAbout(Relay):
    """Takes everything; a mail to the operator is answered by a machine before the relay loses the connection."""

    def __init__(self, workers: Workers) -> None:
        super().__init__()
        self._workers = workers
        self._answered = False

    def send(self, mail: SealedMail) -> None:
        """Take the mail; of the first contact the answer is lost."""
        desk = self._workers.desk
        self.taken.append(mail)
        if mail.to != desk.people["one"].address:
            return
        if not self._answered:
            answer = desk.answer("one", desk.people["one"].read(mail.content), "I am out of the office.\n")
            desk.mailbox.deliver(answer.replace(b"Subject: Re:", b"Auto-Submitted: auto-replied\r\nSubject: Away", 1))
        self._answered = True
        for _ in range(40):
            self._workers.baton.pause()
        raise UncertainError("no answer after the last line")


def answered_meanwhile(seed: int) -> Workers:
    """A first contact whose answer comes while nobody knows yet whether it went out."""
    workers = Workers(seed, 3, first_contact="auto")
    desk = workers.desk
    workers.round(desk.write("Hanako", "XSS", report("one")))
    desk.relay, before = TalkedAbout(workers), desk.relay.taken
    workers.round(desk.orders("!accept"), minutes=5)
    desk.relay.taken[:0] = before
    for _ in range(3):
        workers.round(minutes=20)
    return workers


def copies(workers: Workers) -> int:
    return sum(mail.to == workers.desk.people["one"].address for mail in workers.desk.relay.taken)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_answer_that_comes_during_the_attempt_settles_it(seed: int) -> None:
    """Whatever the relay says after that: the mail has gone, and goes once."""
    workers = answered_meanwhile(seed)
    (item,) = workers.desk.items("first-contact")
    assert (copies(workers), item.status) == (1, Status.SENT)


def test_the_control_without_a_look_after_sending_it_goes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the outcome is recorded on the item as it was before, the answer is forgotten and the mail repeated."""

    def record(bot: Any, sent: Any, failure: Any, encrypted: bool, now: Any) -> Any:
        return outcomes.not_taken(bot, bot.store.case(sent.case), sent, failure, now) if failure else sent

    real = dispatch._record
    monkeypatch.setattr(dispatch, "_record", lambda bot, s, f, e, n: (record if f else real)(bot, s, f, e, n))
    assert any(copies(answered_meanwhile(seed)) > 1 for seed in SEEDS)


def in_one_hour(seed: int) -> int:
    """Eight reports at once, of which the budget of the hour lets three be answered; how many mails went to finders."""
    workers = Workers(seed, 3, Limits(acknowledgements_per_address_and_day=100, mails_per_hour=6))
    desk = workers.desk
    texts = [report(f"site{number}") for number in range(8)]
    workers.round(*(desk.write("Hanako", f"XSS {n}", text) for n, text in enumerate(texts)))
    return len(desk.mail("Hanako"))


@pytest.mark.parametrize("seed", SEEDS)
def test_workers_share_a_budget(seed: int) -> None:
    """What one of them sends counts for all, to the last mail."""
    assert in_one_hour(seed) == 3


def test_the_control_with_budgets_looked_at_before_the_turn_too_much_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the last look at a budget and the mark that the mail goes are not one step, two use the same rest of it."""

    def begin(bot: Any, going: Any, sealed: Any, now: Any) -> Any:
        return outcomes.store(bot, replace(going.item, status=Status.SENDING, attempts=1), now)

    monkeypatch.setattr(dispatch, "_begin", begin)
    assert any(in_one_hour(seed) > 3 for seed in SEEDS)
