"""Cases that belong together: one that goes on in another (`!merge`), and one that comes out of another (`!split`)."""

import re
from dataclasses import replace

from mailbot.core.events import CommandGiven
from mailbot.core.fields import missing
from mailbot.core.lifecycle import Refusal, Step, Trigger
from mailbot.core.link_events import CaseAbsorbed, CaseLinked, CaseSplit, FollowedCaseEnded
from mailbot.core.model import Case, Field, FieldValue, Link, Role, Standing, State, Track
from mailbot.core.other_finders import with_others
from mailbot.core.plain import hosts
from mailbot.core.silence import end, offer
from mailbot.core.site_split import keep_the_rest, refused, split_off_site

MERGED = "merged"
SPLIT = "split"
_MARK = {"ja": "[非公開]"}
_MARK_ELSEWHERE = "[withheld]"
_AROUND_HOST = r"(?:https?://)?(?:[\w-]{{1,63}}\.){{0,5}}{}(?![\w-])(?::\d{{1,5}})?(?:/[^\s<>\"'）)」]*)?"


def merge(step: Step, command: CommandGiven) -> Refusal | None:
    """This case goes on in another one: nothing is awaited here, its finder hears what becomes of the other."""
    other = command.arguments[0].upper()
    step.move(Trigger.MERGE)
    _add(step, Link(MERGED, other))
    step.change(on_hold=False)
    step.clear()
    return None


def absorb(step: Step, event: CaseAbsorbed) -> None:
    """Another case goes on here. Its contact points are known from now on; whoever is confirmed here stays so."""
    _add(step, Link(MERGED, event.other))
    step.change(other_finders=with_others(step.case, event.finders))
    step.log("merged", event.coordinator, f"{event.other} goes on here")
    for contact in event.contacts:
        if step.case.contact_at(contact.address) is None:
            number = max((c.n for c in step.case.contacts), default=0) + 1
            gone = contact.standing in (Standing.DEAD, Standing.DROPPED)
            standing = contact.standing if gone else Standing.CANDIDATE
            evidence = (*contact.evidence, f"{contact.standing} in {event.other}")
            step.set_contact(replace(contact, n=number, vendor=0, standing=standing, evidence=evidence))
    step.due_decision()


def follow(step: Step, event: FollowedCaseEnded) -> None:
    """The case that this one went on in has ended: so has this one, in the same way."""
    if step.case.state is not State.MERGED:
        return
    step.enter(State.CLOSED if event.closing_code else State.REJECTED)
    step.change(closing_code=event.closing_code, rejection_code=event.rejection_code, fix_method=event.fix_method)
    step.mark(**{"closed" if event.closing_code else "rejected": step.now})
    end(step, f"{event.case} ended", tell=False)


def split(step: Step, command: CommandGiven) -> Refusal | None:
    """Another case is opened beside this one: of the other track, or of a site that the report names as well."""
    word = command.arguments[0]
    if word not in set(Track):
        if refusal := refused(step.case, word):
            return refusal
        keep_the_rest(step, word)
        return None
    track = Track(word)
    if track is step.case.track:
        return Refusal(f"this case is of that track already; !split {_other(track)} opens one of the other")
    return None


def link(step: Step, event: CaseLinked) -> None:
    """Keep which case came out of this one, or may be about the same."""
    _add(step, Link(event.kind, event.case, event.score, event.why))
    how = f" ({event.score:.2f}: {', '.join(event.why)})" if event.score is not None else ""
    step.log(event.kind, "mailbot", f"{event.case}{how}")


def split_off(case: Case, word: str, coordinator: str) -> CaseSplit:
    """The report as the case of that track, or site, has it; of a product's, no word names the site (V-3-8)."""
    if word not in set(Track):
        return split_off_site(case, word, coordinator)
    track = Track(word)
    people = tuple(p for p in case.participants if p.role is Role.FINDER)
    if track is Track.WEBSITE:
        return CaseSplit(case.id, coordinator, people, case.fields, missing(track, case.fields), aliases=case.aliases)
    words = _site_words(case)
    mark = _MARK.get(case.language, _MARK_ELSEWHERE)
    kept = tuple(_without(f, words, mark) for f in case.fields if not f.name.startswith("target."))
    return CaseSplit(case.id, coordinator, people, kept, missing(track, kept), words, case.aliases)


def open_split(step: Step, event: CaseSplit) -> None:
    """The new case begins with triage; its finder hears of it when it is accepted."""
    step.change(
        handling=step.policy.part.handling(step.case.track),
        fields=event.fields,
        aliases=event.aliases,
        missing=event.missing,
        participants=event.participants,
        withheld=event.withheld,
        opened_by="coordinator",
    )
    _add(step, Link(SPLIT, event.parent))
    step.log(SPLIT, event.coordinator, f"out of {event.parent}")
    step.due_decision()
    offer(step, None)
    step.tell_coordinators("notice-new-case")


def _add(step: Step, new: Link) -> None:
    if new not in step.case.links:
        step.change(links=(*step.case.links, new))


def _other(track: Track) -> Track:
    return Track.PRODUCT if track is Track.WEBSITE else Track.WEBSITE


def _site_words(case: Case) -> tuple[str, ...]:
    """Everything that names the site: its hosts, its name, its contact points."""
    place = replace(case, fields=tuple(f for f in case.fields if f.name.startswith("target.")))
    sites = [host.lower().removeprefix("www.") for host in hosts(place)]
    named = (case.field_text("target.site_name"), *(c.address for c in case.contacts))
    return tuple(dict.fromkeys(word for word in (*sites, *map(str.strip, named)) if len(word) > 3))


def _without(field: Field, words: tuple[str, ...], mark: str) -> Field:
    def cut(text: str) -> str:
        for word in words:
            text = re.sub(_AROUND_HOST.format(re.escape(word)), mark, text, flags=re.IGNORECASE)
            text = re.sub(re.escape(word), mark, text, flags=re.IGNORECASE)
        return text

    value: FieldValue = field.value
    if isinstance(value, str):
        value = cut(value)
    elif isinstance(value, tuple):
        value = tuple(map(cut, value))
    return replace(field, value=value, quote=cut(field.quote))
