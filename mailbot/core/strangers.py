"""Other people's data in a report: numbers, addresses and names that stand in a dump, a log or on a page.

Patterns are matched against folded text (identity.fold), names of people against the text as it is written.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

import phonenumbers

from mailbot.core.credentials import Found

_MOST = 500  # numbers in one text that are looked at
_DIGITS = r"(?:[0-9][ \-]?){12,18}[0-9]"
_CARD = re.compile(rf"(?<![0-9a-z.\-/_=%]){_DIGITS}(?![0-9a-z\-]|\.[0-9])|(?<==){_DIGITS}(?![0-9a-z\-])")
_TWELVE = re.compile(r"(?<![0-9a-z.\-])(?<![0-9]{4} )(?:[0-9]{4}[ \-]?){2}[0-9]{4}(?![0-9a-z\-]|[ ][0-9]{4}(?![0-9]))")
_INDIVIDUAL = re.compile(r"マイナンバー|個人番号|my[ _\-]?number|individual[ _]number")
_PHONE_JP = re.compile(
    r"(?<![0-9a-z.\-/])(?:\+?81[\s\-()]{0,3}|\(?0)(?:[0-9]{1,4}[)\-\s]{1,2}[0-9]{1,4}[(\-\s)]{1,2}[0-9]{4})(?![0-9\-])"
)
_PHONE_NAMED = re.compile(
    r"(?:(?<![a-z])(?:tel|phone|mobile|fax|phone_?number)|電話(?:番号)?|携帯(?:番号)?"
    r"|連絡先)[\"']?\s{0,2}[:=]?\s{0,2}[\"']?"
    r"(?P<number>\+?[0-9][0-9()\-\s]{8,18}[0-9])"
)
_PHONE_ABROAD = re.compile(r"(?<![0-9a-z])\+[1-9][0-9()\-.\s]{6,20}[0-9](?![0-9])")
_PREFECTURE = (
    r"(?:北海道|東京都|(?:京都|大阪)府|(?:青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉|千葉|神奈川|新潟"
    r"|富山|石川|福井|山梨|長野|"
    r"岐阜|静岡|愛知|三重|滋賀|兵庫|奈良|和歌山|鳥取|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡|佐賀|長崎|熊本"
    r"|大分|宮崎|鹿児島|沖縄|見本)県)"
)
_POSTAL = re.compile(
    r"〒\s?[0-9]{3}-?[0-9]{4}[ \t]{0,3}[^\n,|\"<]{0,60}"
    rf"|{_PREFECTURE}[^\s,、。|\"<]{{1,12}}[市区町村郡][^\n,、。|\"<0-9]{{0,20}}[0-9]{{1,4}}(?:丁目|番地?|号"
    rf"|-)[0-9丁目番地号の\-]{{0,14}}(?:[ 　]?[^\s,、。|\"<]{{1,20}}?[0-9]{{1,4}}号室?)?"
    r"|[^\s,、。|\"<0-9]{1,10}[市区町村][^\s,、。|\"<0-9]{1,12}[0-9]{1,3}(?:丁目[0-9]{1,3}番(?:地)?[0-9]{0,3}号?"
    r"|-[0-9]{1,3}-[0-9]{1,4}(?![0-9\-]))"
    r"|(?<![0-9a-z])(?:[0-9]{1,4}-){1,3}[0-9]{1,4},? (?:[a-z][a-z\-]{1,24},? ){0,4}[a-z]{2,20}-"
    r"(?:ku|shi|cho|machi|mura|ken)(?![a-z])(?:,? [a-z]{2,15}(?:-(?:shi|to|fu|ken))?(?![a-z])){0,2}"
    r"(?:,? [0-9]{3}-[0-9]{4}(?![0-9]))?"
    r"|(?<![0-9a-z.\-])[0-9]{1,5}[a-z]? (?:[a-z]{2,20} ){1,3}(?:(?:street|avenue|road|lane|drive"
    r"|boulevard)(?![a-z])|(?:st|ave|rd|ln|blvd)\.?(?=,))(?:, [a-z ]{2,30}(?:[0-9][0-9a-z ]{2,8})?)?"
)
_BIRTHDAY = re.compile(
    r"(?:生年月日|誕生日|(?<![a-z])(?:birth_?da(?:y|te)|date_?of_?birth|dob))[\"']?\s{0,2}[:=]?\s{0,2}[\"']?"
    r"(?P<day>[0-9]{2,4}[/\-.年][0-9]{1,2}[/\-.月][0-9]{1,4}日?|[0-9]{8}(?![0-9])|[a-z]{3,9} [0-9]{1,2},? [0-9]{4})"
)

_SHI = r"[一-龠々ヶ]"
_NAME = (
    rf"(?:{_SHI}{{1,4}}[ \u3000]?[一-龠々ぁ-んァ-ヶ]{{1,5}}|[ァ-ヶー]{{2,10}}[ \u3000・][ァ-ヶー]{{2,10}}"
    rf"|[ァ-ヶー]{{4,14}}|[ぁ-ん]{{2,8}}[ \u3000][ぁ-ん]{{2,8}}"
    r"|[A-Z][a-z'’\-]{1,20}(?:,? [A-Z]\.?)?(?:,? [A-Z][a-z'’\-]{1,20}){1,2}|[A-Z]{2,20} [A-Z]{2,20})"
)
_WHOLE_NAME = re.compile(_NAME)
_LABELLED = re.compile(
    r"(?:(?:氏名|お名前|姓名|(?:会員|顧客|利用者|患者|保護者|受取人|契約者|注文者|応募者|申込者|購入者|生徒|児童"
    r"|社員|職員)(?:の)?(?:氏)?名|名義人?|"
    r"フリガナ|ふりがな|宛名|(?i:\b(?:full|first|last|family|given|customer|patient|member|card"
    r"|account)[_ ]?(?:holder[_ ]?)?names?|card[_ ]?holder))"
    r"(?:[(（][^)）\n]{1,10}[)）])?[\"'”]?\s{0,2}(?:[:：=]|は|⇒|→)\s{0,2}[\"'「『“]?)"
    rf"(?P<name>{_NAME}|[A-Z][a-z]{{1,20}}(?![a-z]))"
)
_NO_LAST = "者員方人社客部課会局所店係主庁校院仕同模多異一有"  # of an office, or of a word like 仕様
_HONOURED = re.compile(
    rf"(?<![一-龠々0-9])(?P<name>(?:{_SHI}{{1,4}}[ \u3000][一-龠々ぁ-ん]{{1,5}}"
    rf"|{_SHI}{{3,5}})(?<![{_NO_LAST}]))\s?(?:様|さま|さん|氏|殿)(?![式々子])"
)
_PLAIN_NAME = re.compile(
    r"[\"'](?:user_?|real_?|display_?)?name[\"']\s{0,2}:\s{0,2}[\"'](?P<name>[^\"'\n]{2,40})[\"']", re.IGNORECASE
)
_CELL = re.compile(r"[^,\t|;\n]+")
_NO_NAMES = frozenset(
    (
        *(
            "氏名",
            "名前",
            "会員名",
            "会員番号",
            "電話番号",
            "電話",
            "住所",
            "生年月日",
            "性別",
            "男性",
            "女性",
            "注文番号",
            "注文日",
            "都道府県",
        ),
        *(
            "メールアドレス",
            "パスワード",
            "フリガナ",
            "登録日",
            "商品名",
            "金額",
            "郵便番号",
            "備考",
            "管理者",
            "一般会員",
            "未登録",
            "届出者",
        ),
        *(
            "メール",
            "アドレス",
            "ユーザー",
            "パラメータ",
            "サーバー",
            "レスポンス",
            "リクエスト",
            "ステータス",
            "エラー",
            "アカウント",
            "ログイン",
        ),
        *("東京都", "北海道", "大阪府", "京都府", "神奈川県", "有効", "無効", "退会済", "削除済", "正会員"),
    )
)
_NO_FIRST = frozenset(
    (
        *("The", "Content", "User", "Set", "Access", "Accept", "Cache", "Host", "Server", "Status", "Internal"),
        *("Not", "Bad", "Moved", "Date", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Jan", "Feb", "Mar"),
        *("Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Post", "Get", "Mozilla", "Windows"),
        *("Linux", "Mac", "Order", "Item", "New", "Old", "Last", "First", "Full", "Email", "Phone", "Reset"),
        *("Forgot", "Your", "This", "That", "When", "Sent", "From", "Dear", "Hello", "Admin", "Test", "Sample"),
        *("Dummy", "Example", "Invalid", "Login", "Log", "Sign", "Total", "Credit"),
    )
)


def numbers(folded: str) -> Iterator[Found]:
    """Cards, individual numbers, phone numbers, postal addresses and dates of birth."""
    for found in islice(_CARD.finditer(folded), _MOST):
        digits = re.sub(r"\D", "", found.group())
        if 13 <= len(digits) <= 19 and digits[0] in "3456" and _luhn(digits):
            yield (*found.span(), "card")
    for found in islice(_TWELVE.finditer(folded), _MOST):
        named = _INDIVIDUAL.search(folded, max(0, found.start() - 40), found.start())
        if named or (len(found.group()) == 14 and _check_digit(re.sub(r"\D", "", found.group()))):
            yield (*found.span(), "individual_number")
    yield from ((*found.span(), "postal") for found in _POSTAL.finditer(folded))
    yield from ((*found.span("day"), "birthday") for found in _BIRTHDAY.finditer(folded))


def phones(folded: str) -> Iterator[tuple[int, int]]:
    """Phone numbers: of Japanese shape, behind a word for one, or with a country code and valid there."""
    for found in islice(_PHONE_JP.finditer(folded), _MOST):
        digits = re.sub(r"\D", "", found.group())
        if len(digits.removeprefix("81").removeprefix("0")) in (9, 10):
            yield found.span()
    for found in islice(_PHONE_NAMED.finditer(folded), _MOST):
        if 9 <= len(re.sub(r"\D", "", found["number"])) <= 15:
            yield found.span("number")
    for found in islice(_PHONE_ABROAD.finditer(folded), _MOST):
        if _is_valid(found.group()):
            yield found.span()


def people(text: str, personal: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Names of people: behind a label, before 様, and in records that hold `personal` data (spans of it, in order)."""
    for pattern in (_LABELLED, _HONOURED):
        yield from (found.span("name") for found in pattern.finditer(text) if _is_name(found["name"]))
    for found in _PLAIN_NAME.finditer(text):
        near = any(start < found.end() + 250 and found.start() - 250 < end for start, end in personal[:_MOST])
        if near and _is_name(found["name"]):
            yield found.span("name")
    lines = sorted({(text.rfind("\n", 0, start) + 1, _line_end(text, end)) for start, end in personal[:_MOST]})
    for begin, end in lines:
        yield from _cells(text, begin, end)


def _cells(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """The names in a row of a table that holds something personal: at least one separator makes it a row."""
    cells = list(islice(_CELL.finditer(text, begin, end), 100))
    for cell in cells if len(cells) > 1 else ():
        bare = cell.group().strip(" \u3000\"'>(){}[]=")
        if _WHOLE_NAME.fullmatch(bare) and _is_name(bare):
            start = cell.start() + cell.group().index(bare)
            yield start, start + len(bare)


def _is_name(words: str) -> bool:
    bare = words.strip()
    first = re.split(r"[ ,]", bare)[0]
    return (
        bare not in _NO_NAMES
        and first not in _NO_FIRST
        and not bare.endswith(("番号", "アドレス", "県", "都", "府", "市"))
    )


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return end if end >= 0 else len(text)


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0 and len(set(digits)) > 1


def _check_digit(digits: str) -> bool:
    """The last digit of an individual number (Ministry ordinance No. 85 of 2014, article 5)."""
    weights = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    rest = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False)) % 11
    return int(digits[11]) == (0 if rest <= 1 else 11 - rest)


def _is_valid(number: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False
