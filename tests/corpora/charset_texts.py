"""Texts in many languages, each with the character sets that mail programs write it in."""

JA_FORMAL = """〇〇株式会社　情報システム部　御中

いつも大変お世話になっております。山田と申します。
貴社ウェブサイトの検索ページに、クロスサイト・スクリプティングの脆弱性があることを確認しました。
つきましては、以下のとおりご連絡いたします。ご確認のほど、よろしくお願い申し上げます。

１．対象URL: https://www.example.jp/search?q=test
２．再現手順: 検索欄に <script>alert(1)</script> を入力してください。
３．影響: 利用者のブラウザ上で任意のスクリプトが実行されます。
"""
JA_VENDOR = """①株式会社髙島屋（㈱）の件：～１０時―１２時　－50％　№5　℡03-1234-5678
髙橋様、﨑山様のご担当と伺いました。②㌔③Ⅲ章をご覧ください。脆弱性は未修正です。
"""
JA_HALF = """ｾｷｭﾘﾃｨの件です。ﾊﾞｰｼﾞｮﾝは1.2.3です。ﾃｽﾄﾒｰﾙをお送りします。
この度はﾌﾟﾛｸﾞﾗﾑの不具合についてｺﾒﾝﾄをいただきありがとうございます。
"""
KO = """안녕하세요. 귀사의 웹사이트에서 보안 취약점을 발견하여 알려드립니다.
검색 페이지에 스크립트를 입력하면 그대로 실행됩니다. 확인 부탁드립니다. 감사합니다.
"""
ZH_CN = """您好！我在贵公司的网站上发现了一个跨站脚本漏洞，特此报告。
在搜索框中输入脚本后，该脚本会在用户的浏览器中执行。请尽快确认并修复，谢谢。
"""
ZH_TW = """您好，我在貴公司的網站上發現了一個跨網站指令碼的弱點，特此通報。
在搜尋欄位輸入指令碼之後，會在使用者的瀏覽器中執行。請儘快確認並修補，謝謝。
"""
RU = """Здравствуйте! Я обнаружил уязвимость на сайте вашей компании и хочу о ней сообщить.
Если ввести скрипт в поле поиска, он выполняется в браузере пользователя. Прошу подтвердить получение.
"""
EL = """Καλημέρα σας, εντόπισα μια ευπάθεια στον ιστότοπο της εταιρείας σας και θέλω να την αναφέρω.
Αν πληκτρολογήσετε κώδικα στο πεδίο αναζήτησης, εκτελείται στον φυλλομετρητή του χρήστη. Ευχαριστώ πολύ.
"""
DE = """Guten Tag, ich habe auf Ihrer Website eine Sicherheitslücke gefunden und möchte sie Ihnen melden.
Wenn man im Suchfeld ein Skript eingibt, wird es im Browser ausgeführt. Mit freundlichen Grüßen, Jörg Müller, Köln
"""
FR = """Bonjour, j’ai découvert une faille de sécurité sur votre site et je souhaite vous la signaler.
Un script saisi dans le champ de recherche est exécuté côté navigateur. Ça a été vérifié à deux reprises, même hier.
"""
TH = """สวัสดีครับ ผมพบช่องโหว่ด้านความปลอดภัยบนเว็บไซต์ของบริษัทท่าน จึงขอแจ้งให้ทราบ
เมื่อใส่สคริปต์ในช่องค้นหา สคริปต์จะถูกเรียกใช้ในเบราว์เซอร์ของผู้ใช้ กรุณาตรวจสอบด้วยครับ
"""
AR = """السلام عليكم، لقد اكتشفت ثغرة أمنية في موقع شركتكم وأود إبلاغكم عنها.
عند إدخال نص برمجي في حقل البحث يتم تنفيذه في متصفح المستخدم. نرجو التأكيد وشكرا جزيلا.
"""
EMOJI = """Hello team 👋, I found an XSS 🐛 on your site. 🔥🔥 It fires in the search box 😱. Please fix it 🙏 —thanks!
検索欄でXSSを見つけました😱。ご確認ください🙏。
"""
PL = """Dzień dobry, znalazłem lukę bezpieczeństwa na Państwa stronie i chciałbym ją zgłosić.
Skrypt wpisany w polu wyszukiwania wykonuje się w przeglądarce użytkownika. Proszę o potwierdzenie, dziękuję.
"""
TR = """Merhaba, şirketinizin web sitesinde bir güvenlik açığı buldum ve bunu size bildirmek istiyorum.
Arama kutusuna yazılan betik kullanıcının tarayıcısında çalışıyor. Lütfen onaylayınız, teşekkürler, iyi çalışmalar.
"""
HE = """שלום, מצאתי פרצת אבטחה באתר החברה שלכם ואני רוצה לדווח עליה.
כאשר מזינים סקריפט בשדה החיפוש הוא מופעל בדפדפן של המשתמש. אנא אשרו קבלה, תודה רבה.
"""

TEXTS: dict[str, tuple[str, dict[str, str]]] = {
    "japanese": (JA_FORMAL, {"iso-2022-jp": "iso2022_jp", "shift_jis": "cp932", "euc-jp": "euc_jp", "utf-8": "utf-8"}),
    "vendor's characters": (
        JA_VENDOR,
        {"shift_jis": "cp932", "utf-8": "utf-8", "iso-2022-jp": "cp50221", "euc-jp": "cp51932"},
    ),
    "half-width kana": (
        JA_HALF,
        {"iso-2022-jp": "iso2022_jp_ext", "shift_jis": "cp932", "euc-jp": "euc_jp", "utf-8": "utf-8"},
    ),
    "korean": (
        KO,
        {"euc-kr": "cp949", "ks_c_5601-1987": "euc_kr", "iso-2022-kr": "iso2022_kr", "utf-8": "utf-8"},
    ),
    "simplified chinese": (ZH_CN, {"gb2312": "gb2312", "gbk": "gbk", "gb18030": "gb18030", "utf-8": "utf-8"}),
    "traditional chinese": (ZH_TW, {"big5": "big5", "utf-8": "utf-8"}),
    "russian": (RU, {"koi8-r": "koi8_r", "windows-1251": "cp1251", "iso-8859-5": "iso8859_5", "utf-8": "utf-8"}),
    "greek": (EL, {"iso-8859-7": "iso8859_7", "windows-1253": "cp1253", "utf-8": "utf-8"}),
    "german": (DE, {"iso-8859-1": "latin-1", "iso-8859-15": "iso8859_15", "windows-1252": "cp1252", "utf-8": "utf-8"}),
    "french": (FR, {"windows-1252": "cp1252", "utf-8": "utf-8"}),
    "thai": (TH, {"tis-620": "tis_620", "windows-874": "cp874", "utf-8": "utf-8"}),
    "arabic": (AR, {"windows-1256": "cp1256", "iso-8859-6": "iso8859_6", "utf-8": "utf-8"}),
    "hebrew": (HE, {"windows-1255": "cp1255", "iso-8859-8": "iso8859_8", "utf-8": "utf-8"}),
    "polish": (PL, {"iso-8859-2": "iso8859_2", "windows-1250": "cp1250", "utf-8": "utf-8"}),
    "turkish": (TR, {"iso-8859-9": "iso8859_9", "windows-1254": "cp1254", "utf-8": "utf-8"}),
    "emoji": (EMOJI, {"utf-8": "utf-8", "gb18030": "gb18030", "utf-16": "utf-16"}),
}
"""By language: the text, and what a sender calls a set with the codec that writes it."""

_REPLACED = (("～", "〜"), ("―", "—"), ("－", "−"), ("’", "'"), ("—", "-"))
_OUTSIDE = str.maketrans("髙﨑", "高崎")  # of IBM's kanji: not in row 13


def written(text: str, codec: str) -> tuple[bytes, str]:
    """The text as bytes, and how it reads from them: without what the codec has no way to write."""
    if codec in ("cp50221", "cp51932"):
        within = text.translate(_OUTSIDE)
        return _vendor(within, seven_bits=codec == "cp50221"), within
    for old, new in _REPLACED:
        if not _fits(old, codec):
            text = text.replace(old, new)
    octets = "".join(character for character in text if _fits(character, codec)).encode(codec)
    return octets, octets.decode(codec)


def _fits(character: str, codec: str) -> bool:
    try:
        character.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def _vendor(text: str, seven_bits: bool) -> bytes:
    """ISO-2022-JP or EUC-JP as Windows writes it: with NEC's row 13, kana by ESC ( I or behind 0x8E."""
    out, mode = bytearray(), b"(B"
    for character in text:
        octets = character.encode("cp932")
        wanted = b"(B" if octets < b"\x80" else b"(I" if len(octets) == 1 else b"$B"
        if wanted == b"$B":
            octets = _moved(*octets)
        if seven_bits:
            out += b"\x1b" + wanted if wanted != mode else b""
            out += bytes(byte & 0x7F for byte in octets)
        else:
            out += (b"\x8e" if wanted == b"(I" else b"") + (
                octets if wanted == b"(B" else bytes(b | 0x80 for b in octets)
            )
        mode = wanted
    return bytes(out) + (b"\x1b(B" if seven_bits and mode != b"(B" else b"")


def _moved(lead: int, trail: int) -> bytes:
    """A two-byte code of CP932 as row and cell of JIS X 0208."""
    row = (lead - (0x81 if lead < 0xA0 else 0xC1)) * 2 + 0x21
    return bytes((row + 1, trail - 0x7E) if trail >= 0x9F else (row, trail - (0x1F if trail < 0x7F else 0x20)))
