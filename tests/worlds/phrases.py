"""What the tickets of a made-up crowd are about: devices, their faults, wishes, projects; in Chinese and in English.

Chinese is in traditional script; `to_simplified` converts it. No tickets here, only words.
"""

from __future__ import annotations

from msgspec import Struct

from fenji.text import fold


class Phrase(Struct, frozen=True):
    """The same words in traditional Chinese and in English."""

    zh: str
    en: str

    def text_in(self, language: str) -> str:
        """Return the words in `zh-Hant`, `zh-Hans` or `en`."""
        if language == "en":
            return self.en
        return self.zh if language == "zh-Hant" else to_simplified(self.zh)


def to_simplified(text: str) -> str:
    """Return a text with its Chinese characters in simplified script, and everything else unchanged."""
    return "".join(fold(letter) if "㐀" <= letter <= "鿿" else letter for letter in text)


class Fault(Struct, frozen=True):
    symptom: Phrase
    cause: Phrase
    remedy: Phrase


class Device(Struct, frozen=True):
    system: str
    name: Phrase
    part: str  # letters of its part numbers
    unit: str
    faults: tuple[Fault, ...]


def _parse_device(system: str, names: str, part: str, unit: str, *faults: str) -> Device:
    return Device(system, _parse_phrase(names), part, unit, tuple(_parse_fault(fault) for fault in faults))


def _parse_phrase(text: str) -> Phrase:
    zh, _, en = text.partition(" / ")
    return Phrase(zh, en)


def _parse_fault(text: str) -> Fault:
    symptom, cause, remedy = (_parse_phrase(part) for part in text.split(" | "))
    return Fault(symptom, cause, remedy)


DEVICES = (
    _parse_device(
        "雷達",
        "天線轉台 / antenna turntable",
        "TZ",
        "FACTORY-7",
        "起動卡滯 / stiff at start | 潤滑脂牌號不符 / wrong grade of grease | 清洗並更換潤滑脂 / cleaned and regreased",
        "轉速不穩 / unsteady speed | "
        "測速機碳刷磨損 / worn brushes of the tachometer | 更換碳刷並重新整定 / brushes changed, loop tuned",
        "有異響 / strange noise | 小齒輪崩齒 / chipped tooth on the pinion | 更換小齒輪 / pinion changed",
        "鎖定銷不到位 / locking pin does not seat | "
        "行程開關移位 / limit switch moved | 調整行程開關 / limit switch adjusted",
    ),
    _parse_device(
        "雷達",
        "發射機 / transmitter",
        "FS",
        "FACTORY-12",
        "高壓跳閘 / high voltage trips | "
        "絕緣子積灰受潮 / dust and moisture on the insulators | 清潔並烘乾 / cleaned and dried",
        "輸出功率下降 / output power low | 末級管老化 / final stage aged | 更換末級組件 / final stage replaced",
        "冷卻流量低告警 / coolant flow alarm | 過濾器堵塞 / strainer clogged | 清洗過濾器 / strainer washed",
        "殼溫過高 / case too hot | 風扇軸承卡死 / fan bearing seized | 更換風扇 / fan changed",
    ),
    _parse_device(
        "雷達",
        "波導饋線 / waveguide run",
        "BG",
        "FACTORY-7",
        "充氣壓力低 / pressure low | 法蘭密封圈夾傷 / pinched flange seal | 更換密封圈 / seal replaced",
        "反射功率高 / reflected power high | "
        "彎頭進水 / water in the bend | 排水並用氮氣吹乾 / drained and purged with nitrogen",
        "打火 / arcing | "
        "旋轉關節內有金屬屑 / metal chips in the rotary joint | 拆洗旋轉關節 / rotary joint stripped and cleaned",
    ),
    _parse_device(
        "雷達",
        "滑環 / slip ring",
        "HH",
        "FACTORY-7",
        "丟幀 / frames lost | 刷絲磨短 / brushes worn short | 更換刷組 / brush set changed",
        "噪聲大 / noisy | 環面積屑 / debris on the rings | 清理環道 / rings cleaned",
        "絕緣下降 / insulation low | 凝露 / condensation | 烘乾並加乾燥劑 / dried, desiccant added",
    ),
    _parse_device(
        "雷達",
        "液壓調平 / hydraulic levelling",
        "YT",
        "FACTORY-7",
        "支腿下沉 / leg sinks | "
        "液壓鎖夾沙 / sand in the hydraulic lock | 更換液壓鎖並過濾油液 / lock changed, oil filtered",
        "調平超時 / levelling takes too long | "
        "油溫低、黏度高 / cold and thick oil | 改用低溫液壓油 / low-temperature oil",
        "接頭滲油 / weeping joint | 密封墊老化 / aged gasket | 更換密封墊 / gasket replaced",
    ),
    _parse_device(
        "供電",
        "柴油發電機組 / diesel generator",
        "DG",
        "FACTORY-12",
        "無法啟動 / does not start | 柴油含水 / water in the fuel | 更換濾芯並排氣 / filters changed, system bled",
        "電壓擺動 / voltage hunts | "
        "調壓板虛焊 / cracked joint on the regulator board | 更換調壓板 / regulator board changed",
        "排煙發黑 / black smoke | 空氣濾清器積沙 / sand in the air cleaner | 更換空氣濾芯 / air element changed",
        "水溫高 / coolant hot | 散熱器翅片積灰 / dust on the radiator fins | 吹淨散熱器 / radiator blown clean",
    ),
    _parse_device(
        "供電",
        "不間斷電源 / UPS",
        "UP",
        "FACTORY-12",
        "切換時掉電 / drops out on transfer | "
        "電池內阻增大 / high internal resistance of the batteries | 整組更換電池 / whole string replaced",
        "電池鼓包 / swollen batteries | "
        "浮充電壓無溫度補償 / float voltage without temperature compensation | 加補償探頭 / probe added",
        "旁路告警 / bypass alarm | 輸入接線鬆動 / loose input terminal | 擰緊接線 / terminal tightened",
    ),
    _parse_device(
        "環控",
        "方艙空調 / cabin air conditioner",
        "KT",
        "FACTORY-12",
        "高壓保護跳停 / trips on high pressure | 冷凝器積沙 / sand on the condenser | 吹淨翅片 / fins blown clean",
        "送風量小 / weak air flow | 濾網堵塞 / filter clogged | 更換濾網 / filter replaced",
        "不製冷 / no cooling | 製冷劑洩漏 / refrigerant leak | 補焊並重新充注 / brazed and recharged",
    ),
    _parse_device(
        "顯控",
        "顯控台 / display console",
        "XK",
        "FACTORY-3",
        "黑屏 / black screen | 顯卡電容失效 / failed capacitor on the graphics card | 更換顯卡 / graphics card changed",
        "觸摸偏移 / touch is off | 機殼接地斷開 / cabinet earth open | 恢復接地 / earth restored",
        "死機 / freezes | 日誌寫滿磁盤 / disk full of logs | 清理並限制日誌 / logs cleared and limited",
        "軟件加載失敗 / software load fails | "
        "升級包缺塊 / image incomplete | 核對校驗和後重裝 / loaded again after checksum",
    ),
    _parse_device(
        "通信",
        "時統設備 / timing unit",
        "GT",
        "FACTORY-3",
        "衛星失鎖 / loses satellite lock | 防雷器損壞 / arrestor damaged | 更換防雷器 / arrestor changed",
        "時間跳變 / time jumps | 天線電纜進水 / water in the antenna cable | 更換電纜 / cable replaced",
    ),
    _parse_device(
        "通信",
        "野外電纜 / field cable",
        "LJ",
        "FIELD",
        "被鼠咬斷 / gnawed by rodents | 未穿管 / laid without conduit | 更換並穿管 / replaced, laid in conduit",
        "誤碼 / bit errors | 插頭壓接不良 / bad crimp in the plug | 重做插頭 / plug made again",
        "護套開裂 / sheath cracked | 日曬老化 / aged in the sun | 更換為耐候電纜 / weatherproof cable fitted",
    ),
    _parse_device(
        "雷達",
        "隨機備件 / spare parts",
        "XJ",
        "FACTORY-7",
        "包裝破損 / packaging damaged | 運輸顛簸 / rough transport | 重新包裝 / packed again",
        "數量不符 / wrong quantity | 裝箱單寫錯 / packing list wrong | 補發 / missing pieces sent",
    ),
)

WISHES = tuple(
    map(
        _parse_phrase,
        (
            "操作員培訓 / operator training",
            "維修培訓 / maintenance training",
            "軟件升級 / software upgrade",
            "增加報表格式 / a further form of report",
            "操作手冊譯本 / operator manual in translation",
            "備件補充報價 / quotation for spares",
            "辦公打印機 / office printer",
            "增配濾網 / more filters",
            "夜班值班支持 / support of the night shift",
            "模擬訓練科目 / training scenarios",
        ),
    )
)
PROJECTS = tuple(
    map(
        _parse_phrase,
        (
            "陣地驗收 / site acceptance",
            "雷達搬遷 / relocation of the radar",
            "年度大修 / yearly overhaul",
            "供電改造 / renewal of the power supply",
            "通信光纜敷設 / laying of the optical cable",
        ),
    )
)
PLAN = tuple(
    map(_parse_phrase, ("勘察 / survey", "備料 / material", "施工 / works", "測試 / tests", "移交 / handover"))
)
WHEN = tuple(
    map(
        _parse_phrase,
        (
            "沙塵天氣後 / after a sandstorm",
            "中午高溫時 / in the heat of noon",
            "夜間開機時 / when switched on at night",
            "雷雨之後 / after a thunderstorm",
            "例行自檢時 / during the routine self-test",
            "連續工作三天後 / after three days without a stop",
            "換班試機時 / at the change of shift",
            "清晨低溫時 / on a cold morning",
        ),
    )
)
EFFECT = tuple(
    map(
        _parse_phrase,
        (
            "暫不影響值班 / no effect on duty so far",
            "已降功率使用 / in use at reduced power",
            "已切換到備用設備 / the standby set has taken over",
            "雷達停機 / the radar is down",
            "客戶要求今天答復 / the customer wants an answer today",
            "上個月出現過一次 / it happened once last month",
        ),
    )
)
NEEDS = tuple(
    map(
        _parse_phrase,
        (
            "希望下個月以前完成 / wanted by next month",
            "費用按年度服務合同 / to be charged to the yearly contract",
            "請先報價 / a quotation first, please",
            "教室和翻譯由客戶準備 / room and interpreter come from the customer",
            "時間由現場負責人商定 / the site lead agrees the dates",
        ),
    )
)
GRANTED = tuple(
    map(
        _parse_phrase,
        (
            "已完成，客戶簽收 / done, signed for by the customer",
            "分兩期完成，資料已移交 / done in two parts, papers handed over",
            "已按報價提供 / supplied as quoted",
            "遠程指導完成 / done with guidance from afar",
        ),
    )
)
LESSONS = tuple(
    map(
        _parse_phrase,
        (
            "先看外部條件，再拆機 / look at the surroundings before opening the set",
            "備件按同批故障的可能來配 / stock spares for a whole batch failing at once",
            "在哪個溫度壞就在哪個溫度驗證 / prove the repair at the temperature at which it failed",
            "先對調再判斷，一夜就能分清 / swap first and judge after: one night tells them apart",
            "把這一條寫進週檢卡 / put this on the weekly card",
            "記錄數值，不要只寫正常 / write down the figure, not just that it is normal",
        ),
    )
)
ANSWER = Phrase("已答復客戶，今天到現場查看。", "Answered; we look at it on site today.")
DECIDED = Phrase("同意就地處理，舊件返廠分析。", "To be done on site; the old part goes back for analysis.")
AGAIN = Phrase("客戶來電：又出現一次。", "The customer called: it happened again.")
STORM = Phrase("機場因沙塵暴關閉，有航空通告。", "The airport was closed by a sandstorm; the notice is on file.")
MEASURED = Phrase("實測", "shows")
QUANTITY = Phrase("數量", "quantity")
