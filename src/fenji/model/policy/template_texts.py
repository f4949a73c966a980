"""What the first policy.yaml explains beside its keys, in simplified Chinese, traditional Chinese and English.

Text of a document that is written once, not of the interface. Each language is one text: the name of a comment at the
margin, its lines indented below it. `parse_comments` reads it.
"""

from __future__ import annotations

from fenji.i18n import LANGUAGES

_SIMPLIFIED = """
head
    本工作台的规则，由总部维护。改完后运行 fenji policy check：
    有错的规则整份不采用，沿用上一份正确的规则。fenji policy try 可先用往年工单试算新规则。
format
    本文件的格式版本，固定为 1
since
    本版规则的生效时间：日期（各现场当地零点），或带时区的时刻，如 2026-01-01T00:00:00+03:00。
    修改优先级、矩阵或日历时，把旧版放到文末 earlier 下，并写新的生效时间，过去的数字就不会变。
language
    zh-Hans | zh-Hant | en；个人可另行选择
sites
    现场：代码（大写字母和数字，写入工单编号）、名称、工作日历、现场负责人（people 中的键）。
units
    单位：处理工单并接受考核的团队或厂家。
people
    人员：姓名、单位、邮箱、角色：engineer 工程师、lead 现场负责人、manager 管理、admin 规则管理员；
    另可写 key：SSH 公钥，用于核对签名。
axes
    分级的两个问题：对项目影响多大（impact），是否常见（occurrence）。
    矩阵由两者得出优先级，每格都要填。
priorities
    各优先级的时限，最急的写在最前：response 响应，solution 完成解决方案；none 表示不承诺。
    时长写作 30m、8h、14d、1d12h。calendar: always 为昼夜连续计时（1d 即 24 小时），
    site 为按现场工作日历计时（1d 即该日历的 day）。越不急的时限不得越短，响应不得长于解决。
default
    本产品的默认值
published
    出自公开发表的方法：24 小时内响应，14 天内完成解决方案
kinds
    按类别的例外（quality | request | project）；项目按计划逐项考核，不设解决时限。
calendars
    工作日历：tz 时区；week 每周时段（mon、sun-thu……；到午夜写 24:00）；
    holidays 假日：日期列表，或 {country: SA, add: [2026-09-23], drop: []}；
    shifts 替换当日时段（调休、半天）：{2026-02-14: ["09:00-12:00"]}；
    breaks 无论如何都关闭：{2026-03-01: ["10:00-11:30"]}；day 为该日历上 1d 的长度。
waiting
    挂起原因，及各自挂起哪个时钟：[solution] 挂起解决时钟，[] 不挂起；响应时钟从不挂起。
at_risk
    剩余时间不足时限的这一比例（1% 至 99%）时，工单转为黄色
backdate
    任何人可补记多久以前的事；更早的由现场负责人说明理由；none 不许补记
excuses
    超时可以申辩的理由；超时仍可见，但不计入达成率。
requires
    各类工单在某一步之前必须填好的字段；也可只对某一优先级要求：
    quality 下写 P1: {archive: [zeroing]}，即 P1 归档前要归零十条。
may
    哪些角色可做哪一步；未列出的步骤任何人都可做。已确认的工单只有 lead 或 manager 能重开。
routes
    新工单派给谁：第一条全部符合的生效；值可写成列表（其一即可），when 为空则都符合。例如：
views
    全台共用的筛选：名称和筛选文字。
require_signed
    必须签名的步骤；空表示不要求。
earlier
    旧版规则，按时间顺序；未写的部分与后一版相同。例如：
headquarters
    总部
team
    总部技术组
"""
_TRADITIONAL = """
head
    本工作台的規則，由總部維護。改完後執行 fenji policy check：
    有錯的規則整份不採用，沿用上一份正確的規則。fenji policy try 可先用往年工單試算新規則。
format
    本文件的格式版本，固定為 1
since
    本版規則的生效時間：日期（各現場當地零點），或帶時區的時刻，如 2026-01-01T00:00:00+03:00。
    修改優先級、矩陣或日曆時，把舊版放到文末 earlier 下，並寫新的生效時間，過去的數字就不會變。
language
    zh-Hans | zh-Hant | en；個人可另行選擇
sites
    現場：代碼（大寫字母和數字，寫入工單編號）、名稱、工作日曆、現場負責人（people 中的鍵）。
units
    單位：處理工單並接受考核的團隊或廠家。
people
    人員：姓名、單位、電郵、角色：engineer 工程師、lead 現場負責人、manager 管理、admin 規則管理員；
    另可寫 key：SSH 公鑰，用於核對簽名。
axes
    分級的兩個問題：對項目影響多大（impact），是否常見（occurrence）。
    矩陣由兩者得出優先級，每格都要填。
priorities
    各優先級的時限，最急的寫在最前：response 響應，solution 完成解決方案；none 表示不承諾。
    時長寫作 30m、8h、14d、1d12h。calendar: always 為晝夜連續計時（1d 即 24 小時），
    site 為按現場工作日曆計時（1d 即該日曆的 day）。越不急的時限不得越短，響應不得長於解決。
default
    本產品的預設值
published
    出自公開發表的方法：24 小時內響應，14 天內完成解決方案
kinds
    按類別的例外（quality | request | project）；項目按計劃逐項考核，不設解決時限。
calendars
    工作日曆：tz 時區；week 每週時段（mon、sun-thu……；到午夜寫 24:00）；
    holidays 假日：日期列表，或 {country: SA, add: [2026-09-23], drop: []}；
    shifts 替換當日時段（補班、半天）：{2026-02-14: ["09:00-12:00"]}；
    breaks 無論如何都關閉：{2026-03-01: ["10:00-11:30"]}；day 為該日曆上 1d 的長度。
waiting
    掛起原因，及各自掛起哪個時鐘：[solution] 掛起解決時鐘，[] 不掛起；響應時鐘從不掛起。
at_risk
    剩餘時間不足時限的這一比例（1% 至 99%）時，工單轉為黃色
backdate
    任何人可補記多久以前的事；更早的由現場負責人說明理由；none 不許補記
excuses
    逾時可以申辯的理由；逾時仍可見，但不計入達成率。
requires
    各類工單在某一步之前必須填好的欄位；也可只對某一優先級要求：
    quality 下寫 P1: {archive: [zeroing]}，即 P1 歸檔前要歸零十條。
may
    哪些角色可做哪一步；未列出的步驟任何人都可做。已確認的工單只有 lead 或 manager 能重開。
routes
    新工單派給誰：第一條全部符合的生效；值可寫成列表（其一即可），when 為空則都符合。例如：
views
    全台共用的篩選：名稱和篩選文字。
require_signed
    必須簽名的步驟；空表示不要求。
earlier
    舊版規則，按時間順序；未寫的部分與後一版相同。例如：
headquarters
    總部
team
    總部技術組
"""
_ENGLISH = """
head
    The rules of this desk, kept by HQ. After a change run `fenji policy check`: a policy with an error is not used
    at all, the last good one stays in force. `fenji policy try` replays past tickets under new rules.
format
    the format of this file, always 1
since
    When this version took force: a date (midnight at each site), or an instant, as 2026-01-01T00:00:00+03:00.
    To change priorities, matrix or calendars, put the old ones under `earlier` (see the end of this file) and give
    a new date here; so figures of the past never move.
language
    zh-Hans | zh-Hant | en; a user's own choice overrides it
sites
    Sites: code (capitals and digits; it stands in ticket numbers), name, calendar, and the person who leads it.
units
    Units: the teams and factories that work on tickets and are appraised.
people
    People: name, unit, email, and roles (engineer | lead | manager | admin);
    also `key`: an SSH public key, to check signatures with.
axes
    The two questions of grading: how hard it hits the project, and whether it is a common problem.
    The matrix makes a priority of each pair; every cell must be filled.
priorities
    What each priority promises, most urgent first: response and solution; `none` promises nothing.
    Durations: 30m, 8h, 14d, 1d12h. `calendar: always` counts round the clock (1d is 24 hours), `site` counts the
    hours of the site's calendar (1d is its `day`). A less urgent target is never shorter, a response never longer
    than its solution.
default
    this product's default
published
    from the published method: answer within 24 hours, solution within 14 days
kinds
    Exceptions by kind (quality | request | project); a project's finish is judged by its plan, item by item.
calendars
    Calendars: `tz` the zone; `week` the open spans (mon, sun-thu …; midnight ends as 24:00);
    `holidays` a list of dates, or {country: SA, add: [2026-09-23], drop: []};
    `shifts` replace the spans of a date (make-up and half days): {2026-02-14: ["09:00-12:00"]};
    `breaks` are closed whatever else says: {2026-03-01: ["10:00-11:30"]}; `day` is what 1d means here.
waiting
    Reasons to wait, and the clock that each holds: [solution], or [] for none; the response is never held.
at_risk
    of a target left (1% to 99%): the ticket turns amber
backdate
    how far back anyone may log; further back a lead does, with a reason; none: not at all
excuses
    Reasons that may excuse a miss: it stays visible and leaves the rate.
requires
    What must be filled before a step, by kind; also for one priority alone:
    under quality, P1: {archive: [zeroing]} asks for the ten points of closing the loop.
may
    Which roles may do a step; a step not listed is anybody's. Confirmed tickets are reopened by lead or manager.
routes
    Where a new ticket goes: the first route that fits; a value may be a list of which one will do, and an empty
    `when` fits every ticket. For example:
views
    Filters shared by the desk: name and filter text.
require_signed
    Steps that must be signed; empty asks for none.
earlier
    Former versions in order of time; what one leaves out is as in the version after it. For example:
headquarters
    Headquarters
team
    Technical team at HQ
"""


def parse_comments(language: str) -> dict[str, tuple[str, ...]]:
    """Return the lines of every comment in `language`, one of LANGUAGES, by name."""
    comments: dict[str, tuple[str, ...]] = {}
    name = ""
    for line in (_SIMPLIFIED, _TRADITIONAL, _ENGLISH)[LANGUAGES.index(language)].strip().split("\n"):
        if line.startswith(" "):
            comments[name] += (line.strip(),)
        else:
            name = line
            comments[name] = ()
    return comments
