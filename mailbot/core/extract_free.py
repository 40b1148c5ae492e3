"""Reading a report in free text or Markdown: headings where there are any, the finder's own words for the rest."""

from dataclasses import replace

from mailbot.core.extract_form import Answer, Filled, read_form
from mailbot.core.extract_product import likely_product
from mailbot.core.extract_rules import fields_in, settled
from mailbot.core.extract_steps import seen_steps, steps_in, told_steps
from mailbot.core.extract_text import (
    narrative,
    section_ends,
    summary,
    without_quotes,
    without_signature,
)
from mailbot.core.extract_types import type_in
from mailbot.core.extract_urls import beside_name, home_of, host_of, targets, without_bystanders
from mailbot.core.fields import value_of
from mailbot.core.form_answers import PASSAGES, answer_fields
from mailbot.core.form_shapes import Form
from mailbot.core.likely_names import likely_names
from mailbot.core.messages import Address
from mailbot.core.model import Field, FieldValue
from mailbot.core.reading import short, unwrap
from mailbot.core.ruleset import Ruleset

_SURE_NAME = 0.5  # what only its quotes or its place in a sentence make a name
_SUMMARY, _STEPS = "vulnerability.summary", "vulnerability.steps"


def domain_of(finder: Address | None) -> str:
    """The finder's mail domain, "" if there is no sender."""
    return finder.address.rpartition("@")[2] if finder else ""


def end_sections(filled: Filled, rules: Ruleset) -> None:
    """Take the letter's ending out of the answers; what stands below it is no part of any section."""
    ends = section_ends([answer.lines for answer in filled.answers], rules)
    for answer, end in zip(filled.answers, ends, strict=True):
        filled.rest += answer.lines[end:]
        del answer.lines[end:]


def free_fields(text: str, subject: str, form: Form, rules: Ruleset, finder: Address | None) -> tuple[Field, ...]:
    """The fields of a report in free text; `form` has the headings that people use in such reports."""
    clean = without_signature(without_quotes(text, rules), rules)
    filled = read_form(clean, form)
    end_sections(filled, rules)
    labelled = without_bystanders(answer_fields(filled, rules), rules)
    rest = "\n".join(filled.rest).strip("\n")
    told, rest = _steps(labelled, rest, rules)
    flow = unwrap(clean)
    named = value_of(labelled, "vulnerability.type") not in (None, "other")
    kind = None if named else type_in(flow, subject, rules)
    site = None if value_of(labelled, "target.urls") else targets(_passages(filled), rules, domain_of(finder))
    stated = tuple(field for field in labelled if field.name not in (_SUMMARY, kind and kind.name))
    read = fields_in(flow, subject, rules, settled(stated))
    if _sureness(labelled) and site is not None and _is_finders(site, domain_of(finder)):
        site = None
    home = value_of(labelled, "product.url") or value_of(read, "product.url")
    site = _without_home(site, home or _home(value_of((*labelled, *read), "product.name"), clean))
    read = _of_place(read, site is not None or bool(value_of(labelled, "target.urls")), _sureness(labelled))
    own = (kind, site, told, _summary(labelled, rest, rules, finder))
    found = (*stated, *(field for field in own if field), *read)
    if value_of(found, "product.name") is None and value_of(found, "target.urls") is None:
        guess = likely_product(flow, subject, rules)
        found = (*found, guess) if guess else found
    found = _with_home(found, clean)
    return (*found, *likely_names(flow, subject, found, rules))


def _is_finders(site: Field, domain: str) -> bool:
    """Whether all its addresses are of the finder's own mail domain: beside a labelled product that is a signature."""
    urls = site.value if isinstance(site.value, tuple) else ()
    return bool(domain) and all(host_of(url).removeprefix("www.") == domain.lower() for url in urls)


def _home(name: FieldValue | None, text: str) -> str | None:
    """The URL in brackets behind the product's name."""
    found = beside_name(text, name) if isinstance(name, str) else None
    return found[0] if found else None


def _without_home(site: Field | None, home: FieldValue | None) -> Field | None:
    """The sites without the page at which the product is found."""
    if site is None or not isinstance(site.value, tuple) or home is None:
        return site
    urls = tuple(url for url in site.value if url.rstrip("/") != str(home).rstrip("/"))
    return replace(site, value=urls) if urls else None


def _with_home(found: tuple[Field, ...], text: str) -> tuple[Field, ...]:
    """The fields, with the product's own page; that is no site that is reported on."""
    name = value_of(found, "product.name")
    home = home_of(text, name) if isinstance(name, str) else None
    if home is None:
        return found
    kept = tuple(field for field in found if field.name != "target.urls" or field.value != (home[0],))
    return (*kept, Field("product.url", home[1], "home/of-product", 0.5, home[1]))


def _sureness(labelled: tuple[Field, ...]) -> float:
    """How sure it is that the labels name a product; 0 if they do not."""
    return max((field.confidence for field in labelled if field.name == "product.name"), default=0.0)


def _of_place(read: tuple[Field, ...], site: bool, product: float) -> tuple[Field, ...]:
    """The fields, of names of products and sites that are not sure only those of the kind of place that is named.

    Where no site is named by its address, nothing is a site's that is less sure than the product.
    """
    product = max((product, *(field.confidence for field in read if field.name == "product.name")))
    if not site:
        read = tuple(field for field in read if not field.name.startswith("target.") or field.confidence > product)
    barred = ("product.name", "product.vendor") if site else ("target.operator_contact", "target.site_name")
    return tuple(field for field in read if field.name not in barred or field.confidence >= _SURE_NAME)


def _steps(labelled: tuple[Field, ...], rest: str, rules: Ruleset) -> tuple[Field | None, str]:
    """The steps that stand under no heading of their own, and the text without them."""
    if value_of(labelled, _STEPS):
        return None, rest
    found = steps_in(rest, rules)
    if found is not None:
        return Field(_STEPS, found[0], "steps/numbered-list", 0.7, short(found[0])), found[1]
    for name in (_SUMMARY, "vulnerability.discovery"):
        passage = str(value_of(labelled, name) or "")
        found = steps_in(passage, rules)
        if found is not None:
            return Field(_STEPS, found[0], "steps/numbered-list", 0.7, short(found[0])), rest
        found = told_steps(passage, rules)
        if found is not None:
            return Field(_STEPS, found[0], "steps/told", 0.5, short(found[0])), rest
    found = told_steps(rest, rules)
    if found is not None:
        return Field(_STEPS, found[0], "steps/told", 0.5, short(found[0])), found[1]
    seen = seen_steps(rest, rules)
    return (Field(_STEPS, seen, "steps/seen", 0.4, short(seen)) if seen else None), rest


def _summary(labelled: tuple[Field, ...], rest: str, rules: Ruleset, finder: Address | None) -> Field | None:
    """The passage under a summary heading, and what stands under no heading."""
    own = summary(rest, rules, finder)
    headed = next((field for field in labelled if field.name == _SUMMARY), None)
    if headed is None or own is None:
        return headed or own
    joined = f"{own.value}\n\n{narrative(str(headed.value), rules)}".lstrip("# ")
    return Field(_SUMMARY, joined, headed.rule, headed.confidence, headed.quote)


def _passages(filled: Filled) -> str:
    """The text in which a site may be named: passages, not the answers to other questions."""
    answers = (answer.text for answer in filled.answers if _is_passage(answer))
    return "\n\n".join(("\n".join(filled.rest), *answers))


def _is_passage(answer: Answer) -> bool:
    return bool(answer.items) and all(item.field in PASSAGES for item in answer.items)
