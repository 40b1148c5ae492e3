"""A quarter's statistics for tests of the pages: one figure of every kind, as large as the largest of the real ones."""

from mailbot.core.statistics.figures import Drawn, Figure, Kind, Part, Remark, Series, Statistics, Unit
from mailbot.core.statistics.labels import Labels, Names, Title

QUARTERS = ("2018Q2", "2018Q3", "2018Q4", *(f"{year}Q{n}" for year in (2019, 2020) for n in (1, 2, 3, 4)), "2021Q1")
SPANS = ("0", "1", "2", "3", "4-5", "6-10", "11-20", "21-30", "31-50", "51-90", "91-200", "201-300", "301-")
_JA = {
    "xss": "クロスサイト・スクリプティング",
    "sqli": "SQLインジェクション",
    "dns_misconfiguration": "DNS情報の設定不備",
    "file_exposure": "ファイルの誤った公開",
    "path_traversal": "ディレクトリ・トラバーサル",
    "authentication": "認証に関する不備",
    "http_response_splitting": "HTTPレスポンス分割",
    "session": "セッション管理の不備",
    "os_command_injection": "OSコマンドインジェクション",
    "open_redirect": "リダイレクタの不適切な利用",
    "other": "その他",
}
_SUMS = (5217, 943, 551, 218, 215, 120, 104, 98, 86, 61, 456)


def _both(ja: str, en: str) -> Names:
    return {"ja": ja, "en": en}


def _new_reports() -> Figure:
    products, sites = (
        (106, 114, 55, 49, 55, 61, 67, 61, 52, 58, 73, 72),
        (52, 63, 36, 74, 442, 284, 105, 200, 136, 188, 230, 180),
    )
    return Figure(
        "reports",
        Part.REPORTS,
        Kind.BARS,
        "quarter",
        QUARTERS,
        "track",
        (
            Series("product", products),
            Series("website", sites),
            Series("product_total", tuple(3949 + sum(products[: n + 1]) for n in range(12)), Drawn.LINE),
            Series("website_total", tuple(9715 + sum(sites[: n + 1]) for n in range(12)), Drawn.LINE),
        ),
        (Remark("per_day", (("rate", 4.05), ("since", "2004-07-08"))),),
    )


def _states() -> Figure:
    ends = QUARTERS[-5:]
    return Figure(
        "product_states",
        Part.PRODUCTS,
        Kind.STATUS,
        "quarter_end",
        ends,
        "product_state",
        (
            Series("published", (2084, 2112, 2141, 2167, 2233)),
            Series("uncoordinated", (20, 20, 20, 20, 29), Drawn.WITHIN, of="published"),
            Series("published_new", (30, 28, 29, 26, 66), Drawn.BESIDE, of="published"),
            Series("published_share", (52, 52, 52, 52, 52), Drawn.BESIDE, Unit.PERCENT, "published"),
            Series("individual", (40, 40, 40, 40, 40)),
            Series("not_a_vulnerability", (97, 98, 98, 99, 100)),
            Series("rejected", (490, 494, 494, 495, 495)),
            Series("open", (1806, 1825, 1853, 1899, 1904)),
            Series("listed", (182, 182, 182, 182, 173), Drawn.WITHIN, of="open"),
        ),
    )


def _days() -> Figure:
    spread = (310, 345, 160, 150, 380, 510, 520, 320, 475, 470, 550, 300, 727)
    rows = [
        Series(code, tuple(round(v * whole / 5217) for v in spread)) for code, whole in zip(_JA, _SUMS, strict=True)
    ]
    share = Series("share", (6, 6, 3, 3, 6, 9, 10, 7, 9, 9, 12, 6, 14), Drawn.BESIDE, Unit.PERCENT)
    return Figure("fix_days", Part.WEBSITES, Kind.STACKED, "days", SPANS, "website_type", (*rows, share))


def _by_quarter() -> Figure:
    rows = [Series(code, tuple((n * 37 + k) % (90 // (k + 1) + 3) for n in range(8))) for k, code in enumerate(_JA)]
    return Figure("type_quarters", Part.WEBSITES, Kind.STACKED, "quarter", QUARTERS[-8:], "website_type", tuple(rows))


def _types() -> Figure:
    share = tuple(round(100 * value / sum(_SUMS)) for value in _SUMS)
    rows = (
        Series("count", _SUMS),
        Series("share", share, Drawn.BESIDE, Unit.PERCENT),
        Series("before", share, Drawn.BESIDE, Unit.PERCENT),
    )
    return Figure("type_shares", Part.WEBSITES, Kind.PIE, "website_type", tuple(_JA), "share_of", rows)


def _days_by_type() -> Figure:
    spans = ("0-10", "11-20", "21-30", "31-50", "51-90", "91-200", "201-300", "301-")
    rows = [Series(s, tuple(round(w * (n + 2) / 44) for w in _SUMS)) for n, s in enumerate(spans)]
    return Figure("fix_days_by_type", Part.WEBSITES, Kind.SHARE, "website_type", tuple(_JA), "days", tuple(rows))


def _table() -> Figure:
    rows = (Series("total", (13822, 13999, 16477)), Series("per_day", (4.06, None, 4.05), unit=Unit.PER_DAY))
    return Figure("totals", Part.REPORTS, Kind.TABLE, "quarter", ("2018Q2", "2018Q3", "2021Q1"), "totals", rows)


STATISTICS = Statistics(
    quarter="2021Q1",
    since="2004-07-08",
    until="2021-03-31",
    records=16477,
    figures=(_new_reports(), _table(), _states(), _days(), _types(), _by_quarter(), _days_by_type()),
    remarks=(Remark("new", (("products", 72), ("websites", 180))),),
)
LABELS = Labels(
    titles={
        "reports": Title(_both("脆弱性の届出件数の四半期ごとの推移", "New reports by quarter"), "1-1", "1-1"),
        "totals": Title(_both("届出件数（過去3年間）", "Reports so far"), "1-2"),
        "product_states": Title(_both("ソフトウェア製品の届出の処理状況", "Where product reports stand"), "2-1", "1-2"),
        "fix_days": Title(_both("ウェブサイトの修正に要した日数", "Days until websites were mended"), "2-20", "1-8"),
        "type_shares": Title(_both("届出累計の脆弱性の種類別割合", "Websites by type, all so far"), "2-15", "1-9"),
        "type_quarters": Title(_both("四半期ごとの脆弱性の種類別届出件数", "Websites by type and quarter"), "2-16"),
        "fix_days_by_type": Title(_both("修正に要した脆弱性種類別の日数の傾向", "Days until mended, by type"), "2-21"),
    },
    names={
        "website_type": {code: _both(ja, code.replace("_", " ").capitalize()) for code, ja in _JA.items()},
        "track": {
            "product": _both("ソフトウェア製品", "Products"),
            "website": _both("ウェブサイト", "Websites"),
            "product_total": _both("ソフトウェア製品（累計）", "Products, all so far"),
            "website_total": _both("ウェブサイト（累計）", "Websites, all so far"),
        },
        "product_state": {
            "published": _both("公表済み", "Published"),
            "uncoordinated": _both("うち調整不能", "of these without coordination"),
            "published_new": _both("公表済み（今四半期）", "Published this quarter"),
            "published_share": _both("公表済みの割合", "Published, share"),
            "individual": _both("個別対応", "Handled individually"),
            "not_a_vulnerability": _both("脆弱性ではない", "Not a vulnerability"),
            "rejected": _both("不受理", "Rejected"),
            "open": _both("取扱い中", "Open"),
            "listed": _both("うち連絡不能開発者", "of these listed vendors"),
        },
        "share_of": {
            "count": _both("件数", "Reports"),
            "share": _both("割合", "Share"),
            "before": _both("前四半期まで", "Up to the quarter before"),
        },
        "common": {"share": _both("割合", "Share")},
        "totals": {
            "total": _both("累計届出件数", "Reports so far"),
            "per_day": _both("1就業日あたり", "per working day"),
        },
    },
    remarks={
        "per_day": _both(
            "{since}からの1就業日あたりの届出は{rate}件です。", "{rate} reports a working day since {since}."
        ),
        "new": _both(
            "今四半期の届出は、ソフトウェア製品{products}件、ウェブサイト{websites}件です。",
            "This quarter: {products} reports on products and {websites} on websites.",
        ),
    },
    words={},
)
