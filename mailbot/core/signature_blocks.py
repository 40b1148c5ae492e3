"""What stands under a mail without being said in it: signature blocks, notes of a mail program, legal cautions.

A closing phrase and the name below it stay: the sender wrote them. So does whatever is in doubt.
"""

import re

from mailbot.core.patterns import compile_pattern

_BLOCK_LINES = 20  # no signature block is longer
_LONGEST_NOTE = 160
_CONTACT = re.compile(
    r"@|https?://|www\.|\b(?:tel|fax|phone|mobile|direct|cell|ext)\b|電話|ＴＥＬ|ＦＡＸ|〒|内線|携帯|株式会社|有限会社|"
    r"合同会社|財団法人|社団法人|\(株\)|（株）|㈱|\+\d{2}[ ()\d-]{7}|(?<!\d)0\d{1,4}-\d{1,4}-\d{3,4}",
    re.IGNORECASE,
)
_DELIMITER = re.compile(r"(?:[-–—－_＿]{2}|—)[ \u3000\xa0]?")
_BAR = frozenset("ー")  # a letter, yet drawn as a line
_POINTS_BELOW = re.compile(
    r"(?:下記|以下|次の|below|following|as follows)[^\n]{0,60}$|(?:窓口|連絡先|宛先|担当)[^\n]{0,20}[:：]$",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"thanks?\b|thank you|regards|sincerely|cheers|grü(?:ß|ss)|cordialement|salutations|saludos|saluti|groet|"
    r"hilsen|mvh|"
    r"hälsning|pozdraw|以上|よろしく|宜しく|敬具|草々|失礼(?:いた)?します",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"(?:私の|自分の)?[\w!！ .&・()（）-]{1,40}(?:から|より|で|を使用して)(?:の)?送信"
    r"(?:されました|しました|しています)?"
    r"|[\w ]{0,20}Outlook[\w ]{0,20}を(?:入手|ダウンロード)(?:する|してください)?"
    r"|sent (?:from|via|with|using) [^\n,、。.!?]{1,60}(?:\.com)?"
    r"|(?:get|download) (?:outlook|boxer|bluemail|spark) for [\w ]{1,20}"
    r"|(?:von meinem? |gesendet (?:von|mit|über) )[^\n,。!?]{1,50}(?:gesendet)?"
    r"|diese nachricht wurde von [^\n,。!?]{1,60} gesendet|yahoo mail: search, organize, conquer"
    r"|(?:envoyé (?:de|depuis|à partir de)|enviado (?:desde|do|de)|inviat[oa] (?:da|dal)|verzonden (?:vanaf|met|via)"
    r"|wysłan[eo] z|skickat från|sendt (?:fra|via)|odesláno z|lähetetty|отправлено (?:с|из)) [^\n,。.!?]{1,50}"
    r"|(?:holen sie sich|obtenir|obtén|obtener|obter|ottieni|scarica|download|hent|hämta|pobierz|hanki)[^\n]{1,20}"
    r"outlook[^\n]{0,30}"
    r"|[^\n]{1,30}에서 보냄|(?:从|從|发自|發自)我的[^\n]{1,20}(?:发送|傳送|寄出)?",
    re.IGNORECASE,
)
_LINK = re.compile(r"[<(\[][^<>()\[\]\n]{0,200}[>)\]]")
_NOT_DEVICE = re.compile(
    r"(?:フォーム|窓口|システム|サーバ|こちら|以下|下記|担当|弊社|当社|御社|貴|本日|昨日|先ほど|メールで)"
)

_LEGAL_HEADING = re.compile(
    r"[*_【\[（(\s#]{0,4}(?:(?:legal )?disclaimer|confidentiality(?: notice)?|haftungsausschluss|免責事項|"
    r"機密保持(?:について|に関する注意)?|免责声明)[*_】\]）)\s:：]{0,4}",
    re.IGNORECASE,
)
_LEGAL = compile_pattern(
    r"intended (?:only|solely|exclusively) for|(?:intended|unintended) recipient|solely for (?:the )?use (?:by|of)"
    r"|(?:confidential|privileged)[^\n]{0,60}(?:and|or|,)[^\n]{0,20}(?:privileged|confidential|proprietary)"
    r"|received this (?:e-?mail|message|communication)[^\n]{0,30} in error"
    r"|scanned for (?:viruses|malware|spam)|monitors? (?:e-?mail|electronic) communications"
    r"|consider the environment|virus-free|checked by avg|unsubscribe from this (?:group|list)"
    r"|diese e-?mail[^\n]{0,80}vertraulich|irrtümlich erhalten"
    r"|nicht der (?:richtige|beabsichtigte) (?:adressat|empfänger)"
    r"|(?:ce (?:message|courriel)|cet e-?mail)[^\n]{0,120}confidentiel|este (?:mensaje|correo)[^\n]{0,120}confidencial"
    r"|esta mensagem[^\n]{0,120}confidenc|(?:questo messaggio|questa e-?mail)[^\n]{0,120}riservat"
    r"|(?:dit bericht|deze e-?mail)[^\n]{0,120}(?:vertrouwelijk|uitsluitend bestemd)"
    r"|(?:ta wiadomość|niniejsza wiadomość)[^\n]{0,120}poufn"
    r"|(?:detta|dette|denne|denna)[^\n]{0,120}(?:konfiden|fortrolig)"
    r"|(?:本|この)(?:電子)?メール[^\n。]{0,60}(?:機密|秘密|個人情報)[^\n。]{0,60}含ま"
    r"|(?:本|この)(?:電子)?メール[^\n。]{0,60}(?:宛先|名宛人|受信者|受取人|宛て)[^\n。]{0,40}"
    r"(?:のみ|限)[^\n。]{0,30}(?:意図|目的|対象|送)"
    r"|(?:誤って|間違って|心当たり)[^\n]{0,40}(?:受信|送信|受け取|届|お受け取り)[^\n]{0,60}(?:削除|破棄|消去)"
    r"|ウイルス(?:チェック|スキャン|検査)(?:済|され|を)|本邮件[^\n]{0,40}(?:保密|机密)|이 메일[^\n]{0,40}(?:기밀|비밀)",
)
_LEGAL_OPENING = re.compile(
    r"[*_\[【（(\s※-]{0,6}(?:this (?:e-?mail|message|mail|communication|transmission)|the (?:information|contents?)|"
    r"confidential|privileged|important|legal|notice|disclaimer|please (?:note|consider)|if you|diese e-?mail|"
    r"ce (?:message|courriel)|este |esta |questo |questa |dit bericht|deze |ta |niniejsza |de(?:nne|tte|nna|tta) )",
    re.IGNORECASE,
)
_BANNER = re.compile(
    r"[*_\[【（(\s<⚠️!!-]{0,8}(?:(?:caution|warning|attention|external|notice|注意|警告|"
    r"external (?:e-?mail|sender|message)"
    r"(?: warning)?)[\]】）)*\s]{0,4}[:：\-!！]?\s{0,3})?"
    r"(?:this (?:e-?mail|message|mail) (?:originated|was sent|came|comes|is) from (?:an? )?(?:outside|external)"
    r"|you don't often get e-?mail from|(?:この|本)(?:電子)?メールは、?(?:社外|組織外|外部)(?:の|から|より))",
    re.IGNORECASE,
)
_ONLY_BANNER = re.compile(
    r"[\[【(（*]{1,3}\s?(?:external|社外|外部)(?: e-?mail| sender|メール|からのメール)?\s?[\]】)）*]{1,3}",
    re.IGNORECASE,
)


def without_signature(lines: list[str]) -> list[str]:
    """The lines without what is not said in them, and without blank edges."""
    lines = _without_banner(stripped(lines))
    while True:
        fewer = _without_device(_without_block(_without_legal(lines)))
        if len(fewer) == len(lines):
            return lines
        lines = fewer


def without_notes(text: str) -> str:
    """The text without what a mail program, a company or a mail server added below it."""
    lines = stripped(text.split("\n"))
    return "\n".join(_without_device(_without_legal(_without_device(lines))))


def stripped(lines: list[str]) -> list[str]:
    """The lines without blank ones at the edges."""
    begin, end = 0, len(lines)
    while end > begin and not lines[end - 1].strip():
        end -= 1
    while begin < end and not lines[begin].strip():
        begin += 1
    return lines[begin:end]


def is_rule(line: str) -> bool:
    """Whether a line is drawn: of few different marks, none of them a letter."""
    bare = line.strip()
    if not 3 <= len(bare) <= 200 or (bare[0].isalnum() and bare[0] not in _BAR):
        return False
    marks = set(line) - set(" \u3000")
    drawn = marks == _BAR or not any(mark.isalnum() for mark in marks)
    return len(marks) <= 4 and drawn and not set("().。？?！!") & marks


def _without_banner(lines: list[str]) -> list[str]:
    """Without what a mail server wrote above the text: that it came from outside."""
    end = _paragraph_end(lines, 0)
    first = " ".join(line.strip() for line in lines[:end])
    if not first or len(first) > 800:
        return lines
    if _BANNER.match(first) and end < len(lines):
        return stripped(lines[end:])
    return stripped(lines[1:]) if _ONLY_BANNER.fullmatch(lines[0].strip()) else lines


def _paragraph_end(lines: list[str], begin: int) -> int:
    return next((n for n in range(begin, len(lines)) if not lines[n].strip()), len(lines))


def _without_legal(lines: list[str]) -> list[str]:
    """Without the cautions at the end; a mail that is nothing else stays."""
    without = _above_legal(lines)
    return without or lines


def _above_legal(lines: list[str]) -> list[str]:
    heading = next((n for n, line in enumerate(lines) if n and _LEGAL_HEADING.fullmatch(line[:100])), None)
    if heading is not None and any(_LEGAL.search(line[:4000]) for line in lines[heading:]):
        return stripped(lines[:heading])
    kept, end = lines, len(lines)
    while end:
        begin = _paragraph_begin(lines, end)
        if begin == end:
            end -= 1  # blank or ruled
            continue
        cut = _legal_from(lines[begin:end])
        if cut is None:
            break
        kept, end = lines[: begin + cut], begin
        if cut:
            break
    kept = stripped(kept)
    return stripped(kept[:-1]) if kept and len(kept) < len(lines) and is_rule(kept[-1]) else kept


def _paragraph_begin(lines: list[str], end: int) -> int:
    begin = end
    while begin and lines[begin - 1].strip() and not is_rule(lines[begin - 1]):
        begin -= 1
    return begin


def _legal_from(paragraph: list[str]) -> int | None:
    """The line of a paragraph from which on it is a caution; None if none of it is."""
    text = "\n".join(line[:4_000] for line in paragraph)
    found = _LEGAL.search(text.replace("\n", " "))
    if found is None:
        return None
    if _LEGAL_OPENING.match(text):
        return 0
    sentence = max(text.rfind(mark, 0, found.start()) for mark in ("。", ". ", ".\n", "! ", "。\n"))
    return text[: sentence + 1].count("\n") + (text[sentence + 1 : sentence + 2] == "\n") if sentence >= 0 else 0


def _without_block(lines: list[str]) -> list[str]:
    for number, line in enumerate(lines):
        if line == "-- " or (_DELIMITER.fullmatch(line) and _may_be_signature(lines[number + 1 :])):
            return stripped(lines[:number])
    for number in range(max(0, len(lines) - _BLOCK_LINES), len(lines)):
        if is_rule(lines[number]):
            above = stripped(lines[:number])
            if _is_block(lines[number:], above) and not _points_below(above):
                return above
    return lines


def _may_be_signature(below: list[str]) -> bool:
    """Whether lines under a delimiter that lost its space can be a signature: few, and no Japanese sentences."""
    return len(below) < _BLOCK_LINES and not any(line.rstrip().endswith(("。", "？")) for line in below)


def _is_block(block: list[str], above: list[str]) -> bool:
    """Whether a ruled line opens a signature: a card with ways to reach someone.

    What follows the card below another ruled line belongs to it if it is made of short lines too, or is ruled off as
    well after a closing phrase.
    """
    sections: list[list[str]] = [[]]
    for line in block[1:]:
        if is_rule(line):
            sections.append([])
        elif line.strip():
            sections[-1].append(line)
    written = [section for section in sections if section]
    if not written or not _is_card(written[0]):
        return False
    closed = not sections[-1] and bool(above) and _CLOSING.search(above[-1][-80:]) is not None
    contacts = any(_CONTACT.search(line) for section in written for line in section)
    return contacts and (closed or all(_is_card(section) for section in written))


def _is_card(section: list[str]) -> bool:
    return all(len(line) <= 80 and not line.rstrip().endswith(("。", "？", "?")) for line in section)


def _points_below(lines: list[str]) -> bool:
    """Whether the text leads to what follows, so that it is an answer and no signature."""
    return any(_POINTS_BELOW.search(line.strip()[-120:]) for line in lines[-3:])


def _without_device(lines: list[str]) -> list[str]:
    while lines and _is_device(lines[-1]):
        lines = stripped(lines[:-1])
    return lines


def _is_device(line: str) -> bool:
    bare = _LINK.sub("", line.strip()[: _LONGEST_NOTE + 200]).strip("*_ \u3000。.-")
    return len(bare) <= _LONGEST_NOTE and _DEVICE.fullmatch(bare) is not None and not _NOT_DEVICE.search(bare)
