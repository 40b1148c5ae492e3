"""Office documents (docx, xlsx, pptx) rebuilt of the parts that are seen: an allow-list, never the original less some.

Author, company, comments, tracked changes, thumbnails, custom data, local paths and references to the outside are not
copied. Macros, controls and embedded files are refused. Pictures are drawn anew.
"""

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # ships no types

from mailbot.adapters import images
from mailbot.core.file_records import Cleaned

_PARTS = 3_000
_BYTES = 60_000_000
_KEPT = re.compile(
    r"\[Content_Types\]\.xml|(?:.*/)?_rels/[^/]*\.rels|"
    r"word/(?:document|styles|settings|numbering|fontTable|footnotes|endnotes|webSettings|header\d*|footer\d*)\.xml|"
    r"xl/(?:workbook|styles|sharedStrings|calcChain)\.xml|xl/(?:worksheets|tables|drawings|charts)/[\w-]+\.xml|"
    r"ppt/(?:presentation|presProps|viewProps|tableStyles)\.xml|"
    r"ppt/(?:slides|slideLayouts|slideMasters|charts)/[\w-]+\.xml|(?:word|ppt)/(?:charts|drawings)/[\w-]+\.xml|"
    r"(?:word|xl|ppt)/theme/[\w-]+\.xml|(?:word|xl|ppt)/media/[\w-]+\.\w+"
)
_RUNS = re.compile(r"(?i)vbaproject|activex|macrosheet|\.bin$|customui/|webextensions?/")
_INSIDE = re.compile(r"(?i)embeddings/|oleobject|externallinks?/|\.emf$|\.wmf$|\.svg$")
_CHANGED = ("del", "moveFrom", "rPrChange", "pPrChange", "sectPrChange", "tblPrChange", "trPrChange", "tcPrChange")
_GONE = frozenset(
    (
        *_CHANGED,
        *(
            "commentRangeStart",
            "commentRangeEnd",
            "commentReference",
            "rsids",
            "attachedTemplate",
            "mailMerge",
            "docVars",
            "alias",
            "tag",
            "custDataLst",
            "tagLst",
            "custShowLst",
            "aliases",
        ),
        *(
            "fileSharing",
            "absPath",
            "revisionPtr",
            "externalReferences",
            "legacyDrawing",
            "cmAuthorLst",
            "documentProtection",
        ),
        *(
            "object",
            "OLEObject",
            "control",
            "controls",
            "oleObjects",
            "customXml",
            "smartTags",
            "numberingChange",
            "extLst",
        ),
    )
)
_UNWRAPPED = ("ins", "moveTo")
_TELLING = re.compile(r"(?:author|initials|date|rsid\w*|userName|lastEdited|descr|title|userId|providerId|tooltip)")
_UNNAMED = ("docPr", "cNvPr")
"""Pictures and shapes; their name, which must be there, is often a path of the writer's machine."""
_MADE_BY_PROGRAMS = re.compile(r"_(?:Toc|Ref|Hlk|Hlt|GoBack)\d*")  # bookmarks that nobody named
_LINKED = ("anchor", "docLocation", "location", "display")
_SAYS_SOMETHING = re.compile(r"[^\W\d_]{2}|\d{9}")
_FIELDS = re.compile(
    r"\b(?:INCLUDETEXT|INCLUDEPICTURE|DDE(?:AUTO)?|IMPORT|LINK|WEBSERVICE)\b|\[\d+\]|^=?cmd\|", re.IGNORECASE
)
_EPOCH = (1980, 1, 1, 0, 0, 0)
_TYPES = {
    "word/document.xml": ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xl/workbook.xml": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "ppt/presentation.xml": ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
}


class _Refused(Exception):
    """The document must not go; the message is the reason's code."""


def clean(content: bytes) -> Cleaned:
    """The document rebuilt of its visible parts, with all their words."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as given:
            parts = _read(given)
        extension, media_type = next(kind for name, kind in _TYPES.items() if name in parts)
        done: dict[str, None] = {"properties": None}
        words: list[str] = []
        made = {name: _part(name, data, parts, done, words) for name, data in parts.items()}
        return Cleaned(_packed(made), extension, media_type, tuple(done), "\n".join((*words, *made)))
    except _Refused as why:
        return Cleaned(refused=str(why))
    except Exception:  # a broken package: zipfile and lxml have many ways to say so
        return Cleaned(refused="damaged")


def _read(given: zipfile.ZipFile) -> dict[str, bytes]:
    entries = given.infolist()
    names = [entry.filename for entry in entries]
    if any(entry.flag_bits & 1 for entry in entries):
        raise _Refused("encrypted")
    if len(entries) > _PARTS or sum(entry.file_size for entry in entries) > _BYTES or len(set(names)) < len(names):
        raise _Refused("too_large" if len(set(names)) == len(names) else "damaged")
    if any(_INSIDE.search(name) for name in names):
        raise _Refused("embedded")
    if any(_RUNS.search(name) and "printerSettings" not in name for name in names):
        raise _Refused("macros")
    parts: dict[str, bytes] = {}
    for entry in entries:
        if _KEPT.fullmatch(entry.filename):
            with given.open(entry) as opened:
                parts[entry.filename] = opened.read(entry.file_size + 1)[: entry.file_size]
    return parts


def _part(name: str, data: bytes, parts: dict[str, bytes], done: dict[str, None], words: list[str]) -> bytes:
    if "/media/" in name:
        picture = images.clean(data)
        if picture.refused:
            raise _Refused(picture.refused)
        return picture.content
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    root = etree.fromstring(data, parser)
    if root.getroottree().docinfo.doctype:
        raise _Refused("damaged")
    if name == "[Content_Types].xml":
        _keep(root, lambda each: "PartName" not in each.attrib or each.attrib["PartName"].lstrip("/") in parts)
        if b"macroEnabled" in etree.tostring(root):
            raise _Refused("macros")
    elif name.endswith(".rels"):
        _relations(root, name, parts, done)
    else:
        _plain(root, done)
        words.extend(_words(root))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _relations(root: Any, name: str, parts: dict[str, bytes], done: dict[str, None]) -> None:
    """References to kept parts only: a hyperlink loses its target, anything else to the outside is refused."""
    folder = name.partition("_rels/")[0]
    for each in list(root):
        kind = each.get("Type", "").rpartition("/")[2]
        if each.get("TargetMode") == "External":
            if kind != "hyperlink":
                raise _Refused("embedded")
            done["links"] = None
            each.set("Target", "about:blank")
        elif _target(folder, each.get("Target", "")) not in parts:
            root.remove(each)


def _target(folder: str, target: str) -> str:
    if target.startswith("/"):
        return target[1:]
    steps = folder.rstrip("/").split("/") if folder else []
    for step in target.split("/"):
        steps = steps[:-1] if step == ".." else steps if step == "." else [*steps, step]
    return "/".join(steps)


def _plain(root: Any, done: dict[str, None]) -> None:
    for each in list(root.iter()):
        local = etree.QName(each).localname
        parent = each.getparent()
        if parent is not None and local in _GONE:
            done["revisions" if local in _CHANGED else "properties"] = None
            _drop(each, parent)
        elif parent is not None and local in _UNWRAPPED and "wordprocessingml" in (etree.QName(each).namespace or ""):
            done["revisions"] = None
            _unwrap(each, parent)
        _unname(each, local)
        if local in ("instrText", "f", "fldSimple") and _FIELDS.search(
            "".join((each.text or "", *each.attrib.values()))
        ):
            raise _Refused("active_content")


def _unname(each: Any, local: str) -> None:
    """Take out the attributes that are not seen on the page, and say nothing of how it looks."""
    for key in list(each.attrib):
        name = etree.QName(key).localname
        linked = local == "hyperlink" and name in _LINKED
        named = name == "name" and local in ("bookmarkStart", *_UNNAMED)
        if _TELLING.fullmatch(name) or (linked and not _MADE_BY_PROGRAMS.fullmatch(each.attrib[key])):
            del each.attrib[key]
        elif named and not _MADE_BY_PROGRAMS.fullmatch(each.attrib[key]):
            each.attrib[key] = (
                f"object{next((v for k, v in each.attrib.items() if etree.QName(k).localname == 'id'), '')}"
            )


def _drop(each: Any, parent: Any) -> None:
    tail, before = each.tail or "", each.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(each)


def _unwrap(each: Any, parent: Any) -> None:
    at = parent.index(each)
    for inner in reversed(list(each)):
        parent.insert(at, inner)
    parent.remove(each)


def _keep(root: Any, wanted: Any) -> None:
    for each in list(root):
        if not wanted(each):
            root.remove(each)


def _words(root: Any) -> Iterator[str]:
    """The text of each paragraph, table cell or string as one, however many runs it is cut into; then what stands in
    attributes, which no page shows.
    """
    line: list[str] = []
    for each in root.iter():
        if etree.QName(each).localname in ("p", "si", "c", "tc", "v") and line:
            yield "".join(line)
            line = []
        line.append(each.text or "")
    yield "".join(line)
    values = (value for each in root.iter() for value in each.attrib.values() if _SAYS_SOMETHING.search(value))
    yield from dict.fromkeys(values)


def _packed(parts: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in parts.items():
            made.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()
