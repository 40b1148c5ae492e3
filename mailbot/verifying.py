"""Reconciles: every mail accounted for, whatever the desk remembers agrees, and each gap is named."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Protocol, TypeVar

from mailbot.core.approval import content_hash
from mailbot.core.desk import Desk
from mailbot.core.gaps import Gap
from mailbot.core.messages import Draft
from mailbot.core.model import Case
from mailbot.core.outbox import OutboxItem, Status
from mailbot.core.tokens import case_digits, find_tokens, make_message_id
from mailbot.memory import Disposition

FOLDERS = ("INBOX", "Processed", "Held", "Quarantine")
"""In the order in which a mail goes through them: one that moves meanwhile is seen twice rather than not at all."""
_LARGE = re.compile(r"head (\d+\.\d+)")
_SAYS_LARGE = "it is larger than"
_MAIL_LINE = re.compile(r" mail ([0-9a-f]{12}) ")
_ITEM_LINE = re.compile(r" outbox ([0-9a-f]{16}) ")
_HEAD = re.compile(r"(?<![^\s(])#(\d+) ([0-9a-f]{16})(?![0-9a-f])")
_DIGEST = "notice-digest"
_RESTORE = "bring it back from a backup (mailbot restore, into an empty state)"
_TAKE_IN = "move it to the INBOX: it is taken in then"
_AGAIN = "give it in again: mailbot ingest FILE, or move it to the INBOX"


class Memory(Protocol):
    """What an inspection of the state read, by row id."""

    cases: dict[str, Case]
    items: dict[str, OutboxItem]
    dispositions: dict[str, Disposition]
    begun: frozenset[str]
    spooled: frozenset[str]
    log: Mapping[int, str]


class Listed(Protocol):
    """A mail in a folder of the mailbox."""

    @property
    def folder(self) -> str: ...
    @property
    def uid(self) -> int: ...
    @property
    def message_id(self) -> str: ...


_L = TypeVar("_L", bound=Listed)


def agreement(memory: Memory, desk: Desk, secret: bytes) -> Iterator[Gap]:
    """What does not agree inside the desk's memory."""
    yield from _of_outbox(memory, desk, secret)
    yield from _of_cases(memory)
    yield from _of_mails(memory)
    yield from _of_log(memory, desk)
    yield from _of_digests(memory)


def in_mailbox(memory: Memory, folder: str, entries: Iterable[_L], digests: Mapping[_L, str]) -> Iterator[Gap]:
    """What does not agree between memory and mailbox; `folder` is the one that mail arrives in.

    `digests` are those of the entries that `unsure` names.
    """
    entries = list(entries)
    known = set(memory.dispositions)
    there = _told_by_message_id(memory, entries) | {d for d in digests.values() if d in known}
    for entry, digest in digests.items():
        if entry.folder != "INBOX" and digest not in known:
            where = f"{entry.folder}/{entry.uid} {entry.message_id}".strip()
            yield Gap("mailbox", where, "nothing is known of this mail", _TAKE_IN)
    for digest, done in sorted(memory.dispositions.items()):
        if digest not in there and not done.purged and _fetched(done, folder):
            kept = " (its bytes are in the spool)" if digest in memory.spooled else ""
            what = f"the mail, {done.kind}, is in no folder of the mailbox{kept}"
            yield Gap("disposition", digest[:12], what, "look for it in the trash; somebody moved or deleted it")
    waiting = set(digests.values()) | there
    for digest in sorted(memory.begun - known - waiting):
        if not any(entry.folder == "INBOX" for entry in entries):
            yield Gap("spool", digest[:12], "its handling was begun and is not done, and it waits nowhere", _AGAIN)


def unsure(memory: Memory, entries: Iterable[_L]) -> list[_L]:
    """The mails that their Message-ID does not tell: none, an unknown one, or more mails than are known of it."""
    known = Counter(_id(done.message_id) for done in memory.dispositions.values())
    seen: dict[str, list[_L]] = defaultdict(list)
    for entry in entries:
        seen[entry.message_id].append(entry)
    return [e for name, same in seen.items() if not name or len(same) != known[name] for e in same]


def _told_by_message_id(memory: Memory, entries: Collection[Listed]) -> set[str]:
    doubtful = {id(entry) for entry in unsure(memory, entries)}
    told = {entry.message_id for entry in entries if id(entry) not in doubtful}
    return {digest for digest, done in memory.dispositions.items() if _id(done.message_id) in told}


def _of_outbox(memory: Memory, desk: Desk, secret: bytes) -> Iterator[Gap]:
    for item_id, item in memory.items.items():
        if item.case is not None and item.case not in memory.cases:
            yield Gap("outbox", item_id, f"belongs to {item.case}, which is not there", f"{_RESTORE}, or drop it")
        if item.draft and item.hash not in ("", *_hashes(item.draft, item.encrypt_to)):
            yield Gap("outbox", item_id, "its text is not the one that its hash was made of", _RESTORE)
        if item.message_id and item.draft and not _is_its_own(item, desk, secret):
            what = f"its Message-ID carries no token of {item.case}: answers to it would not be found"
            yield Gap("case", f"{item.case} {item_id}", what, _RESTORE)


def _hashes(draft: Draft, encrypt_to: str) -> tuple[str, str]:
    """What the hash may be made of: a key that came after approval closes the envelope and changes nothing else."""
    return content_hash(draft, encrypt_to), content_hash(draft)


def _is_its_own(item: OutboxItem, desk: Desk, secret: bytes) -> bool:
    if item.draft is None or item.case is None:
        return True
    domain = desk.address.rpartition("@")[2]
    tokens = find_tokens((item.message_id,), domain)
    made = find_tokens((make_message_id(secret, item.key, item.case, item.draft.to.address, domain),), domain)
    named = {case_digits(case) for case in item.with_cases}
    return not tokens or tokens == made or all(token.digits in named for token in tokens)


def _of_cases(memory: Memory) -> Iterator[Gap]:
    for case_id, case in memory.cases.items():
        for digest in case.mails:
            if digest not in memory.dispositions:
                yield Gap("case", case_id, f"names the mail {digest[:12]}, of which nothing else is known", _RESTORE)


def _of_mails(memory: Memory) -> Iterator[Gap]:
    for digest, done in sorted(memory.dispositions.items()):
        where = digest[:12]
        if done.case is not None and done.case not in memory.cases:
            yield Gap("disposition", where, f"belongs to {done.case}, which is not there", _RESTORE)
        if digest not in memory.spooled and not done.purged and not _is_large(done):
            yield Gap("spool", where, "the bytes of the mail are missing", f"{_RESTORE}; the mailbox has a copy")
        if digest in memory.spooled and done.purged:
            yield Gap("spool", where, "the mail was purged, but its bytes are there", "repeat mailbot purge")
    for digest in sorted(memory.spooled - set(memory.dispositions) - memory.begun):
        advice = "if the mail is not in the INBOX, move it there; a kept mail that is not handled is repeated"
        yield Gap("spool", digest[:12], "was kept, but what became of it is not known", advice)


def _of_log(memory: Memory, desk: Desk) -> Iterator[Gap]:
    """A log that was rotated tells only of what came later."""
    if not memory.log or min(memory.log) != 1:
        return
    text = "\n".join(memory.log.values())
    told = set(_MAIL_LINE.findall(text))
    for digest in sorted(memory.dispositions):
        if digest[:12] not in told:
            yield Gap("journal", digest[:12], "no line tells what became of this mail", "compare with a backup")
    tried = set(_ITEM_LINE.findall(text))
    for item_id, item in sorted(memory.items.items()):
        if item.status is Status.SENT and item.message_id and item_id not in tried:
            yield Gap("journal", item_id, "no line tells that this outbox item was sent", "compare with a backup")
    case = rf"^\S+ #\d+ [0-9a-f]{{16}} \S+ ({re.escape(desk.case_prefix)}#\d{{8}}) "
    for case_id in sorted(set(re.findall(case, text, re.MULTILINE)) - set(memory.cases)):
        yield Gap("case", case_id, "the journal tells of it, but it is not there", _RESTORE)


def _of_digests(memory: Memory) -> Iterator[Gap]:
    """A log that was written anew from some line on fits itself, but not the heads that coordinators were sent."""
    for item_id, item in memory.items.items():
        if item.draft is None or item.template != _DIGEST:
            continue
        for number, chain in _HEAD.findall(item.draft.body):
            line = memory.log.get(int(number))
            if line is not None and line.split(" ", 3)[2] != chain:
                what = f"line #{number} is not the one whose hash the digest of {item.created:%Y-%m-%d} told"
                yield Gap(
                    "journal", f"{item_id} #{number}", what, "somebody wrote the journal anew; keep both versions"
                )


def _fetched(done: Disposition, folder: str) -> bool:
    """Whether it came out of the mailbox: what came from files never was there."""
    return bool(_LARGE.fullmatch(done.source)) or re.fullmatch(rf"{re.escape(folder)}/\d+", done.source) is not None


def _is_large(done: Disposition) -> bool:
    """Whether only its head was ever here."""
    return done.source.startswith("head ") or done.why.startswith(_SAYS_LARGE)


def _id(message_id: str) -> str:
    found = re.search(r"<[^<>\r\n]*>", message_id)
    return found[0] if found else message_id
