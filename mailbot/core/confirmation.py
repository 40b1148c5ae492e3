"""How a contact point becomes the one that gets the details, beside an answer that confirms it by itself.

A coordinator says how they know (`!contact confirm N phone …`), or asks for a proof: the contact point is mailed a text
that nobody else has, to be placed where only those who run the site can: in its DNS, or below its /.well-known/.
`!contact check N` looks for it. The text is an HMAC over case, address and the asking: nothing has to be remembered but
that it was asked for, which is a line of the contact point's evidence.
"""

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from mailbot.core.contacts import channel
from mailbot.core.effects import LookForProof
from mailbot.core.events import MailSetAside, ProofLooked, ReplyReceived
from mailbot.core.evidence import ANSWER, Answer
from mailbot.core.hosts import is_ip, normalised_host
from mailbot.core.lifecycle import Refusal, Step
from mailbot.core.model import Case, Contact, DeadlineKind, Role, Standing, State
from mailbot.core.plain import hosts
from mailbot.core.proposals import confirm_contact, propose_details
from mailbot.core.reading import short

MAIL = "ownership-proof"
"""The mail that asks for the proof."""
LOOK = "check_proof"
"""The errand that looks for it."""
WAYS = ("dns", "well-known")
PROOF = "proof"
CHALLENGE = "challenge"
"""How the lines begin that stand in a contact point's evidence: what proved it, and what it was asked to prove."""

_LONGEST = 400  # characters of a line of evidence
_INSTEAD = 2  # contact points that may take the place of one that mail comes back from
_LOOKED = "proof"
_MOST_LOOKS = 10
_BEFORE_ACCEPTANCE = (State.TRIAGE, State.ASKING)
_SAME_DOMAIN = 0.2
"""From here on the answer of a stranger is worth a command that takes the address up."""


@dataclass(frozen=True)
class Challenge:
    """What has to stand where. The file's name says nothing of the text: a page that repeats its URL proves nothing."""

    way: str
    host: str
    file: str
    text: str

    @property
    def place(self) -> str:
        """The DNS name, or the path below the host."""
        return f"_mailbot-challenge.{self.host}" if self.way == "dns" else f"/.well-known/{self.file}"


def challenge_of(secret: bytes, case_id: str, address: str, line: str) -> Challenge:
    """What a line "challenge: WAY HOST NUMBER" asks of the contact point with that address."""
    way, host, number = line.removeprefix(f"{CHALLENGE}: ").split(" ")[:3]
    told = f"challenge\n{case_id}\n{address.lower()}\n{way}\n{host}\n{number}"
    mac = base64.b32encode(hmac.digest(secret, told.encode(), sha256)).decode().lower()
    return Challenge(way, host, f"mailbot-{mac[:12]}.txt", f"mailbot-verify={mac[12:44]}")


def asked_of(contact: Contact) -> str:
    """The line that says what the contact point was asked to prove; "" if nothing."""
    return next((line for line in contact.evidence if line.startswith(f"{CHALLENGE}: ")), "")


def confirm(step: Step, contact: Contact, words: Sequence[str], coordinator: str) -> Refusal | None:
    """Confirm the contact point by a coordinator's word, noting how they know; or ask for the proof that they name."""
    if words and words[0].lower() in WAYS:
        return _ask(step, contact, words[0].lower(), words[1:])
    if words:
        contact = _with(contact, PROOF, f"{' '.join(words)}, {coordinator}, {step.policy.today(step.now)}")
    before = contact.standing
    confirm_contact(step, contact)
    if step.case.state is State.CONTACT_CONFIRMED or before is not Standing.CONFIRMED:
        propose_details(step, contact)
    return None


def look(step: Step, contact: Contact) -> Refusal | None:
    """Have somebody look for the proof."""
    asked = asked_of(contact)
    if not asked:
        return Refusal(f"contact {contact.n} was asked for no proof: !contact confirm {contact.n} dns, or well-known")
    if contact.standing is Standing.CONFIRMED:
        return Refusal(f"contact {contact.n} is confirmed already")
    looked = sum(1 for e in step.case.timeline if e.what == _LOOKED and e.who == contact.address)
    if looked >= _MOST_LOOKS:
        return Refusal(f"it was looked for {looked} times: ask anew, or call them")
    step.effects.append(LookForProof(step.key(LOOK), contact.n, asked))
    return None


def looked(step: Step, event: ProofLooked) -> None:
    """The proof is there and confirms, or it is not and coordinators hear why."""
    contact = step.case.contact(event.contact)
    if contact is None or step.case.state.ended or asked_of(contact) != event.challenge:
        return
    step.log(_LOOKED, contact.address, event.problem or f"is there: {event.challenge}")
    usable = contact.standing in (Standing.CANDIDATE, Standing.TRIED) and step.case.state not in _BEFORE_ACCEPTANCE
    if event.problem or not usable:
        commands = f"!contact check {contact.n}\n!contact drop {contact.n} why"
        why = event.problem or f"contact {contact.n} is {contact.standing}, the case {step.case.state}"
        step.tell_coordinators("notice-problem", why="no_proof", sender=contact.address, text=why, commands=commands)
        return
    _, way, host, _ = event.challenge.split(" ")
    contact = _with(_without(contact, CHALLENGE), PROOF, f"{way} of {host}, {step.policy.today(step.now)}")
    step.settle(DeadlineKind.COORDINATOR, _reminder(contact))
    confirm_contact(step, contact)
    step.log("contact confirmed", "mailbot", f"{contact.address} placed the text that it was mailed: {way} of {host}")
    propose_details(step, contact)


def note_answer(step: Step, event: ReplyReceived) -> None:
    """Keep with the contact point how far its answer can be trusted; a forged one is a coordinator's to judge."""
    contact = step.case.contact_at(event.sender.address)
    if event.answer is None or event.role is Role.FINDER:
        return
    if contact:
        step.set_contact(_with(contact, ANSWER, event.answer.evidence().partition(": ")[2]))
    if event.answer.doubted and not step.case.state.ended:
        step.due_decision()


def shown(answer: Answer | None) -> dict[str, str]:
    """What a notice says of it."""
    return {"proof": answer.coded(), "score": f"{answer.score:.2f}"} if answer else {}


def instead_of(case: Case, address: str) -> dict[str, str]:
    """The commands for when mail to the confirmed contact point comes back: nobody else gets the details unproven."""
    contact = case.contact_at(address)
    if contact is None or contact.standing is not Standing.CONFIRMED or case.state.ended:
        return {}
    others = (c for c in case.contacts if c.vendor == contact.vendor and channel(c.address) == "address")
    fresh = [c for c in others if c.standing in (Standing.CANDIDATE, Standing.TRIED)]
    lines = [f"!contact confirm {c.n} dns" for c in sorted(fresh, key=lambda c: -c.score)[:_INSTEAD]]
    return {"commands": "\n".join((*lines, "!contact add ADDRESS why"))}


def suggested(case: Case, event: ReplyReceived) -> str:
    """The commands that an answer makes likely which does not confirm by itself."""
    contact = case.contact_at(event.sender.address)
    if contact is None or event.answer is None or event.from_that_contact or not _may_confirm(case, contact):
        return ""
    return _choice(contact.n)


def suggested_for(case: Case, event: MailSetAside, number: int) -> str:
    """The commands for a mail that was set aside; `number` is what a new address would get in the case."""
    near = event.answer is not None and event.answer.score >= _SAME_DOMAIN
    if not near and not event.may_be_contact:
        return ""
    known = case.contact_at(event.sender)
    if known:
        return _choice(known.n) if _may_confirm(case, known) else ""
    if case.vendors or case.state in _BEFORE_ACCEPTANCE or not _is_plain(event.sender):
        return ""
    return f"!contact add {event.sender} answered\n!contact confirm {number}"


def _choice(number: int) -> str:
    return f"!contact confirm {number}\n!contact drop {number} why"


def _may_confirm(case: Case, contact: Contact) -> bool:
    unnamed = bool(case.vendors) and not contact.vendor
    over = case.state.ended or case.state in _BEFORE_ACCEPTANCE
    return contact.standing is not Standing.CONFIRMED and not unnamed and not over


def _is_plain(address: str) -> bool:
    """Whether the address may stand in a line that is signed and sent back as it is."""
    local, _, domain = address.partition("@")
    known = local[:1].isalnum() and all(c.isalnum() or c in "._%+-" for c in local) and address.isascii()
    return known and normalised_host(domain) == domain.lower()


def _ask(step: Step, contact: Contact, way: str, named: Sequence[str]) -> Refusal | None:
    if contact.standing in (Standing.DEAD, Standing.DROPPED, Standing.CONFIRMED):
        return Refusal(f"contact {contact.n} is {contact.standing}: no proof is asked of it")
    host = normalised_host(named[0]) if named else next(iter(hosts(step.case)), None)
    if host is None or is_ip(host) or "." not in host or len(named) > 1:
        return Refusal(f"name the host that they have to prove is theirs: !contact confirm {contact.n} {way} HOST")
    contact = _with(contact, CHALLENGE, f"{way} {host} {step.case.sequence}")
    step.set_contact(contact)
    days = step.policy.waits.by_hand_answer_business
    step.settle(DeadlineKind.COORDINATOR, _reminder(contact))
    answer_by = step.due_business(DeadlineKind.COORDINATOR, days, note=_reminder(contact))
    free = step.policy.first_contact == "auto" and not step.case.on_hold
    step.tell_contact(MAIL, contact, None if free else "approval", way=way, host=host, answer_by=answer_by)
    if not free:
        step.tell_coordinators("notice-decision", why=MAIL)
        step.due_decision()
    return None


def _reminder(contact: Contact) -> str:
    return f"{contact.address}: is the proof there? !contact check {contact.n}"


def _with(contact: Contact, name: str, value: str) -> Contact:
    """The contact point with that line in the place of an earlier one of that name."""
    return replace(contact, evidence=(*_without(contact, name).evidence, f"{name}: {short(value, _LONGEST)}"))


def _without(contact: Contact, name: str) -> Contact:
    return replace(contact, evidence=tuple(line for line in contact.evidence if not line.startswith(f"{name}: ")))
