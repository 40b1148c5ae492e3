"""The finders of the cases that were merged into one: each reported the same, and none may be told of the others.

A case carries what identifies them, and the texts and the last look read it as if it were its own finder's, whatever
that one agreed to: consent speaks for the one who gave it.
"""

from dataclasses import replace

from mailbot.core.mailboxes import mailbox
from mailbot.core.model import Case, Field, Role

_IDENTITY = ("reporter.", "credit_name")
_MOST = 100


def identity_of(case: Case) -> tuple[Field, ...]:
    """What the case says of who its finder is, as fields."""
    rule = f"merged/{case.id}"
    people = [p for p in case.participants if p.role is Role.FINDER]
    said = [(name, value) for p in people for name, value in (("reporter.email", p.address), ("reporter.name", p.name))]
    said += [("reporter.pgp", p.fingerprint) for p in people if p.fingerprint]
    said += [(f.name, _text(f)) for f in (*case.fields, *case.aliases) if f.name.startswith(_IDENTITY)]
    return tuple(Field(name, value, rule, 1.0) for name, value in dict.fromkeys(said) if value.strip())


def carried(case: Case) -> tuple[tuple[Field, ...], ...]:
    """What goes along when the case goes on in another one: its own finder, and those it took over itself."""
    return tuple(filter(None, (identity_of(case), *case.other_finders)))


def with_others(case: Case, others: tuple[tuple[Field, ...], ...]) -> tuple[tuple[Field, ...], ...]:
    """The other finders of the case with these; one who reported twice is no other, nor is what both say theirs."""
    own = {mailbox(p.address) for p in case.participants if p.role is Role.FINDER}
    said = {_text(f).strip().casefold() for f in identity_of(case)}
    new = (
        tuple(f for f in fields if _text(f).strip().casefold() not in said)
        for fields in others
        if not any(f.name == "reporter.email" and mailbox(_text(f)) in own for f in fields)
    )
    return tuple(dict.fromkeys((*case.other_finders, *new)))[:_MOST]


def as_own(case: Case) -> tuple[Case, ...]:
    """The case once for each other finder, as if that one had reported it and agreed to nothing."""
    rest = tuple(f for f in case.fields if not f.name.startswith((*_IDENTITY, "consent.")))
    return tuple(
        replace(case, participants=(), fields=(one, *rest), aliases=(), other_finders=())
        for fields in case.other_finders
        for one in fields
    )


def _text(field: Field) -> str:
    return "\n".join(field.value) if isinstance(field.value, tuple) else str(field.value)
