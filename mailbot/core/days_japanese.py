"""Days as Japanese mails name them: 12月末, 来週中, 令和8年12月1日, 12/15, 年度内, 3営業日以内."""

from datetime import date, timedelta

from mailbot.core.day_arithmetic import Unit, ahead, monday_of, month_part, near, near_part, near_weekday
from mailbot.core.patterns import Found, compile_pattern

_ERAS = {"令和": 2018, "r": 2018, "平成": 1988}
_WEEKDAYS = "月火水木金土日"
_WEEKS = {"先週": -1, "今週": 0, "来週": 1, "翌週": 1, "再来週": 2}
_MONTHS = {"先月": -1, "今月": 0, "当月": 0, "来月": 1, "翌月": 1, "再来月": 2}
_YEARS = {"今年": 0, "本年": 0, "来年": 1, "翌年": 1}
_DAYS = {
    "本日": 0,
    "今日": 0,
    "先ほど": 0,
    "先程": 0,
    "さきほど": 0,
    "今朝": 0,
    "明日": 1,
    "明後日": 2,
    "昨日": -1,
    "一昨日": -2,
    "昨晩": -1,
    "昨夜": -1,
}
_UNITS: dict[str, Unit] = {"営業日": "business", "日": "day", "週間": "week"}
_PARTS = {
    **dict.fromkeys(("上旬", "初旬", "初め", "始め", "頭", "前半"), "early"),
    **dict.fromkeys(("中旬", "半ば", "なかば"), "mid"),
}
_PART = "(" + "|".join((*_PARTS, "下旬", "後半", "末", "中"))
_PART = _PART + ")?"


def _number(found: Found, group: int) -> int:
    return int(found.group(group) or 0)


def _word(found: Found, group: int) -> str:
    return (found.group(group) or "").lower()


def _era_day(found: Found, written: date, past: bool) -> date | None:
    year = 1 if _word(found, 2) == "元" else _number(found, 2)
    return date(_ERAS[_word(found, 1)] + year, _number(found, 3), _number(found, 4))


def _whole_day(found: Found, written: date, past: bool) -> date | None:
    return date(_number(found, 1), _number(found, 2), _number(found, 3))


def _day(found: Found, written: date, past: bool) -> date | None:
    month, day = _number(found, 2), _number(found, 3)
    word = _word(found, 1)
    return date(written.year + _YEARS[word], month, day) if word else near(month, day, written, past)


def _month(found: Found, written: date, past: bool) -> date | None:
    month, word, part = _number(found, 3), _word(found, 2), _PARTS.get(_word(found, 4), "")
    if past or not 1 <= month <= 12:
        return None
    if found.group(1) or word:
        return month_part(_number(found, 1) or written.year + _YEARS[word], month, part)
    return near_part(month, part, written)


def _named_month(found: Found, written: date, past: bool) -> date | None:
    months = written.year * 12 + written.month - 1 + _MONTHS[_word(found, 1)]
    year, month = months // 12, months % 12 + 1
    if found.group(2):
        return date(year, month, _number(found, 2))
    return None if past else month_part(year, month, _PARTS.get(_word(found, 3), ""))


def _named_week(found: Found, written: date, past: bool) -> date | None:
    monday = monday_of(written, _WEEKS[_word(found, 1)])
    if found.group(2):
        return monday + timedelta(days=_WEEKDAYS.index(_word(found, 2)))
    if past:
        return None
    part = _word(found, 3)
    return monday + timedelta(days=6 if part == "末" else 2 if part in _PARTS else 4)


def _named_day(found: Found, written: date, past: bool) -> date | None:
    return written + timedelta(days=_DAYS[_word(found, 1)])


def _weekday(found: Found, written: date, past: bool) -> date | None:
    return near_weekday(_WEEKDAYS.index(_word(found, 1)), written, past)


def _week_begin(found: Found, written: date, past: bool) -> date | None:
    return None if past else monday_of(written, 1)


def _month_end(found: Found, written: date, past: bool) -> date | None:
    return None if past else month_part(written.year, written.month, "")


def _year_end(found: Found, written: date, past: bool) -> date | None:
    return None if past else date(written.year, 12, 31)


def _fiscal_year_end(found: Found, written: date, past: bool) -> date | None:
    return None if past else date(written.year + (written.month > 3), 3, 31)


def _after(found: Found, written: date, past: bool) -> date | None:
    count, unit = _number(found, 1), _UNITS.get(_word(found, 2), "month")
    return None if past else ahead(written, count, unit)


_YEAR = "((?:19|20)[0-9]{2})"
READERS = (
    (
        compile_pattern(r"(令和|平成|\bR)\s*([0-9]{1,2}|元)\s*[年./]\s*([0-9]{1,2})\s*[月./]\s*([0-9]{1,2})日?"),
        _era_day,
    ),
    (compile_pattern(_YEAR + r"\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})日?"), _whole_day),
    (compile_pattern(r"(今年|本年|来年|翌年)?の?\s*([0-9]{1,2})\s*月\s*([0-9]{1,2})\s*日"), _day),
    (compile_pattern(rf"(?:{_YEAR}年|(今年|本年|来年|翌年)の?)?\s*([0-9]{{1,2}})月の?{_PART}"), _month),
    (compile_pattern(rf"(先月|今月|当月|再来月|来月|翌月)の?(?:([0-9]{{1,2}})日|{_PART})"), _named_month),
    (compile_pattern(rf"(先週|今週|再来週|来週|翌週)の?(?:([{_WEEKDAYS}])曜|{_PART})"), _named_week),
    (compile_pattern(r"(一昨日|明後日|本日|今日|先ほど|先程|さきほど|今朝|明日|昨日|昨晩|昨夜)"), _named_day),
    (compile_pattern(r"週明け"), _week_begin),
    (compile_pattern(r"(?:^|[^0-9年])月[末内]"), _month_end),
    (compile_pattern(r"今?年度(?:内|中|末)"), _fiscal_year_end),
    (compile_pattern(r"年内|(?:今|本)年(?:中|いっぱい|末)|年末"), _year_end),
    (
        compile_pattern(
            r"([0-9]{1,3})\s*(営業日|日|週間|[かカヵケヶ箇]月|ヶ月)(?:間)?(?:以内|後|ほど|程度|程|くらい|ぐらい|位|を目|で)"
        ),
        _after,
    ),
    (compile_pattern(rf"([{_WEEKDAYS}])曜日?"), _weekday),
)
