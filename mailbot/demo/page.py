"""One HTML page of all cases and all mails of the demo, as their readers saw them."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment

from mailbot.core.messages import OpenedMail
from mailbot.core.model import Case
from mailbot.demo.desk import DemoDesk

_PAGE = """\
<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><title>mailbot demo</title>
<style>
body { font: 16px/1.6 system-ui, "Noto Sans CJK JP", sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
       color: #1b1b1f; background: #fff }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2.5rem }
table { border-collapse: collapse; width: 100% } td { padding: .2rem .8rem .2rem 0; vertical-align: top }
td:first-child { white-space: nowrap; color: #555; font-variant-numeric: tabular-nums }
details { border: 1px solid #ccd; border-radius: .4rem; margin: .6rem 0; padding: .4rem .8rem }
summary { cursor: pointer } summary small { color: #555 }
pre { white-space: pre-wrap; font: inherit; background: #f6f6f9; padding: .8rem; border-radius: .3rem }
.lock { color: #0a6b3d }
</style></head><body>
<h1>mailbot demo</h1>
<p>{{ cases | length }} cases, {{ letters | length }} mails. People, addresses and keys are made up.</p>
{% for case in cases %}
<h2>{{ case.id }} · {{ case.track }} · {{ case.state }}</h2>
<table>{% for entry in case.timeline %}
<tr><td>{{ entry.at.astimezone(zone).strftime("%Y-%m-%d %H:%M") }}</td><td>{{ entry.what }}</td><td>{{ entry.who }}</td>
<td>{{ entry.text }}</td></tr>{% endfor %}</table>
{% endfor %}
<h2>The mails, as their readers saw them</h2>
{% for reader, mail in letters %}
<details><summary>{{ mail.subject }}<br><small>to {{ reader }}
{% if mail.crypto.encrypted %}<span class="lock">encrypted</span>{% endif %}
signature: {{ mail.crypto.signature }}</small></summary><pre>{{ mail.text }}</pre></details>
{% endfor %}
</body></html>
"""


def write_page(path: Path, desk: DemoDesk, cases: Sequence[Case], letters: Sequence[tuple[str, OpenedMail]]) -> Path:
    """Write the page; every text in it is escaped."""
    template = Environment(autoescape=True).from_string(_PAGE)
    path.write_text(template.render(cases=cases, letters=letters, zone=desk.bot.desk.timezone), "utf-8")
    return path
