"""What people are told about one mail by `rehearse`, and about their rules by `rules test`."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from mailbot import mail_shapes, shapes
from mailbot.cli.output import human, safe_block
from mailbot.core.rule_examples import Wrong

_VALUE = 400
_QUOTE = 120


def failing(wrong: Iterable[Wrong]) -> str:
    """The examples that do not do what they say, file by file."""
    lines: list[str] = []
    for file, of_file in groupby(wrong, key=lambda each: each.file):
        lines.append(file)
        for each in of_file:
            lines += [f"  rule {each.rule}", f"    example   {each.example}"]
            lines += [f"    expected  {each.expected}", f"    found     {each.found}"]
    return safe_block("\n".join(lines))


def story(shown: mail_shapes.RehearsalShape) -> str:
    """What the mail is taken for, what was read from it and by which rule, and what would be sent."""
    return safe_block("\n".join(_lines(shown)))


def _lines(shown: mail_shapes.RehearsalShape) -> Iterator[str]:
    yield f"{shown.source}: {shown.kind} -> {shown.outcome}"
    yield f"  because  {shown.why}"
    if shown.message.from_:
        yield f"  from     {shown.message.from_}, {_protection(shown.crypto)}"
    if shown.case:
        yield f"  case     {shown.case}"
    for defect in (*shown.message.defects, *shown.crypto.defects):
        yield f"  note     {defect}"
    if shown.bounce:
        status = f"{shown.bounce.action} {shown.bounce.status}".strip()
        yield f"  bounce   {shown.bounce.recipient}: {shown.bounce.reason} ({status})"
    if shown.report:
        yield from _report(shown.report, shown.message.language)
    for mail in shown.mail:
        yield from _mail(mail)


def _protection(crypto: mail_shapes.CryptoShape) -> str:
    signed = "not signed" if crypto.signature == "none" else f"signature {crypto.signature.replace('_', ' ')}"
    return f"{'encrypted' if crypto.encrypted else 'in plain'}, {crypto.failure or signed}"


def _report(report: mail_shapes.ReportShape, language: str) -> Iterator[str]:
    yield f"  report   {report.track}, form {report.form}, language {language}"
    for name, field in report.fields.items():
        yield f"    {name}: {human(field.value, _VALUE)}"
        yield f"      by {field.rule} ({field.confidence:.2f}{', derived' if field.derived else ''}){_quote(field)}"
    yield f"  missing  {', '.join(report.missing) or 'nothing'}"
    for other in report.duplicates:
        yield f"  perhaps  {other.case} ({other.score:.2f}): {other.why}"


def _quote(field: mail_shapes.FieldShape) -> str:
    """The words behind the value, unless they are the value."""
    words = " ".join(field.quote.split())
    if not words or words == " ".join(human(field.value).split()):
        return ""
    return f" from “{words if len(words) <= _QUOTE else words[:_QUOTE].rstrip() + '…'}”"


def _mail(mail: mail_shapes.MailShape) -> Iterator[str]:
    how = "encrypted" if mail.encrypted_to else "signed"
    held = f", held for {mail.held_for}" if mail.held_for else ""
    yield f"  mail     {mail.template} to {mail.to} ({how}{held})"
    yield f"           {mail.subject}"


_SIGNS = {"carried": "+", "carried_in_part": "~", "left_out": "-"}


def difference_lines(found: Sequence[shapes.DifferenceShape]) -> Iterator[str]:
    """What a mail carries and leaves out of a report, one line a field; then what stands in the place of what."""
    for each in found:
        if sign := _SIGNS.get(each.kind):
            yield f"{sign} {each.place}{f'  ({each.why})' if each.why else ''}"
    for each in found:
        if each.kind not in _SIGNS:
            yield safe_block(
                f"{each.kind} {each.place}: {human(each.before, _QUOTE)}\n    → {human(each.after, _QUOTE)}"
            )
