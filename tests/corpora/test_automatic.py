"""Machines, lists and people in real mail: who is taken for what, and that no machine is answered."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mailbot.core.automatic import automatic
from mailbot.core.bounces import find_bounce
from mailbot.core.classify import MailKind, classify
from mailbot.core.correlate import Correlation
from mailbot.core.etiquette import asks_for_no_answer, may_answer
from mailbot.core.messages import Crypto, OpenedMail, RawMail
from mailbot.core.parse import parse
from mailbot.core.quoting import new_text
from mailbot.core.sight import Sight
from mailbot.core.understand import understand
from tests.builders import DESK
from tests.corpus import corpus_dir, needs_corpus
from tests.shipped_rules import shipped_rules

_OTHER = ("SOURCE.md", "expected.json")
_UNLABELLED = ("mime-cpython", "mime-mail-parser", "mime-mikel-mail", "mime-mime4j", "mime-mimekit")


def _mails(folder: str) -> Iterator[tuple[Path, Sight]]:
    corpus = corpus_dir()
    assert corpus is not None
    for path in sorted((corpus / folder).rglob("*")):
        if path.is_file() and path.name not in _OTHER:
            yield path, _read(path.read_bytes())


def _read(content: bytes) -> Sight:
    rules, mail = shipped_rules(), parse(RawMail(content, "corpus"))
    read = OpenedMail(mail, mail.subject, mail.text, new_text(mail.text), mail.attachments, Crypto())
    found = understand(mail.text, mail.subject, rules, mail.attachments, mail.sender)
    bounce = find_bounce(content, mail, rules.bounces)
    return Sight(read, Correlation(), DESK, bounce, automatic(read, rules), found.likeness)


def _answered(sight: Sight) -> bool:
    mail = sight.opened.mail
    invites = may_answer(mail, DESK) and not asks_for_no_answer(mail, sight.signs, DESK)
    return classify(sight).kind is MailKind.REPORT and invites


def _expected(folder: str) -> dict[str, dict[str, object]]:
    corpus = corpus_dir()
    assert corpus is not None
    found: dict[str, dict[str, object]] = json.loads((corpus / folder / "expected.json").read_text(encoding="utf-8"))
    return found


def _show(title: str, wrong: list[str], total: int) -> None:
    print(f"{title}: {total - len(wrong)} of {total}", *wrong, sep="\n  ")  # noqa: T201  # the score, for `pytest -s`


@needs_corpus
def test_t44_machine_reports_are_never_answered() -> None:
    """Reports about DMARC and TLS are a machine's, and surely so."""
    mails = list(_mails("automated-dmarc"))
    wrong = [p.name for p, s in mails if classify(s).kind is not MailKind.AUTO_REPLY or not s.signs.certain]
    _show("machine reports", wrong, len(mails))
    assert (wrong, [p.name for p, s in mails if _answered(s)]) == ([], [])


@needs_corpus
def test_t44_auto_replies_and_complaints_among_bounces() -> None:
    """What is no delivery report is told by what it is; a person's mail stays one."""
    kinds = {
        "auto-reply": (MailKind.AUTO_REPLY,),
        "feedback-report": (MailKind.AUTO_REPLY,),
        "not-a-bounce": (MailKind.HELD, MailKind.REPORT),
    }
    expected = _expected("bounce-sisimai")
    mails = [(p, s, str(expected[p.name]["kind"])) for p, s in _mails("bounce-sisimai") if p.name in expected]
    others = [(p, s, kind) for p, s, kind in mails if kind in kinds]
    wrong = [
        f"{p.name}: {kind}, not {classify(s).kind}" for p, s, kind in others if classify(s).kind not in kinds[kind]
    ]
    _show("auto-replies, complaints and people's mail", wrong, len(others))
    assert wrong == []
    assert [p.name for p, s, _ in mails if _answered(s)] == []


@needs_corpus
def test_reports_that_came_through_a_list_are_reports() -> None:
    """A list says nothing of what is reported, but it is not answered."""
    mails = list(_mails("real-reports-oss-security"))
    wrong = [p.name for p, s in mails if classify(s).kind is not MailKind.REPORT or _answered(s)]
    _show("reports through a list", wrong, len(mails))
    assert wrong == []


@needs_corpus
def test_mail_of_no_known_kind_is_looked_at_by_a_person() -> None:
    """Mails made to be hard to read: mostly held, none answered; what is set aside as automatic is listed."""
    counts: dict[str, Counter[str]] = {}
    for folder in _UNLABELLED:
        for path, sight in _mails(folder):
            triage = classify(sight)
            counts.setdefault(folder, Counter())[triage.kind.value] += 1
            if triage.kind not in (MailKind.HELD, MailKind.BOUNCE):
                print(triage.kind, path.name, triage.reason)  # noqa: T201  # for `pytest -s`
            assert not _answered(sight), path.name
    print(counts)  # noqa: T201  # for `pytest -s`
    total = sum(counts.values(), Counter())
    assert total[MailKind.HELD] >= 0.85 * total.total()
