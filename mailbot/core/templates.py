"""The texts of our mails: loaded once, checked as a whole, rendered with nothing but what they are handed.

A template is found by language and name (`ja/receipt/subject.txt`, `ja/receipt/body.txt`); `<language>/labels.toml`
holds the words for codes, `<language>/parts/` what several bodies share. What others wrote is a value in them, never a
template.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from jinja2 import DictLoader, StrictUndefined, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mailbot.core.template_checks import problems_in
from mailbot.core.template_codes import CODES
from mailbot.core.type_words import Tables, read_types
from mailbot.core.views import KIT_PAPERS, LOG_PAPERS, PAPERS, PUBLIC_PAPERS
from mailbot.errors import ConfigError

_PAPER_FILES = {**PAPERS, **PUBLIC_PAPERS, **LOG_PAPERS, **KIT_PAPERS}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class TypeText:
    """The name of a type of vulnerability."""

    name_ja: str
    name_en: str

    def name(self, language: str) -> str:
        """The name in that language."""
        return self.name_ja if language == "ja" else self.name_en


class Rendered(NamedTuple):
    """Subject (one line, without the case id) and body of a mail."""

    subject: str
    body: str


Labels = Mapping[str, Mapping[str, str]]
_MARK = "\0value\0"
"""Stands for a value that differs; no text from outside comes with such characters (`core/plain.py`)."""
_KEPT_BACK = (nodes.AssignBlock, nodes.CallBlock, nodes.FilterBlock, nodes.Macro)
_GAP = re.compile(r"\n{3,}")
_PLAIN = frozenset((str, int, bool, float, tuple, date))
"""Types whose values are no way to anything else, and not None, which an attribute that is missing looks like."""


class Sandbox(ImmutableSandboxedEnvironment):
    """Asks the library once for each attribute of a type: a notice reads hundreds, the answer is always the same."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._safe: dict[tuple[type, str], bool] = {}

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """None but the template's own: a plain dict, which each rendering copies in no time."""
        return d or {}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """As the library has it; what is known to be safe and plain data needs no further look."""
        if self._safe.get((type(obj), attribute)):
            value = getattr(obj, attribute, None)
            if type(value) in _PLAIN:
                return value
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """As the library says, which looks at the type and the name alone."""
        asked = (type(obj), attr)
        known = self._safe.get(asked)
        if known is None:
            known = self._safe[asked] = super().is_safe_attribute(obj, attr, value)
        return known


@dataclass(frozen=True)
class Templates:
    """All texts in all languages."""

    environments: Mapping[str, ImmutableSandboxedEnvironment]
    labels: Mapping[str, Labels]
    types: Mapping[str, Mapping[str, Tables]]
    _said: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)  # see own_words()
    _shown: dict[tuple[str, str], bool] = field(default_factory=dict, repr=False, compare=False)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that there are texts in."""
        return tuple(sorted(self.environments))

    def render(self, name: str, language: str, context: Mapping[str, object]) -> Rendered:
        """The mail `name` in `language`."""
        return _tidied(*self._untidied(name, language, context))

    def render_each(
        self, name: str, language: str, context: Mapping[str, object], key: str
    ) -> Callable[[str], Rendered]:
        """What gives the mail for each value of `key`; rendered once where nothing but the value differs."""
        if not self._merely_shows(f"{language}/{name}", key):
            return lambda value: self.render(name, language, {**context, key: value})
        said = cache(lambda: self._untidied(name, language, {**context, key: _MARK}))
        return lambda value: _tidied(*(text.replace(_MARK, value) for text in said()))

    def _untidied(self, name: str, language: str, context: Mapping[str, object]) -> tuple[str, str]:
        environment = self.environments[language]
        usual = f"{name.rpartition('/')[2]}/subject.txt"  # a wording of its own may share the subject
        subject = environment.select_template((f"{name}/subject.txt", usual)).render(context)
        return subject, environment.get_template(f"{name}/body.txt").render(context)

    def paper(self, name: str, language: str, context: Mapping[str, object]) -> str:
        """The paper `name` in `language`: plain text, or HTML to be printed."""
        text = self.environments[language].get_template(f"{name}/{_PAPER_FILES[name]}").render(context)
        return _GAP.sub("\n\n", text).strip("\n") + "\n"

    def own_words(self, template: str) -> tuple[str, ...]:
        """What `template` ("ja/first-contact") says whatever the case: the texts between its placeholders."""
        # Every mail asks several times; it takes a parse of each file, and the files stay as they were loaded.
        if template not in self._said:
            self._said[template] = self._read_words(template)
        return self._said[template]

    def _read_words(self, template: str) -> tuple[str, ...]:
        return tuple(data.data for tree in self._trees(template) for data in tree.find_all(nodes.TemplateData))

    def _merely_shows(self, template: str, key: str) -> bool:
        """Whether all that the mail does with the value of `key` is to have it stand somewhere as it is."""
        if (template, key) not in self._shown:
            self._shown[template, key] = all(_shows(tree, key) for tree in self._trees(template))
        return self._shown[template, key]

    def _trees(self, template: str) -> Iterator[nodes.Template]:
        """The parsed files that a mail is made of."""
        language, _, name = template.partition("/")
        environment = self.environments.get(language)
        if environment is None or environment.loader is None:
            return
        known = set(environment.list_templates())
        seen, queue = set[str](), _files_of(name)
        while queue:
            path = queue.pop()
            if path in seen or path not in known:
                continue
            seen.add(path)
            tree = environment.parse(environment.loader.get_source(environment, path)[0])
            yield tree
            queue += [part for part in meta.find_referenced_templates(tree) if part]


def _shows(tree: nodes.Template, key: str) -> bool:
    """Whether the value of `key` is put out by itself wherever it is named, and what is put out goes straight out."""
    if next(tree.find_all(_KEPT_BACK), None) or None in meta.find_referenced_templates(tree):
        return False
    named = sum(name.name == key for name in tree.find_all(nodes.Name))
    shown = (node for output in tree.find_all(nodes.Output) for node in output.nodes)
    return named == sum(isinstance(node, nodes.Name) and node.name == key for node in shown)


def _tidied(subject: str, body: str) -> Rendered:
    tidy = "\n".join(line if line == "-- " else line.rstrip() for line in body.split("\n"))
    return Rendered(" ".join(subject.split()), _GAP.sub("\n\n", tidy).strip("\n") + "\n")


def _files_of(name: str) -> list[str]:
    return [f"{name}/subject.txt", f"{name}/body.txt", f"{name.rpartition('/')[2]}/subject.txt"]


def load_templates(files: Mapping[str, str], *, only: str = "", known: bool = False) -> Templates:
    """The templates in `files` (path below templates/ -> text). Raises ConfigError that names every problem.

    `only`: the one paper that is to be printed; of the rest nothing but the words for codes is looked at. `known`: of
    all, as these very files were found good before.
    """
    by_language: dict[str, dict[str, str]] = {}
    problems: list[str] = []
    for path, text in files.items():
        language, slash, rest = path.partition("/")
        if not slash:
            problems.append(f"templates/{path}: belongs into a language's folder, such as templates/en/")
            continue
        by_language.setdefault(language, {})[rest] = text
    if not by_language:
        problems.append("templates: there are none; `mailbot init` writes a set to start from")
    labels = {language: _labels(language, own, problems) for language, own in sorted(by_language.items())}
    types = {language: read_types(language, own, problems) for language, own in sorted(by_language.items())}
    environments = {
        language: _environment(language, own, labels[language]) for language, own in sorted(by_language.items())
    }
    for language, own in () if known else sorted(by_language.items()):
        problems += problems_in(language, own, environments[language], only)
    problems += _uneven(labels)
    if problems:
        raise ConfigError(tuple(problems))
    return Templates(environments, labels, types)


def day(value: date | str, language: str) -> str:
    """A day as a reader expects it: 2026年11月20日(金), 20 November 2026 (Fri). What is no ISO date stays as it is."""
    try:
        moment = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    except ValueError:
        return str(value)
    if language == "ja":
        return f"{moment.year}年{moment.month}月{moment.day}日({'月火水木金土日'[moment.weekday()]})"
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year} ({_WEEKDAYS[moment.weekday()]})"


def bar(text: str) -> str:
    """Someone else's words with a bar before each line, so that they cannot pass for ours."""
    return "\n".join(f"| {line}" for line in text.strip("\n").split("\n"))


def lines(text: str) -> list[str]:
    """The lines of a text that say something."""
    return [line.strip() for line in text.split("\n") if line.strip()]


def _environment(language: str, files: Mapping[str, str], labels: Labels) -> ImmutableSandboxedEnvironment:
    environment = Sandbox(
        auto_reload=False,  # they are loaded once
        loader=DictLoader({path: text for path, text in files.items() if path.endswith((".txt", ".html"))}),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=lambda path: bool(path and path.endswith(".html")),  # text/plain has nothing to escape into
        finalize=lambda value: "" if value is None else value,
    )
    environment.globals.clear()
    filters: dict[str, Callable[..., object]] = {
        "bar": bar,
        "lines": lines,
        "day": lambda value: day(value, language),
        "label": lambda code, section: _label(labels.get(section, {}), str(code)),
        "questions": lambda names, form: _questions(labels, tuple(names), form),
    }
    environment.filters.update(filters)
    return environment


def _questions(labels: Labels, names: tuple[str, ...], form: str) -> list[tuple[str, str]]:
    """Each field as it is asked for, and what is wanted in plain words: by the form's own number, else by ours."""
    own, usual, plain = labels.get(form, {}), labels.get("fields", {}), labels.get("asks", {})
    return [(own.get(name) or f"{n}. {usual.get(name, name)}", plain.get(name, "")) for n, name in enumerate(names, 1)]


def _label(words: Mapping[str, str], code: str) -> str:
    """The words for a code, also for one that more is said of ("leak: ..."); a code without words stays as it is."""
    head, colon, _ = code.partition(": ")
    return words.get(code) or (words.get(head) if colon else None) or code


def _labels(language: str, files: Mapping[str, str], problems: list[str]) -> dict[str, dict[str, str]]:
    where = f"templates/{language}/labels.toml"
    try:
        read = tomllib.loads(files.get("labels.toml", ""))
    except tomllib.TOMLDecodeError as exc:
        problems.append(f"{where}: {exc}")
        return {}
    labels: dict[str, dict[str, str]] = {}
    for section, codes in CODES.items():
        found = read.get(section, {})
        labels[section] = {code: text for code, text in found.items() if isinstance(text, str) and "\n" not in text}
        problems += [f"{where}: [{section}] {code} must be one line of text" for code in found.keys() - labels[section]]
        missing = [str(code) for code in codes if code not in found]
        if missing:
            problems.append(f"{where}: [{section}] lacks {', '.join(missing)}")
    return labels


def _uneven(labels: Mapping[str, Labels]) -> Iterator[str]:
    """A code that one language names and another does not."""
    for section in CODES:
        known = set().union(*(own.get(section, {}) for own in labels.values()))
        for language, own in labels.items():
            missing = sorted(known - set(own.get(section, {}))) if own else []
            if missing and not CODES[section]:
                yield f"templates/{language}/labels.toml: [{section}] lacks {', '.join(missing)}"
