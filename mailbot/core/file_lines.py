"""The files of a report as coordinators read of them before they approve a mail: before, after, and why not."""

from collections.abc import Iterable

from mailbot.core.file_records import Fate, FileRecord
from mailbot.core.plain import one_line

_WHY = {
    "ja": {
        "archive": "書庫は、一覧だけをお見せします",
        "active": "開くと動くおそれのある形式",
        "program": "プログラム",
        "unknown_kind": "扱わない形式",
        "identity": "届出者が分かる情報を含む",
        "secrets": "秘密の情報（認証情報、他の人の連絡先など）を含む",
        "needs_encryption": "暗号化しなければ送れないもの",
        "several_reports": "複数の件の届出に付いていたもの",
        "kept_for_the_desk": "届出者が窓口限りとした内容のある届出に付いていたもの",
        "left_out": "コーディネーターが外したもの",
        "chosen": "コーディネーターが選んだもの",
        "too_much": "合計が大きすぎるため",
        "too_large": "大きすぎるため",
        "too_slow": "調べるのに時間がかかりすぎるため",
        "damaged": "壊れているか、調べられないもの",
        "encrypted": "パスワードがかかっているもの",
        "active_content": "中に、動く内容（スクリプトなど）があるもの",
        "macros": "マクロのあるもの",
        "embedded": "中に別のファイルがあるもの",
        "no_text": "文字として読めないもの",
    },
    "en": {
        "archive": "an archive is listed only",
        "active": "a format that may run when opened",
        "program": "a program",
        "unknown_kind": "a format that is not passed on",
        "identity": "it tells who the finder is",
        "secrets": "it holds secrets (credentials, addresses of others)",
        "needs_encryption": "it goes encrypted or not at all",
        "several_reports": "it came with a report about several",
        "kept_for_the_desk": "the finder keeps part of this report for the desk",
        "left_out": "a coordinator left it out",
        "chosen": "a coordinator chose it",
        "too_much": "too much together",
        "too_large": "too large",
        "too_slow": "it took too long to look into",
        "damaged": "damaged, or it cannot be looked into",
        "encrypted": "it has a password",
        "active_content": "active content inside (scripts)",
        "macros": "it has macros",
        "embedded": "other files are inside",
        "no_text": "it is no readable text",
    },
}
_DONE = {
    "ja": {
        "redrawn": "画素から作り直し",
        "camera_data": "撮影情報（EXIF）を除去",
        "position": "位置情報（GPS）を除去",
        "comments": "コメントを除去",
        "first_picture": "最初の一枚だけ",
        "pages_only": "ページだけを残して作り直し",
        "properties": "作成者などの情報を除去",
        "annotations": "注釈・入力欄を除去",
        "inner_files": "中のファイルを除去",
        "revisions": "変更履歴を除去",
        "links": "外部への参照を除去",
        "traffic": "通信記録の認証情報などを除去",
    },
    "en": {
        "redrawn": "drawn anew from its pixels",
        "camera_data": "without camera data (EXIF)",
        "position": "without position (GPS)",
        "comments": "without comments",
        "first_picture": "its first picture only",
        "pages_only": "made anew of its pages only",
        "properties": "without author and properties",
        "annotations": "without annotations and form fields",
        "inner_files": "without the files inside",
        "revisions": "without tracked changes",
        "links": "without references to the outside",
        "traffic": "without credentials of the recorded traffic",
    },
}
_HEADS = {
    "ja": {Fate.SENT: "送る", Fate.LISTED: "送らない（!attach で送れます）", Fate.REFUSED: "送らない"},
    "en": {Fate.SENT: "goes", Fate.LISTED: "stays (!attach sends it)", Fate.REFUSED: "stays"},
}
_FOUND = {"ja": "伏せたもの", "en": "withheld"}
_LISTED = 30


def lines(records: Iterable[FileRecord], language: str) -> tuple[str, ...]:
    """Each file in a few lines: its number and name, before and after, what was done or why it stays."""
    known = language if language in _WHY else "en"
    return tuple(line for record in records for line in _lines(record, known))


def _lines(record: FileRecord, language: str) -> Iterable[str]:
    yield f"{record.number}. {one_line(record.given)} ({record.kind}, {record.size} bytes, {record.digest[:12]})"
    yield f"   {_HEADS[language][record.fate]}{_reason(record, language)}"
    if record.fate is Fate.SENT:
        yield f"   → {record.name} ({record.media_type}, {record.size_sent} bytes, {record.digest_sent[:12]})"
    words = _DONE[language]
    done = [words[name] for name in record.done if name in words]
    found = [name for name in record.done if name not in words]
    if done:
        yield f"   {'、'.join(done) if language == 'ja' else ', '.join(done)}"
    if found:
        yield f"   {_FOUND[language]}: {', '.join(dict.fromkeys(found))}"
    yield from (f"     {one_line(entry)}" for entry in record.listing[:_LISTED])
    if len(record.listing) > _LISTED:
        yield f"     … {len(record.listing) - _LISTED}"


def _reason(record: FileRecord, language: str) -> str:
    return f": {_WHY[language].get(record.why, record.why)}" if record.why else ""
