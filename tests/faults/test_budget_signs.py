"""Where people see that mail waits for a budget: the digest, `doctor`, and the problems of a round."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mailbot import bootstrap_memory, doctor
from mailbot.adapters.codec import SealedCodec
from mailbot.adapters.store import TinyStore
from mailbot.core.budgets import ALARM, BREAKER, WAITS
from mailbot.core.limits import Limits
from mailbot.core.messages import Address, Draft
from mailbot.core.outbox import OutboxItem, Status
from mailbot.errors import PermanentError
from mailbot.memory import Change
from mailbot.rendering import item_id
from tests.fakes_keyring import NOW
from tests.faults.quick_desk import QuickDesk
from tests.faults.world import REPORT

KEY = b"k" * 32


def test_the_digest_counts_what_waits() -> None:
    """On the next business day; no alarm was due for it, as only one mailbox was written to."""
    desk = QuickDesk(limits=Limits(acknowledgements_per_address_and_day=9, mails_per_recipient_and_day=1))
    done = desk.round(*(desk.write("Mallory", f"XSS {n}", f"{REPORT}\n{n}\n") for n in range(3)))
    assert done.problems == []
    desk.round(days=4)
    digest = [mail.text for mail in desk.mail("Taro") if "送信の上限のため" in mail.text]
    assert next(line.strip() for line in digest[0].splitlines() if "outbox retry" in line).startswith("2通")


def waiting(name: str) -> OutboxItem:
    """A receipt that the breaker stopped."""
    draft = Draft("en/receipt", Address("", "v@x.example"), "finder", "s", "b")
    later = NOW + timedelta(hours=1)
    return OutboxItem(name, None, name, "receipt", Status.QUEUED, NOW, later, draft, error=f"{WAITS}{BREAKER}")


@pytest.mark.parametrize(
    ("items", "later", "kind", "expected"),
    [
        (3, 5, PermanentError, "3 mails wait: the hour's mails"),
        (3, 90, doctor._Warned, "3 mails wait for a budget"),
    ],
)
def test_doctor_fails_while_the_breaker_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, items: int, later: int, kind: type[Exception], expected: str
) -> None:
    """Within an hour of the last mail that it stopped; after that it only warns of what still waits."""
    store = TinyStore(tmp_path / "state", SealedCodec(KEY))
    mark = OutboxItem(item_id(ALARM), None, ALARM, "notice-problem", Status.SENT, NOW, NOW, settled=NOW)
    store.apply(Change(items=(mark, *(waiting(f"w{n}") for n in range(items)))))
    store.close()
    monkeypatch.setattr(bootstrap_memory, "state_key", lambda _: KEY)
    config: Any = SimpleNamespace(
        state=SimpleNamespace(dir=tmp_path / "state"), store=SimpleNamespace(backend="tinydb")
    )
    with pytest.raises(kind, match=expected):
        doctor._budgets(config, NOW + timedelta(minutes=later))


def test_doctor_finds_nothing_before_the_first_run(tmp_path: Path) -> None:
    """Without a state there is nothing that waits."""
    config: Any = SimpleNamespace(state=SimpleNamespace(dir=tmp_path / "state"))
    assert doctor._budgets(config, NOW) == "nothing waits"
