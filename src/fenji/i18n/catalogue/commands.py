"""The help pages of the command line. English text → (simplified, traditional) Chinese."""

from __future__ import annotations

COMMANDS: dict[str, tuple[str, str]] = {
    # what every command has
    "Usage: {usage}": ("用法：{usage}", "用法：{usage}"),
    "Options:": ("选项：", "選項："),
    "Commands:": ("命令：", "命令："),
    "Show this page.": ("显示本页。", "顯示本頁。"),
    "Print one JSON document.": ("输出一个 JSON 文档。", "輸出一個 JSON 文檔。"),
    "The desk: a folder in it; else the current one.": (
        "工作台：其中任一文件夹；缺省为当前文件夹。",
        "工作台：其中任一文件夾；缺省為當前文件夾。",
    ),
    "When it happened, as 2026-03-01T08:00; else now.": (
        "发生时刻，如 2026-03-01T08:00；缺省为现在。",
        "發生時刻，如 2026-03-01T08:00；缺省為現在。",
    ),
    "Who did it; else you.": ("由谁做的；缺省为你。", "由誰做的；缺省為你。"),
    "A note that goes with it into the log.": ("一并记入日志的备注。", "一併記入日誌的備註。"),
    "Set a field.": ("设置一个字段。", "設置一個字段。"),
    "Several IDs: all of them or none, in one commit.": (
        "多个 ID：全部成功或全不执行，合为一次提交。",
        "多個 ID：全部成功或全不執行，合為一次提交。",
    ),
    # the program
    "Without a command, open the interface.": ("不带命令时打开界面。", "不帶命令時打開界面。"),
    "The interface without frames, in ASCII.": ("无边框的 ASCII 界面。", "無邊框的 ASCII 界面。"),
    "Print the version.": ("显示版本。", "顯示版本。"),
    # beginning
    "Begin a desk.": ("新建工作台。", "新建工作台。"),
    "You are its engineer, lead, manager and admin, until policy.yaml says otherwise.": (
        "在 policy.yaml 另行规定之前，你兼任工程师、现场负责人、管理和规则管理员。",
        "在 policy.yaml 另行規定之前，你兼任工程師、現場負責人、管理和規則管理員。",
    ),
    "The code of this site, as KSA.": ("本现场的代码，如 KSA。", "本現場的代碼，如 KSA。"),
    "zh-Hans, zh-Hant or en.": ("zh-Hans、zh-Hant 或 en。", "zh-Hans、zh-Hant 或 en。"),
    "What you are called here; else from git.": ("你在此处的名字；缺省取自 git。", "你在此處的名字；缺省取自 git。"),
    "The site's time zone, as Asia/Riyadh; else this machine's.": (
        "现场时区，如 Asia/Riyadh；缺省为本机时区。",
        "現場時區，如 Asia/Riyadh；缺省為本機時區。",
    ),
    "Sign your commits with your SSH key.": ("用你的 SSH 密钥为提交签名。", "用你的 SSH 密鑰為提交簽名。"),
    "The SSH key; else the usual one.": ("SSH 密钥；缺省为常用的那把。", "SSH 密鑰；缺省為常用的那把。"),
    "The completion script of a shell.": ("shell 的补全脚本。", "shell 的補全腳本。"),
    "SHELL is bash, zsh or fish. For bash: fenji completion bash >> ~/.bash_completion": (
        "SHELL 为 bash、zsh 或 fish。bash 用法：fenji completion bash >> ~/.bash_completion",
        "SHELL 為 bash、zsh 或 fish。bash 用法：fenji completion bash >> ~/.bash_completion",
    ),
    # tickets
    "Report a ticket; its number and promised times are printed.": (
        "报告工单，并显示其编号和承诺时限。",
        "報告工單，並顯示其編號和承諾時限。",
    ),
    "The number and both promised times are printed. --description and --set texts: - is stdin, @FILE a file.": (
        "显示编号和两个承诺时限。--description 和 --set 的文字：- 为标准输入，@FILE 为文件。",
        "顯示編號和兩個承諾時限。--description 和 --set 的文字：- 為標準輸入，@FILE 為文件。",
    ),
    "One line: what is wrong or wanted.": ("一行：出了什么问题或需要什么。", "一行：出了什麼問題或需要什麼。"),
    "quality, request or project; else quality.": (
        "quality、request 或 project；缺省为 quality。",
        "quality、request 或 project；缺省為 quality。",
    ),
    "What happened, at length.": ("详细经过。", "詳細經過。"),
    "Who asked.": ("请求人。", "請求人。"),
    "Their unit.": ("请求人的单位。", "請求人的單位。"),
    "How to reach them.": ("请求人的联系方式。", "請求人的聯繫方式。"),
    "The system it is about.": ("所属系统。", "所屬系統。"),
    "The subsystem.": ("分系统。", "分系統。"),
    "The part number.": ("件号。", "件號。"),
    "The serial number.": ("序列号。", "序列號。"),
    "How hard it hits the project.": ("对项目影响多大。", "對項目影響多大。"),
    "Whether it is a common problem.": ("是不是常见问题。", "是不是常見問題。"),
    "By hand, with --reason; else by the matrix.": (
        "手工指定，须附 --reason；缺省按矩阵。",
        "手工指定，須附 --reason；缺省按矩陣。",
    ),
    "Why the priority is set by hand.": ("手工指定优先级的理由。", "手工指定優先級的理由。"),
    "The one fixed contact.": ("唯一的接口人。", "唯一的接口人。"),
    "A unit with a share in it.": ("参与处理的单位。", "參與處理的單位。"),
    "A tag.": ("标签。", "標籤。"),
    "The open tickets, the promise that runs out next on top.": (
        "未结工单，最先到期的在最上。",
        "未結工單，最先到期的在最上。",
    ),
    (
        "Words of QUERY narrow the list: p:1..2 state:waiting owner:me left:<4h site:KSA kind:quality -tag:later, and "
        "plain words that stand in the ticket. A breached promise is marked !, one at risk ~, a held one =."
    ): (
        (
            "QUERY 中的词缩小列表：p:1..2 state:waiting owner:me left:<4h site:KSA kind:quality -tag:later，以及工单中"
            "出现的文字。超时标 !，临期标 ~，暂停标 =。"
        ),
        (
            "QUERY 中的詞縮小列表：p:1..2 state:waiting owner:me left:<4h site:KSA kind:quality -tag:later，以及工單中"
            "出現的文字。超時標 !，臨期標 ~，暫停標 =。"
        ),
    ),
    "Also the tickets of the archive.": ("也列出已归档的工单。", "也列出已歸檔的工單。"),
    "A ticket, whole.": ("显示整张工单。", "顯示整張工單。"),
    "Any part of a number that only one ticket ends in will do, as 42.": (
        "只有一张工单以其结尾的编号部分即可，如 42。",
        "只有一張工單以其結尾的編號部分即可，如 42。",
    ),
    "Both clocks of a ticket, at any instant.": ("一张工单在任一时刻的两个时钟。", "一張工單在任一時刻的兩個時鐘。"),
    "With --at as they stood at that instant; with --explain how they came about.": (
        "用 --at 看那一时刻的情形；用 --explain 看由来。",
        "用 --at 看那一時刻的情形；用 --explain 看由來。",
    ),
    "Tell how the verdicts came about, stretch by stretch.": ("逐段说明判定的由来。", "逐段說明判定的由來。"),
    "Change fields of a ticket, by --set or in your editor.": (
        "用 --set 或编辑器修改工单字段。",
        "用 --set 或編輯器修改工單字段。",
    ),
    (
        "--set product.part=XJ-4411; a text may be @FILE or - for stdin; an empty value empties the field. Items: "
        "--set plan.m1.due=2026-03-20, and --set plan.m1= takes it out. Without --set your $VISUAL or $EDITOR opens a "
        "copy, and what you changed in it is taken."
    ): (
        (
            "--set product.part=XJ-4411；文字可为 @FILE，或用 - 表示标准输入；空值清除字段。列表项：--set "
            "plan.m1.due=2026-03-20；--set plan.m1= 删除该项。不带 --set 时用 $VISUAL 或 $EDITOR 打开副本，并采用所作"
            "修改。"
        ),
        (
            "--set product.part=XJ-4411；文字可為 @FILE，或用 - 表示標準輸入；空值清除字段。列表項：--set "
            "plan.m1.due=2026-03-20；--set plan.m1= 刪除該項。不帶 --set 時用 $VISUAL 或 $EDITOR 打開副本，並採用所作"
            "修改。"
        ),
    ),
    # steps
    "Judge kind and urgency.": ("判定类别和紧急程度。", "判定類別和緊急程度。"),
    (
        "The priority follows from impact and occurrence; set by hand it needs a reason. Several IDs: all of them or "
        "none, in one commit."
    ): (
        "优先级由影响和是否常见得出；手工指定须说明理由。多个 ID：全部成功或全不执行，合为一次提交。",
        "優先級由影響和是否常見得出；手工指定須說明理由。多個 ID：全部成功或全不執行，合為一次提交。",
    ),
    "quality, request or project.": ("quality、request 或 project。", "quality、request 或 project。"),
    "By hand.": ("手工指定。", "手工指定。"),
    "The requester has been answered.": ("已响应请求人。", "已響應請求人。"),
    "Stops the response clock. Several IDs: all of them or none, in one commit.": (
        "停止响应时钟。多个 ID：全部成功或全不执行，合为一次提交。",
        "停止響應時鐘。多個 ID：全部成功或全不執行，合為一次提交。",
    ),
    "Name the one fixed contact, and the units.": ("指定唯一的接口人和参与单位。", "指定唯一的接口人和參與單位。"),
    "The units that have a share in it.": ("参与处理的单位。", "參與處理的單位。"),
    "Write a note into the log.": ("在日志中写备注。", "在日誌中寫備註。"),
    "TEXT is a word or a page; - takes it from stdin. Several IDs: all of them or none, in one commit.": (
        "TEXT 长短不限；- 为标准输入。多个 ID：全部成功或全不执行，合为一次提交。",
        "TEXT 長短不限；- 為標準輸入。多個 ID：全部成功或全不執行，合為一次提交。",
    ),
    "requester: it is their word.": ("requester：这是请求人的话。", "requester：這是請求人的話。"),
    "Wait, for a reason that the policy knows.": ("挂起，理由须在规则之列。", "掛起，理由須在規則之列。"),
    "The policy says which clocks REASON holds. Several IDs: all of them or none, in one commit.": (
        "REASON 暂停哪个时钟由规则决定。多个 ID：全部成功或全不执行，合为一次提交。",
        "REASON 暫停哪個時鐘由規則決定。多個 ID：全部成功或全不執行，合為一次提交。",
    ),
    "Go on after a wait.": ("结束挂起，继续处理。", "結束掛起，繼續處理。"),
    "The solution is complete.": ("解决方案已完成。", "解決方案已完成。"),
    (
        "Stops the solution clock. --set texts: - is stdin, @FILE a file. Several IDs: all of them or none, in one "
        "commit."
    ): (
        "停止解决方案时钟。--set 的文字：- 为标准输入，@FILE 为文件。多个 ID：全部成功或全不执行，合为一次提交。",
        "停止解決方案時鐘。--set 的文字：- 為標準輸入，@FILE 為文件。多個 ID：全部成功或全不執行，合為一次提交。",
    ),
    "The site lead confirms the result of both promises.": (
        "现场负责人确认两项承诺的结果。",
        "現場負責人確認兩項承諾的結果。",
    ),
    "Freezes the computed results into the ticket. Several IDs: all of them or none, in one commit.": (
        "把算出的结果固定在工单中。多个 ID：全部成功或全不执行，合为一次提交。",
        "把算出的結果固定在工單中。多個 ID：全部成功或全不執行，合為一次提交。",
    ),
    "What is to be said about the result.": ("对结果的说明。", "對結果的說明。"),
    "Archive what has been confirmed.": ("归档已确认的工单。", "歸檔已確認的工單。"),
    "It becomes a page of the handbook. Several IDs: all of them or none, in one commit.": (
        "成为问题手册的一页。多个 ID：全部成功或全不执行，合为一次提交。",
        "成為問題手冊的一頁。多個 ID：全部成功或全不執行，合為一次提交。",
    ),
    "Go on with what was solved.": ("重开已解决的工单。", "重開已解決的工單。"),
    "From confirmed by a lead or manager, with a reason. Several IDs: all of them or none, in one commit.": (
        "已确认的工单由现场负责人或管理重开，须说明理由。多个 ID：全部成功或全不执行，合为一次提交。",
        "已確認的工單由現場負責人或管理重開，須說明理由。多個 ID：全部成功或全不執行，合為一次提交。",
    ),
    "Why it goes on.": ("重开的理由。", "重開的理由。"),
    "Take a ticket back; it is kept.": ("撤回工单；工单仍保留。", "撤回工單；工單仍保留。"),
    "Why nothing is to be done.": ("不予处理的理由。", "不予處理的理由。"),
    "Excuse a missed promise.": ("为未达成的承诺申辩。", "為未達成的承諾申辯。"),
    "CLOCK is response or solution. The miss stays visible, and out of the rate.": (
        "CLOCK 为 response 或 solution。超时仍可见，但不计入达成率。",
        "CLOCK 為 response 或 solution。超時仍可見，但不計入達成率。",
    ),
    "One of the policy's excuses.": ("规则中的一条申辩理由。", "規則中的一條申辯理由。"),
    "Attach files to a ticket.": ("为工单附上文件。", "為工單附上文件。"),
    "They are copied beside the ticket, and named in it with size and SHA-256.": (
        "文件复制到工单旁，工单中记其名称、大小和 SHA-256。",
        "文件複製到工單旁，工單中記其名稱、大小和 SHA-256。",
    ),
    "Link a ticket to another.": ("把工单与另一张关联。", "把工單與另一張關聯。"),
    "OTHER is the number of the other ticket.": ("OTHER 为另一张工单的编号。", "OTHER 為另一張工單的編號。"),
    "duplicate, caused_by, related, part_of": (
        "duplicate 重复、caused_by 起因、related 相关、part_of 从属",
        "duplicate 重複、caused_by 起因、related 相關、part_of 從屬",
    ),
    # finding
    "Search the handbook and the open tickets.": ("搜索问题手册和未结工单。", "搜索問題手冊和未結工單。"),
    (
        "Words in any script and language of the tickets; kind:quality part:XJ site:KSA year:2026 narrow, a phrase "
        "stands in quotes."
    ): (
        "词语不分简繁，语言不限；kind:quality part:XJ site:KSA year:2026 缩小范围，短语加引号。",
        "詞語不分簡繁，語言不限；kind:quality part:XJ site:KSA year:2026 縮小範圍，短語加引號。",
    ),
    "At most so many hits; else 10.": ("最多列出的结果数；缺省 10。", "最多列出的結果數；缺省 10。"),
    "Leave out so many of the best.": ("跳过最前的若干个。", "跳過最前的若干個。"),
    "What a text resembles, and how that was judged.": (
        "一段文字与哪些工单类似，当时如何判定。",
        "一段文字與哪些工單類似，當時如何判定。",
    ),
    "TEXT is a title, or more; - takes it from stdin.": (
        "TEXT 为标题或更长的文字；- 为标准输入。",
        "TEXT 為標題或更長的文字；- 為標準輸入。",
    ),
    "Bring the search index up to date.": ("更新搜索索引。", "更新搜索索引。"),
    "Searching does this by itself; --rebuild makes the index anew, and forgets the old one.": (
        "搜索时会自动更新；--rebuild 重建索引，丢弃旧的。",
        "搜索時會自動更新；--rebuild 重建索引，丟棄舊的。",
    ),
    "Make it anew from all tickets.": ("从全部工单重建。", "從全部工單重建。"),
    # looking things over
    "Look the whole desk over.": ("检查整个工作台。", "檢查整個工作台。"),
    "Nothing is changed. Exit code 3 where a file is damaged.": (
        "不作任何改动。有损坏文件时退出码为 3。",
        "不作任何改動。有損壞文件時退出碼為 3。",
    ),
    "Also whether what must be signed is signed, by whom it should be.": (
        "同时检查必须签名的步骤是否由应签的人签名。",
        "同時檢查必須簽名的步驟是否由應簽的人簽名。",
    ),
    "The policy: show, check, try.": (
        "规则：show 查看、check 检查、try 试算。",
        "規則：show 查看、check 檢查、try 試算。",
    ),
    "The rules are in policy.yaml.": ("规则写在 policy.yaml 中。", "規則寫在 policy.yaml 中。"),
    "The policy in force, as tables.": ("以表格显示现行规则。", "以表格顯示現行規則。"),
    "The version in force; with --json the same as one document.": (
        "现行版本；加 --json 则为一个文档。",
        "現行版本；加 --json 則為一個文檔。",
    ),
    "What is wrong with a policy file, with line and reason.": (
        "规则文件有哪些错误，附行号和原因。",
        "規則文件有哪些錯誤，附行號和原因。",
    ),
    "FILE is a draft; else policy.yaml itself. Exit code 3 where it cannot be used, 1 where it moves the past.": (
        "FILE 为草稿；缺省为 policy.yaml。不能采用时退出码为 3，会改变过去的数字时为 1。",
        "FILE 為草稿；缺省為 policy.yaml。不能採用時退出碼為 3，會改變過去的數字時為 1。",
    ),
    "What another policy would have made of the past.": ("用另一份规则试算往年工单。", "用另一份規則試算往年工單。"),
    (
        "The tickets reported since DATE, open and archived, as they stand now, and as they would stand had the rules "
        "of FILE been in force all the time. Nothing is changed."
    ): (
        "自 DATE 起报告的工单（含已归档）：现在的结果，以及假如一直采用 FILE 的规则会有的结果。不作任何改动。",
        "自 DATE 起報告的工單（含已歸檔）：現在的結果，以及假如一直採用 FILE 的規則會有的結果。不作任何改動。",
    ),
    "From this date on, as 2026-01-01.": ("起始日期，如 2026-01-01。", "起始日期，如 2026-01-01。"),
    "List at most so many verdicts; else 20.": ("最多列出的判定数；缺省 20。", "最多列出的判定數；缺省 20。"),
    # the hub
    "For the hub's administrator: init, check.": (
        "供总部库管理员使用：init 建立、check 检查。",
        "供總部庫管理員使用：init 建立、check 檢查。",
    ),
    "What all sites sync with.": ("所有现场都与它同步。", "所有現場都與它同步。"),
    "Set up a hub in a folder.": ("在文件夹中建立总部库。", "在文件夾中建立總部庫。"),
    "The bare repository that all sites sync with. Run it again to renew its settings and its hook.": (
        "所有现场与之同步的裸仓库。再次运行可更新其设置和钩子。",
        "所有現場與之同步的裸倉庫。再次運行可更新其設置和鉤子。",
    ),
    "Begin with what a desk holds.": ("以一个工作台的内容开始。", "以一個工作台的內容開始。"),
    "Say whether a push may come in; git asks it.": (
        "判断可否接收一次推送；由 git 调用。",
        "判斷可否接收一次推送；由 git 調用。",
    ),
    "git asks this before it takes a push: lines OLD NEW REF on stdin. Exit code 1 where it may not come in.": (
        "git 接收推送前调用：从标准输入读 OLD NEW REF 各行。不接收时退出码为 1。",
        "git 接收推送前調用：從標準輸入讀 OLD NEW REF 各行。不接收時退出碼為 1。",
    ),
}
