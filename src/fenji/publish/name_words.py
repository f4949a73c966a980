"""Word lists that tell a person's name from a title or an office, folded as in a search."""

from __future__ import annotations

_HONORIFICS = """
    adj amb brig capt captain cdr cdt cmdr col colonel cpl cpt dr eng engr gen ing lcol lt ltc maj major maître mme mlle
    mr mrs ms off prof sgt sheikh sir
"""
# Words of offices, which are not names when they occur in one.
_OFFICES = """
    acceptance admin and base battery battalion brigade captain centre center chief clerk command commander company
    contact control controller crew customer deputy desk department director division driver duty electrical engineer
    engineering first foreman general group head installation inspector leader lead liaison logistics main maintenance
    manager mechanic mechanical military mission navigation network night noc north of office officer operations
    operator procurement position power project quality radar radio representative room safety second section security
    senior service shift site software south spare spares squad staff stores store supervisor supply support system team
    technical technician test the tower training unit user warehouse watch west east workshop
"""
_PARTICLES = "abu al bin bint bou de del den der dos el ibn la las los ould van von"
_CALL_WORDS = "cell channel ext extension mob mobile no phone tel telephone 分机 内线 号码 呼 手机 电台 电话 线路"
_TITLES = """
    工 总 先生 女士 小姐 工程师 工长 主任 主管 经理 科长 处长 局长 所长 站长 队长 班长 组长 连长 营长 排长 团长 参谋
    教官 师傅 老师 部长 厂长 院长 司令 政委 助理 干事 同志 博士
"""
_SURNAMES = """
    王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧肖程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎阎余潘杜戴夏钟汪
    田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季
    俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍覃霍
    翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边闫佘练骆付代麦容初瞿褚班全井米欧穆
"""

HONORIFICS = frozenset(_HONORIFICS.split())
OFFICES = frozenset(_OFFICES.split())
PARTICLES = frozenset(_PARTICLES.split())
CALL_WORDS = frozenset(_CALL_WORDS.split())
TITLES = frozenset(_TITLES.split())
SURNAMES = frozenset("".join(_SURNAMES.split()))
