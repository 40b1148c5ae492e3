"""Invented pieces of pages, and what they name as contact points for www.reika-denki.co.jp, best first."""

HOST = "www.reika-denki.co.jp"
CONTACT = "contact"
INFO = "info@reika-denki.co.jp"

Snippet = tuple[str, str, str, tuple[str, ...]]  # name, kind of page, HTML, addresses

DISGUISES: tuple[Snippet, ...] = (
    ("plain", CONTACT, f"<p>メール: {INFO}</p>", (INFO,)),
    ("mailto", CONTACT, f"<a href='mailto:{INFO}'>メールはこちら</a>", (INFO,)),
    ("mailto-query", CONTACT, f"<a href='mailto:{INFO}?subject=a&bcc=evil@evil.example'>メール</a>", (INFO,)),
    ("mailto-percent", CONTACT, "<a href='mailto:info%40reika-denki.co.jp'>メール</a>", (INFO,)),
    ("mailto-two", CONTACT, f"<a href='mailto:{INFO},x@reika-denki.co.jp'>メール</a>", (INFO,)),
    ("entities", CONTACT, "メール &#105;nfo&#64;reika-denki&#x2e;co.jp", (INFO,)),
    ("full-width", CONTACT, "<td>ｉｎｆｏ＠ｒｅｉｋａ－ｄｅｎｋｉ．ｃｏ．ｊｐ</td>", (INFO,)),
    ("brackets", CONTACT, "info[at]reika-denki.co.jp", (INFO,)),
    ("parentheses", CONTACT, "Mail: info (at) reika-denki (dot) co (dot) jp", (INFO,)),
    ("kana", CONTACT, "info（アットマーク）reika-denki.co.jp", (INFO,)),
    ("kana-both", CONTACT, "info （アット） reika-denki （ドット） co （ドット） jp", (INFO,)),
    ("single-letter", CONTACT, "info(a)reika-denki.co.jp", (INFO,)),
    ("star", CONTACT, "info★reika-denki.co.jp（★を@に変えてください）", (INFO,)),
    ("star-untold", CONTACT, "info☆reika-denki.co.jp", (INFO,)),
    ("hash-told", CONTACT, "<p>info#reika-denki.co.jp</p><p>※「#」は半角の「@」に置き換えてください。</p>", (INFO,)),
    ("hash-told-en", CONTACT, "<p>info#reika-denki.co.jp</p><p>Please replace # with @.</p>", (INFO,)),
    ("letters-told", CONTACT, "<p>infoATreika-denki.co.jp (ATを@に)</p>", (INFO,)),
    ("word-put-in", CONTACT, "<p>infoNOSPAM@reika-denki.co.jp（NOSPAMを削除してください）</p>", (INFO,)),
    ("word-for-host", CONTACT, "<p>info@nospam.reika-denki.co.jp (remove nospam)</p>", (INFO,)),
    ("spoken", CONTACT, "Write to info at reika-denki dot co dot jp", (INFO,)),
    ("spoken-own", CONTACT, "Write to info at reika-denki.co.jp", (INFO,)),
    ("spaces", CONTACT, "E-mail: info @ reika-denki.co.jp", (INFO,)),
    ("spans", CONTACT, "<span>info</span><span>@</span><b>reika-denki</b>.co.jp", (INFO,)),
    ("comment-inside", CONTACT, "info<!-- no robots -->@<!-- x@y.example -->reika-denki.co.jp", (INFO,)),
    ("hidden-inside", CONTACT, "info<span style='display: none'>.trap</span>@reika-denki.co.jp", (INFO,)),
    ("hidden-by-class", CONTACT, "<style>.h{display:none}</style>in<i class='h'>x</i>fo@reika-denki.co.jp", (INFO,)),
    ("turned", CONTACT, "<bdo dir='rtl'>pj.oc.ikned-akier@ofni</bdo>", (INFO,)),
    (
        "turned-by-class",
        CONTACT,
        "<style>.r{unicode-bidi:bidi-override;direction:rtl}</style><span class='r'>pj.oc.ikned-akier@ofni</span>",
        (INFO,),
    ),
    (
        "cloudflare",
        CONTACT,
        "<a href='/cdn-cgi/l/email-protection' class='__cf_email__'"
        f" data-cfemail='5a{''.join(f'{ord(c) ^ 0x5A:02x}' for c in INFO)}'>[email&#160;protected]</a>",
        (INFO,),
    ),
    (
        "cloudflare-link",
        CONTACT,
        f"<a href='/cdn-cgi/l/email-protection#11{''.join(f'{ord(c) ^ 0x11:02x}' for c in INFO)}'>メール</a>",
        (INFO,),
    ),
    ("attributes", CONTACT, "<span data-user='info' data-domain='reika-denki.co.jp'></span>", (INFO,)),
    ("alt", CONTACT, f"<img src='m.gif' alt='{INFO}'>", (INFO,)),
    ("at-sign-image", CONTACT, "info<img src='/img/at.gif'>reika-denki.co.jp", (INFO,)),
    (
        "script-joined",
        CONTACT,
        "<script>var d='reika-denki.co.jp'; document.write('<a href=\"mailto:info'+'@'+d+'\">');</script>",
        (INFO,),
    ),
    (
        "linked-data",
        "front",
        '<script type="application/ld+json">{"@type": "Organization", "email": "mailto:info@reika-denki.co.jp",'
        ' "telephone": "+81-3-1234-5678"}</script>',
        (INFO, "tel:03-1234-5678"),
    ),
    (
        "script-codes",
        CONTACT,
        f"<script>document.write(String.fromCharCode({','.join(str(ord(c)) for c in INFO)}))</script>",
        (INFO,),
    ),
)

PURPOSES: tuple[Snippet, ...] = (
    (
        "security-first",
        CONTACT,
        f"<p>お問い合わせ: {INFO}</p><p>脆弱性に関するご報告: desk@reika-denki.co.jp</p>",
        ("desk@reika-denki.co.jp", INFO),
    ),
    (
        "recruiting-last",
        CONTACT,
        f"<p>採用: people@reika-denki.co.jp</p><p>お問い合わせ: {INFO}</p>",
        (INFO, "people@reika-denki.co.jp"),
    ),
    (
        "heading-tells",
        CONTACT,
        "<h3>広告掲載について</h3><p>a@reika-denki.co.jp</p><h3>お問い合わせ</h3><p>z@reika-denki.co.jp</p>",
        ("z@reika-denki.co.jp", "a@reika-denki.co.jp"),
    ),
    (
        "bracket-behind",
        CONTACT,
        "<p>a@reika-denki.co.jp（報道関係者専用）、z@reika-denki.co.jp（一般）</p>",
        ("z@reika-denki.co.jp", "a@reika-denki.co.jp"),
    ),
    ("privacy-page", "privacy", "<p>個人情報お問い合わせ窓口 pms@reika-denki.co.jp</p>", ("pms@reika-denki.co.jp",)),
    (
        "office-of-a-town",
        "office",
        "<table><tr><th>税務課</th><td>zei@reika-denki.co.jp</td></tr>"
        "<tr><th>情報政策課</th><td>seisaku@reika-denki.co.jp</td></tr></table>",
        ("seisaku@reika-denki.co.jp", "zei@reika-denki.co.jp"),
    ),
    (
        "menu-above",
        "front",
        f"<ul><li><a href='/r'>採用情報</a></li><li><a href='/p'>プライバシーポリシー</a></li></ul><p>{INFO}</p>"
        "<p>b@reika-denki.co.jp</p>",
        (INFO, "b@reika-denki.co.jp"),
    ),
    (
        "heading-of-another-section",
        "front",
        f"<section><h2>広告掲載</h2><p>ad@reika-denki.co.jp</p></section><div id='footer'><p>{INFO}</p></div>",
        (INFO, "ad@reika-denki.co.jp"),
    ),
    (
        "two-purposes",
        CONTACT,
        f"<h2>資料請求・お問い合わせ</h2><p>{INFO}</p><h2>報道関係の方</h2><p>r@reika-denki.co.jp</p>",
        (INFO, "r@reika-denki.co.jp"),
    ),
    (
        "school-admissions",
        CONTACT,
        "<li>入試広報課 koho@reika-denki.co.jp</li><li>総務課 somu@reika-denki.co.jp</li>",
        ("somu@reika-denki.co.jp", "koho@reika-denki.co.jp"),
    ),
    (
        "other-company-support",
        CONTACT,
        f"<p>フォームについて support@shopbox.example</p><p>お問い合わせ TEL 03-1234-5678</p><p>{INFO}</p>",
        (INFO, "tel:03-1234-5678", "support@shopbox.example"),
    ),
    ("maker", "front", f"<p>{INFO}</p><footer>ホームページ制作: 工房 web@koubou-hiyori.jp</footer>", (INFO,)),
    ("powered-by", "front", f"<p>{INFO}</p><p>Powered by ShopBox support@shopbox.example</p>", (INFO,)),
    ("sample", CONTACT, f"<p>{INFO}</p><p>メールアドレス（例: taro@reika-denki.co.jp）</p>", (INFO,)),
    ("placeholder", CONTACT, f"<p>{INFO}</p><input placeholder='hanako@reika-denki.co.jp'>", (INFO,)),
    ("sample-host", CONTACT, f"<p>{INFO}</p><p>記入してください user@example.com</p>", (INFO,)),
    ("noreply", CONTACT, f"<p>noreply@reika-denki.co.jp から届きます。</p><p>{INFO}</p>", (INFO,)),
    ("send-only", CONTACT, f"<p>送信専用アドレス sys@reika-denki.co.jp</p><p>お問い合わせ {INFO}</p>", (INFO,)),
    ("complaints-body", "privacy", f"<p>認定個人情報保護団体: kujo@hogo-dantai.or.jp</p><p>窓口 {INFO}</p>", (INFO,)),
    ("bystander", CONTACT, f"<p>{INFO}</p><p>vuln@ipa.go.jp</p>", (INFO,)),
    (
        "visitors",
        "front",
        f"<p>{INFO}</p><div class='comment-list'><p>私は guest@dareka.jp です</p></div>",
        (INFO, "guest@dareka.jp"),
    ),
    ("own-mail-service", CONTACT, "<p>お問い合わせ: reika@gmail.com</p>", ("reika@gmail.com",)),
    (
        "own-before-foreign",
        CONTACT,
        f"<p>お問い合わせ: desk@betsu-gaisha.co.jp</p><p>お問い合わせ: {INFO}</p>",
        (INFO, "desk@betsu-gaisha.co.jp"),
    ),
    ("hidden-trap", CONTACT, f"<div style='display:none'>trap@reika-denki.co.jp</div><p>{INFO}</p>", (INFO,)),
    ("image-name", CONTACT, f"<p>{INFO}</p><p>logo@2x.png sprite@3x.webp</p>", (INFO,)),
)

NUMBERS: tuple[Snippet, ...] = (
    ("tel-fax", "company", "TEL 03-1234-5678　FAX 03-1234-5679", ("tel:03-1234-5678", "fax:03-1234-5679")),
    ("full-width-number", "company", "電話：０３－１２３４－５６７８", ("tel:03-1234-5678",)),
    ("tel-sign", "company", "℡０４６６－２２－３３４４", ("tel:0466-22-3344",)),
    ("parentheses-number", "company", "電話 03(1234)5678（代表）", ("tel:03-1234-5678",)),
    ("both", "company", "TEL/FAX: 06-6123-4567", ("tel:06-6123-4567", "fax:06-6123-4567")),
    ("label-in-cell", "company", "<table><tr><th>電話</th><td>052-201-1234</td></tr></table>", ("tel:052-201-1234",)),
    ("label-above", "company", "<dl><dt>TEL</dt><dd>052-201-1234</dd></dl>", ("tel:052-201-1234",)),
    ("label-behind", "company", "092-711-1234（FAX）", ("fax:092-711-1234",)),
    ("free", CONTACT, "フリーダイヤル 0120-123-456", ("tel:0120-123-456",)),
    ("fax-link", CONTACT, "<p>FAX <a href='tel:0312345679'>03-1234-5679</a></p>", ("fax:03-1234-5679",)),
    ("link", CONTACT, "<a href='tel:+81-3-1234-5678'>お電話</a>", ("tel:03-1234-5678",)),
    ("international", CONTACT, "<p>+44 1632 960001</p>", ("tel:+44-1632-960001",)),
    ("post-code", "company", "〒060-0001 札幌市 第0312号", ()),
    ("no-label", "company", "商品番号 0312-34-5678", ()),
    ("maker-phone", "front", "制作: 工房 TEL 03-1234-5678", ()),
)

HERE = f"https://{HOST}/page"

FORMS: tuple[Snippet, ...] = (
    ("form", CONTACT, "<form><input name='name'><textarea name='body'></textarea></form>", (HERE,)),
    ("lines-only", CONTACT, "<form><input name='name'><input name='email'></form>", (HERE,)),
    ("search", "front", "<form action='/search'><input name='q'></form>", ()),
    ("comments", "front", "<form id='commentform'><textarea name='comment'></textarea></form>", ()),
    ("bulletin", "front", "<form action='/cgi/bbs.cgi'><textarea></textarea></form>", ()),
    ("service", CONTACT, "<a href='https://forms.gle/AbC'>フォーム</a>", ("https://forms.gle/AbC",)),
    ("service-frame", CONTACT, "<iframe src='https://form.run/@reika'></iframe>", ("https://form.run/@reika",)),
    (
        "group",
        "front",
        "<a href='https://www.oyagaisha.jp/contact'>お問い合わせ</a>",
        ("https://www.oyagaisha.jp/contact",),
    ),
    ("nothing-read", CONTACT, "<div id='app'></div><p>読み込み中</p>", (HERE,)),
    ("picture", "front", "<p>メール <img src='/img/mail.gif'></p>", (HERE,)),
    ("icon", "front", "<p><img src='/img/icon_mail.png'></p>", ()),
    (
        "mail-before-form",
        CONTACT,
        f"<form><textarea></textarea></form><p>お急ぎの方は {INFO} まで</p>",
        (INFO, HERE),
    ),
)

SNIPPETS = (*DISGUISES, *PURPOSES, *NUMBERS, *FORMS)
