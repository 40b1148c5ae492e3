"""What is wrong with a language's templates: found when they are loaded, before any mail is touched."""

from collections.abc import Iterator, Mapping

from jinja2 import Environment, TemplateError, meta, nodes

from mailbot.core.type_words import is_type_file
from mailbot.core.views import (
    ATTRIBUTES,
    KIT_PAPERS,
    LOG_PAPERS,
    PAPERS,
    PUBLIC_PAPERS,
    PURPOSES,
    VISIBLE,
    WORDINGS,
    Purpose,
)

_WORDED = {f"{handling}/{name}": PURPOSES[name] for handling, names in WORDINGS.items() for name in names}
_FILES: Mapping[str, Purpose] = {
    **{f"{name}/{file}": purpose for name, purpose in PURPOSES.items() for file in ("subject.txt", "body.txt")},
    **{f"{name}/{file}": Purpose.COUNTERPART for name, file in PAPERS.items()},
    **{f"{name}/{file}": Purpose.LOG for name, file in LOG_PAPERS.items()},
    **{f"{name}/{file}": Purpose.PUBLIC for name, file in PUBLIC_PAPERS.items()},
    **{f"{name}/{file}": Purpose.KIT for name, file in KIT_PAPERS.items()},
    **{f"{name}/body.txt": purpose for name, purpose in _WORDED.items()},
}
"""Every file that each language has, and how much it may say."""
_MAY_BE: Mapping[str, Purpose] = {f"{name}/subject.txt": purpose for name, purpose in _WORDED.items()}
"""Subjects that a wording of its own may have."""


def problems_in(language: str, files: Mapping[str, str], environment: Environment, only: str = "") -> Iterator[str]:
    """Every problem of the templates in `files` (path below the language's folder -> text), or of `only` one paper."""
    trees: dict[str, nodes.Template] = {}
    variables = _Variables(trees)
    for path, text in files.items():
        if path == "labels.toml" or is_type_file(path) or not _is_of(path, only):
            continue
        if path not in {**_FILES, **_MAY_BE} and path.rpartition("/")[0] != "parts":
            yield f"templates/{language}/{path}: no mail of ours has that name"
            continue
        if path.endswith("/subject.txt") and (not text.strip() or "\n" in text.strip("\n")):
            yield f"templates/{language}/{path}: a subject is one line"
        try:
            tree = environment.parse(text)
            environment.compile(tree, raw=True)  # finds what parsing does not, as a filter that is unknown
            trees[path] = tree
        except TemplateError as exc:
            yield f"templates/{language}/{path}: {exc}"
    for path, purpose in {**_FILES, **_MAY_BE}.items():
        if (path not in files and path in _MAY_BE) or not _is_of(path, only):
            continue
        if path not in files:
            yield f"templates/{language}/{path}: is missing"
        elif path in trees:
            for problem in _misuse(path, purpose, trees, files, variables):
                yield f"templates/{language}/{path}: {problem}"


def _is_of(path: str, only: str) -> bool:
    """Whether the file is one of that paper, or a part that it may include; "": of any."""
    return not only or path.rpartition("/")[0] in (only, "parts")


def _misuse(
    path: str, purpose: Purpose, trees: Mapping[str, nodes.Template], files: Mapping[str, str], variables: "_Variables"
) -> Iterator[str]:
    """What a template, or a part that it includes, names though mails of its purpose must not or cannot."""
    seen, queue = {path}, [path]
    while queue:
        name = queue.pop()
        tree, unknown = trees[name], variables[name] - VISIBLE[purpose]
        if unknown:
            yield f"{', '.join(sorted(unknown))} is not for this mail"
        for access in tree.find_all(nodes.Getattr):
            owner = access.node.name if isinstance(access.node, nodes.Name) else ""
            if owner in ATTRIBUTES and access.attr not in ATTRIBUTES[owner]:
                yield f"{owner}.{access.attr} does not exist"
        for part in meta.find_referenced_templates(tree):
            if part is None or part not in files:
                yield f"includes {part or 'a name made at run time'}, which does not exist"
            elif part in trees and part not in seen:
                seen.add(part)
                queue.append(part)


class _Variables(dict[str, set[str]]):
    """The variables that each file names; a part is included by many, and looking takes a while."""

    def __init__(self, trees: Mapping[str, nodes.Template]) -> None:
        super().__init__()
        self._trees = trees

    def __missing__(self, path: str) -> set[str]:
        self[path] = meta.find_undeclared_variables(self._trees[path])
        return self[path]
