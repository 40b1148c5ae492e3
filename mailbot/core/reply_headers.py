"""Where an old mail begins that follows without being marked line by line: a separator, or a block of its headers.

The words are those of mail programs (Outlook, Apple Mail, Gmail, Thunderbird, Notes, Becky!, ProtonMail and others) in
the languages that their users set them to.
"""

import re

LINE = 200  # longer lines introduce nothing
_BLOCK = 25  # lines of a header block, its folded lines included
_LABEL_LENGTH = 16

_FROM = (
    "from 差出人 差出人名 送信者 送信元 发件人 寄件者 寄件人 von de fra van od från da отправитель от lähettäjä "
    "feladó 보낸사람 보낸이 kimden από"
)
_SENT = (
    "sent date received 送信日時 日時 日付 送信日 受信日時 发送时间 发送日期 寄件日期 日期 时间 gesendet datum envoyé "
    "enviado enviadoel enviadaem enviada inviato sendt dato verzonden wysłano data fecha skickat odesláno отправлено "
    "дата lähetetty päivämäärä elküldve 보낸날짜 보낸시간 날짜 gönderildi tarih"
)
_TO = (
    "to 宛先 送信先 受信者 收件人 收件者 an à a para til aan do till komu кому vastaanottaja címzett "
    "받는사람 받는이 kime"
)
_SUBJECT = (
    "subject 件名 題名 主题 主題 主旨 betreff objet asunto oggetto assunto emne onderwerp temat ämne předmět тема aihe "
    "tárgy 제목 konu θέμα"
)
_EXTRA = (
    "cc bcc ccn cci reply-to 返信先 抄送 副本 kopie kopia kopi dw 참조 priority importance importancia wichtigkeit "
    "重要度 attachments attachment 添付ファイル anlagen organization organisation organización 添付 sender vedhæftet"
)
_KINDS = {word: kind for kind, words in enumerate((_FROM, _SENT, _TO, _SUBJECT, _EXTRA)) for word in words.split()}
_FROM_KIND, _SENT_KIND, _TO_KIND, _SUBJECT_KIND = range(4)
_LABEL = re.compile(r"[ \u3000\t\xa0]{0,9}\*{0,2}([^\W\d_][\w \u3000\xa0-]{0,20}?)[ \u3000\xa0]{0,9}\*{0,2}[:：]")

_RULER = "-_=―－━─‐–—*＝ー"
_RULE = f"[{_RULER}]{{2,60}}"
_OPENS = (*_RULER, "#", "[", "o", "O")  # the first characters of a separator that ends with no colon
_OLD = (
    r"original (?:message|appointment|e-?mail)|forwarded (?:message|e-?mail)|forwarded by .{1,80}|reply message|"
    r"message d'origine|message (?:transféré|original)|mensaje (?:original|reenviado)|"
    r"mensagem (?:original|encaminhada)|"
    r"messaggio (?:originale|inoltrato)|(?:ursprüngliche|weitergeleitete|original) ?nachricht|"
    r"(?:oorspronkelijk|doorgestuurd) bericht|(?:oprindelig|videresendt) (?:meddelelse|besked)|opprinnelig melding|"
    r"(?:ursprungligt|vidarebefordrat) meddelande|(?:oryginalna|przekazana) wiadomość|"
    r"wiadomość (?:oryginalna|przekazana|pierwotna)|(?:původní|přeposlaná) zpráva|alkuperäinen viesti|"
    r"(?:исходное|пересылаемое) сообщение|"
    r"(?:以下、?|ここから)?(?:元の|オリジナル|転送|転送された|転送元|引用元の?|返信元の?|受信)(?:メッセージ|メール)|"
    r"以下、?(?:は)?(?:引用|転送)(?:文|です)?|引用(?:ここから|開始)?|原始(?:邮件|郵件)|(?:邮件)?原件|邮件原件|"
    r"转发(?:的)?(?:邮件|消息)|轉寄的郵件|원본 ?(?:메시지|메일)|전달된 ?(?:메시지|메일)"
)
_SEPARATOR = re.compile(
    rf"[ \u3000]{{0,9}}(?:{_RULE}[ \u3000]?(?:{_OLD})[ \u3000]?{_RULE}"
    r"|begin forwarded message[:：]|転送されたメッセージ[:：]|anfang der weitergeleiteten nachricht[:：]"
    r"|début du message (?:réexpédié|transféré) ?[:：]|inizio messaggio inoltrato[:：]"
    r"|inicio del mensaje reenviado[:：]"
    r"|begin doorgestuurd bericht[:：]|vidarebefordrat brev[:：]|开始转发的邮件[:：]|전달된 메시지 시작[:：]"
    r"|\[?original message processed by .{1,60}"
    rf"|{_RULE}.{{1,120}}(?:wrote|schrieb|a écrit|書きました) ?[:：] ?{_RULE}"
    rf"|(?:##|{_RULE}).{{0,40}}(?:reply above this line|(?:この|上の)(?:行|線|ライン)(?:より|の)上).{{0,40}})"
    r"[ \u3000]{0,9}",
    re.IGNORECASE,
)


def header_kind(line: str) -> int | None:
    """Which header of an old mail a line states, as a number; None if it states none."""
    if ":" not in line and "：" not in line:
        return None
    label = _LABEL.match(line[:LINE])
    if label is None:
        return None
    word = re.sub(r"[ \u3000\xa0]", "", label[1]).lower()
    return _KINDS.get(word) if len(word) <= _LABEL_LENGTH else None


def is_separator(line: str) -> bool:
    """Whether the line says that an old mail follows."""
    if len(line) > LINE:
        return False
    bare = line.strip(" \u3000")
    # Few lines begin with a ruler or a bracket, or end with a colon: no other one is read.
    return (bare.endswith((":", "：")) or bare.startswith(_OPENS)) and _SEPARATOR.fullmatch(line) is not None


def header_block(lines: list[str], number: int) -> int:
    """How many lines from this one on are the headers of an old mail: from whom, and when, to whom or what about.

    0 if it is no such block. A blank line may stand between two headers, and a long header may be folded.
    """
    if header_kind(lines[number]) not in (_FROM_KIND, _SENT_KIND):
        return 0
    kinds: set[int] = set()
    end = number
    for at, line in enumerate(lines[number : number + _BLOCK], number):
        kind = header_kind(line)
        if kind is not None:
            kinds.add(kind)
            end = at + 1
        elif not line.strip():
            if at > end:
                break
        elif at > end or not _continues(lines[at - 1], line):
            break
        else:
            end = at + 1
    wanted = kinds & {_SENT_KIND, _TO_KIND, _SUBJECT_KIND}
    return end - number if _FROM_KIND in kinds and len(wanted) >= 2 else 0


def _continues(before: str, line: str) -> bool:
    """Whether a header goes on here: an indented line, or one of several addresses."""
    return (
        line.startswith((" ", "\t")) or before.rstrip().endswith((",", ";", "<")) or line.rstrip().endswith((";", ">"))
    )
