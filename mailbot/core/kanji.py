"""Kanji that are one and the same in a name: what a family register writes, and what people type."""

_SAME = (
    "高髙 崎﨑嵜碕 辺邊邉 斉齊斎齋 沢澤 浜濱濵 広廣 桜櫻 国國 島嶋嶌 富冨 真眞 竜龍 恵惠 栄榮 瀬瀨 徳德 応應 円圓 "
    "桧檜 条條 蔵藏 万萬 与與 宝寶 実實 寿壽 学學 渋澁澀 静靜 関關 鉄鐵 県縣 滝瀧 礼禮 村邨 峰峯 吉𠮷 淵渕渊 岳嶽 "
    "会會 伝傳 仏佛 館舘 野埜 槙槇 曽曾 鶴靏靍 鴎鷗 弥彌 荘莊 豊豐 亜亞 来來 楽樂 駅驛 医醫 児兒 黒黑 緑綠 横橫 "
    "清淸 郎郞 巌巖 巣巢 亀龜 経經 総總 篭籠 梅楳 柳栁 船舩 松枩 桑桒 杉杦 角⻆ 戸戶 青靑 黄黃 歩步 内內 兎兔 顕顯 "
    "鎌鐮 温溫 尭堯 遥遙 晋晉 昇曻 丸𠁣 土圡 凛凜 薫薰 琉瑠 強强 衛衞 為爲 畑畠 脇脅 祷禱 涛濤 穂穗 秋穐 塩鹽 気氣 "
    "芦蘆 尾𡱖 尽盡 禄祿 稲稻 壮壯 奥奧 姫姬 帯帶 拡擴 晃晄 栃橡杤 検檢 浅淺 満滿 灯燈 猟獵 瑶瑤 画畫 将將 専專 "
    "厳嚴 団團 壱壹 塁壘 双雙 収收 叙敍 巻卷 庁廳 弐貳 従從 悦悅 戦戰 択擇 掲揭 撃擊 数數 旧舊 昼晝 暁曉 枢樞 欧歐 "
    "歯齒 残殘 毎每 汚污 湾灣 済濟 渓溪 糸絲 縁緣 継繼 聡聰 覚覺 誉譽 読讀 謡謠 賛贊 転轉 辞辭 逓遞 郷鄕 酔醉 釈釋 "
    "銭錢 鋳鑄 録錄 鎮鎭 陥陷 隠隱 霊靈 頼賴 髪髮 鶏鷄 麦麥"
)
VARIANTS = {ord(other): group[0] for group in _SAME.split() for other in group[1:]}
"""The form that people type, for each other form (as a table of `str.translate`)."""
