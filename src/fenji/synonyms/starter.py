"""The handbook.yaml that a desk begins with; its groups are also in force where a desk has no such file."""

from __future__ import annotations

from functools import cache

from fenji.synonyms.groups import SynonymGroup, parse

STARTER = """\
# 同義詞：一行一組，搜尋其中一個詞，也會找到其餘的詞；繁簡、大小寫不必分別寫，英文單複數也不必。
# 隨時可改，下一次搜尋就生效；各站的改動由 fenji sync 自動合併。查看與增刪：fenji synonyms，或在查找畫面按鍵。
#
# Words for one thing: a group a line; searching one of them finds the others too. Script and letter case do not
# matter, nor do English plurals. Change it at any time: the next search follows; fenji sync merges what sites change.
# See, add and remove groups with fenji synonyms, or with a key on the Find screen.
synonyms:
# 設備與零件 / equipment and parts
- [備件, 備品, 备用零件, spare part, spares]
- [轉台, 旋转台, 回转台, turntable]
- [馬達, 電動機, 电机, motor]
- [幫浦, 泵, pump]
- [感測器, 感應器, 传感器, sensor]
- [電驛, 继电器, relay]
- [零組件, 零部件, component]
- [纜線, 电缆, cable]
- [雷達, radar]
- [天線, antenna, aerial]
- [軸承, bearing]
- [齒輪箱, 变速箱, 减速箱, gearbox, gear box]
- [電池, 蓄电池, battery]
- [密封圈, O型圈, o-ring, seal ring]
- [接頭, 插头, 连接器, connector]
# 故障與處理 / faults and remedies
- [生鏽, 锈蚀, rust, corrosion]
- [卡滯, 卡住, 卡死, jammed, stuck]
- [漏油, 渗油, oil leak]
- [過熱, 温度过高, overheating]
- [異響, 噪音, 噪声, noise]
- [更換, 替换, replace]
- [校準, 标定, calibration]
- [培訓, 训练, training]
# 兩岸用詞 / words of Taiwan and of the mainland
- [軟體, 软件, software]
- [硬體, 硬件, hardware]
- [韌體, 固件, firmware]
- [網路, 网络, network]
- [網際網路, 互联网]
- [程式, 程序]
- [資訊, 信息]
- [訊號, 信号, signal]
- [訊息, 消息]
- [螢幕, 熒幕, 屏幕]
- [資料庫, 数据库, database]
- [數據機, 调制解调器, modem]
- [記憶體, 内存]
- [硬碟, 硬盘]
- [磁碟, 磁盘]
- [光碟, 光盘]
- [滑鼠, 鼠标]
- [印表機, 打印机, printer]
- [列印, 打印]
- [伺服器, 服务器, server]
- [電腦, 计算机, computer]
- [晶片, 芯片, chip]
- [電晶體, 晶体管]
- [位元, 比特]
- [頻寬, 带宽, bandwidth]
- [介面, 界面, 接口]
- [解析度, 分辨率]
- [類比, 模拟]
- [數位, 数字]
- [雷射, 鐳射, 激光, laser]
- [品質, 质量]
- [視訊, 视频]
- [音訊, 音频]
- [使用者, 用户]
- [登入, 登录]
- [預設, 默认]
- [設定, 设置]
- [支援, 支持]
- [相容, 兼容]
- [回饋, 反馈]
- [當機, 宕機, 死机]
- [重啟, 重新启动, restart, reboot]
- [扭力, 扭矩, torque]
"""


@cache
def starter_groups() -> tuple[SynonymGroup, ...]:
    """The groups of STARTER."""
    return parse(STARTER.encode())
