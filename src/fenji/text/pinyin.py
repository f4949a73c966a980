"""How Chinese characters are read: pinyin without tones, and the words that typed letters may spell. Pure.

The readings of simplified characters are made from the data of pypinyin and pinyin-data (MIT License, copyright 2016
mozillazg and hotoo): the first reading of each character, and those that stand in several of its words. `ü` is `v`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import product

# A syllable, then the characters that are read that way; syllable after syllable.
_READINGS = (
    "a啊嗄腌锕阿ai叆哀哎唉嗌嗳埃嫒挨暧爱瑷癌皑矮砹碍艾蔼锿隘霭騃an俺唵埯安岸庵按揞暗案桉氨犴胺谙铵鞍鹌黯ang卬昂盎肮ao"
    "傲凹嗷坳奥媪岙廒懊拗敖澳熬獒磝翱聱螯袄謷遨鏊鏖骜鳌ba八叭吧坝岜巴扒把拔捌灞爸疤笆粑罢耙芭茇菝跋钯霸靶魃鲅鲌bai佰"
    "呗拜捭掰摆擘柏白百稗败ban伴办半坂扮扳拌搬斑板版班瓣瘢癍绊舨般钣阪颁bang傍帮梆棒榜浜磅绑膀蒡蚌谤邦镑bao保刨剥勹包"
    "堡孢宝报抱暴曝煲爆胞苞葆薄褒褓豹趵铇雹饱鲍鸨龅bei倍北卑呗备孛悖悲惫杯桮焙狈碑碚背蓓被褙贝辈邶鐾钡陂鞴鹎ben坌奔本"
    "畚笨苯贲锛beng嘣崩泵甏甭绷蚌蹦迸镚bi俾偪匕吡哔壁妣婢嬖币庇庳弊弼彼必愊愎敝比毕毖毙滗濞狴璧畀痹碧秕笔筚箅篦臂舭荜"
    "荸萆蓖蔽薜裨襞诐赑跸辟逼避鄙铋闭陛髀鲾鼻bian便匾卞变弁徧忭扁抃汴煸砭碥窆笾缏编苄蝙褊贬辨辩辫边遍鞭鳊biao婊彪摽杓"
    "标灬瘭膘表裱镖镳飑飙飚骉骠髟鳔bie别憋瘪蹩鳖bin傧宾彬摈斌槟殡滨濒玢瑸缤膑豳镔髌鬓bing丙兵冫冰屏并掤摒柄炳病禀秉邴"
    "鞞饼bo亳伯剥勃博卜啵帛拨搏播擘柏檗泊波渤玻礴箔簸脖膊舶菠薄袯跛踣钵钹铂镈饽馎驳鹁bu不卜卟哺埠堡布怖捕晡步瓿簿蔀补"
    "逋部醭钚钸餔ca嚓擦礤cai倸彩才材猜睬菜蔡裁财踩采can䅟参孱惨惭掺残灿璨粲蚕飡餐骖黪cang仓伧沧舱苍藏鸧cao嘈操曹槽漕"
    "糙艚艹草螬ce䇲侧册厕恻测策荝cen参岑涔ceng噌层曾蹭cha刹叉喳嚓姹察岔差插搽杈查槎檫汊猹碴茬茶衩诧锸镲馇chai侪差拆柴"
    "瘥虿豺钗chan产僝冁刬啴婵廛忏搀浐潺澶禅缠羼蒇蝉蟾觇谄谗躔铲镡镵阐颤馋骣chang伥倡偿厂唱场娼嫦尝常徜怅惝敞昌昶氅猖"
    "玚畅肠苌菖裳锠长阊鬯鲳鲿chao剿吵嘲巢怊抄晁朝潮炒焯耖超钞鼌che伡坼屮彻扯掣撤撦澈砗车chen䟢嗔宸尘忱抻晨榇沉琛瞋碜"
    "称臣衬谌谶趁辰郴陈龀cheng丞乘呈城埕塍惩成承撑晟枨柽橙澄盛瞠秤称程蛏裎诚赪逞酲铖铛骋chi侈傺匙叱吃哧啻嗤坻墀媸尺弛"
    "彨彳持摛敕斥池炽痴瘛眵笞篪翅耻茌蚩螭褫赤踟迟饬驰魑鸱齿chong充冲宠崇忡憧舂艟茺虫重铳chou㤽䌷䓓丑仇俦偢帱惆愁抽畴"
    "瘳瞅稠筹绸臭踌酬雠chu㛀䝙亍储出刍初厨处怵憷搐杵楚楮樗橱歜滁畜矗础绌蜍褚触蹰躇锄除雏黜chuai啜嘬揣搋膪踹chuan串传"
    "喘巛川椽氚穿舛舡船遄钏chuang创幢床怆疮窗闯chui吹垂捶搥棰椎槌炊锤陲chun䞐䲠唇春椿淳纯莼蝽蠢醇鹑chuo啜惙戳绰踔辍辶"
    "龊ci伺刺呲慈次此瓷疵磁祠糍茈茨词赐跐辞雌鹚cong丛从匆囱怱枞淙潨琮璁聪苁葱骢cou凑腠辏cu促卒徂殂猝簇粗蔟踧蹙蹴酢醋c"
    "uan撺攒汆爨窜篡蹿镩cui催啐啛崔悴摧榱毳淬璀瘁粹缞翠脆萃cun存寸忖村皴cuo剉厝嵯挫措搓撮瑳痤矬磋脞蹉酂锉错鹾da哒嗒垯"
    "大妲怛打搭沓燵瘩笪答繨耷荙褡跶达阘靼鞑dai代傣叇呆呔埭岱带待怠戴歹殆玳甙绐袋贷轪迨逮骀黛dan丹但儋单啖弹惮担掸旦殚"
    "氮淡澹疸瘅眈箪耽聃胆萏蛋诞赕郸酖dang党凼垱宕当愓挡档珰砀筜荡菪裆谠铛dao倒刀刂到叨导岛忉悼捣氘焘盗祷稻纛蹈道陦鱽d"
    "e得德的锝deng凳噔嶝戥澄灯登瞪磴等簦蹬邓镫di䃅䗖低嘀地堤娣嫡帝底弟抵敌杕柢棣氐涤滴狄的睇砥碲笛第籴缔羝翟荻蒂觌诋"
    "谛迪递邸镝骶dian佃典坫垫奠巅店惦掂攧殿淀滇点玷电甸癜癫碘簟踮钿阽靛颠diao凋刁叼吊掉碉窎藋调貂钓铞铫雕鲷die叠喋嗲"
    "垤堞揲爹牒瓞碟绖耋蝶谍跌蹀迭鲽ding丁仃叮啶定玎疔盯碇耵腚薡订酊钉铤锭顶饤鼎diu丢铥dong㑈东侗冬冻动咚垌岽峒恫懂栋"
    "氡洞硐胨胴董蕫鸫dou兜抖斗痘窦篼蔸蚪豆逗都陡饾du㱩嘟堵妒度杜椟毒渎渡牍犊独督睹碡笃肚芏蠹读赌都镀阇髑黩duan断椴段"
    "煅短端簖缎锻dui㳔兑堆对怼憝敦碓镦队dun吨囤墩惇敦楯沌炖盹盾砘礅趸蹲遁钝顿duo亸剁咄哆哚垛堕多夺度惰掇敚朵柁柮缍舵"
    "裰跺踱躲铎饳e俄厄吪呃噩垩娥婀屙峨恶愕扼搤腭苊莪萼蛾讹谔轭遏鄂锇锷阏阿颚额饿鳄鹅鹗en恩摁蒽er二佴儿尔洱珥而耳贰迩"
    "铒饵鲕鸸fa乏伐发垡法珐砝筏罚阀fan凡反帆幡梵樊泛烦燔犯畈番矾籓繁翻范蕃藩蘩贩蹯轓返钒饭fang仿匚坊妨房放方枋纺肪舫"
    "芳访邡钫防鲂fei匪吠啡妃废悱扉斐榧沸淝狒痱篚绯翡肥肺腓芾菲蜚诽费镄霏非飞鲱fen份偾分吩坟奋忿愤棼氛汾瀵焚粉粪纷芬豮"
    "酚鲼鼢feng㐽丰俸冯凤唪奉封峰枫沣沨烽疯砜缝葑蜂讽赗逢酆锋风fo佛fou否缶fu付伏佛俘俛俯傅凫副匐呋咈咐复夫妇孚孵富幅"
    "幞府弗怫扶抚拂拊敷斧服桴氟浮涪滏父甫痡砆砩祓福稃符簠绂绋缚罘肤腐腑腹艴芙苻茯莩菔蚨蜉蝠蝮袱讣负赋赙赴趺跗辅辐郛釜"
    "阜阝附韨馥驸鲋鳆麸黻黼ga伽呷嘎噶尕尜尬旮轧钆魀gai丐垓戤改概溉盖该赅钙陔gan坩尴干感擀敢旰杆柑橄泔淦澉甘疳矸秆竿绀"
    "肝苷赣赶酐鳡gang㧏㭎冈刚岗戆扛杠港筻纲缸罡肛钢gao告搞杲槁槔皋睾稾稿篙糕缟羔膏藁诰郜锆镐高ge个仡割各咯哥哿嗝圪塥"
    "戈搁搿格歌疙硌纥胳膈舸葛虼蛤袼铬镉阁隔革骼鬲鸽鿔gei给gen亘哏搄根艮茛跟geng哽埂庚更梗绠羹耕耿赓颈鲠鹒gong䂵供公共"
    "功唝宫工巩廾弓恭拱攻汞珙肱蚣觥贡躬龚gou佝冓勾垢够媾岣彀构枸沟狗笱篝缑苟觏诟购遘钩鞲gu估古呱咕嘏固姑孤崮扢故梏榾"
    "毂汩沽牯牿痼瞽箍罟羖股臌菇菰蛄蛊觚诂谷贾轱辜酤钴锢雇顾馉骨鲴鸪鹄鹘鼓gua㶽䯄刮剐卦呱寡挂栝瓜聒胍褂诖鸹guai乖怪拐"
    "掴guan丱倌关冠官惯掼棺涫灌瘝盥管纶罐莞观贯馆鳏鹳guang光咣广桄犷胱逛gui佹傀刽刿匦匮圭妫宄庋归晷柜桂桧椝椢炔珪瑰癸"
    "皈硅簋规诡贵跪轨闺鬶鬼鲑鳜龟gun丨棍滚磙绲衮辊鲧guo㳡呙啯国埚崞帼掴果椁猓腘虢蜾蝈裹过郭锅馃馘ha哈蛤铪hai亥咳嗨孩"
    "害氦海胲还醢骇骸han函含唅喊寒悍憨憾捍撖撼旱晗汉汗涵瀚焊焓熯罕翰菡蚶邗邯酣闬阚韩顸颔鼾hang吭夯杭沆珩绗航行颃hao号"
    "嗥嚆嚎壕好昊毫浩濠灏皓耗蒿薅蚝豪貉郝镐颢he何劾合吓呵和喝嗬壑曷核河涸盍盒禾翮荷菏蚵褐诃貉贺赫阂阖颌饸鲄鹖鹤龁hei"
    "嘿黑hen噷很恨狠痕heng亨哼恒桁横蘅衡鸻hong吰吽哄宏弘泓洪澒烘红纮荭蕻薨虹訇讧谹轰閧闳鸿黉hou侯候厚后吼喉堠猴瘊篌糇"
    "逅骺鲎鲘hu乎互冱呼唬唿囫壶岵弧忽怙惚戯户戽扈护搰斛楛槲沪浒湖滹烀煳狐猢琥瑚瓠祜笏糊胡葫虍虎蝴觳轷醐鳠鹄鹕鹘鹱hua"
    "划化华哗婳桦滑猾画花话铧骅huai咶坏徊怀槐淮褱踝huan唤圜奂嬛宦寰幻患换擐桓欢洹浣涣漶焕狟獾环痪缓缳萑豢还逭郇锾镮阛"
    "驩鬟鲩huang凰幌徨恍惶慌晃湟潢煌璜癀皇磺篁簧肓荒蝗蟥谎遑锽隍鳇黄hui㧑㻅会卉咴哕喙回彗徽恚恢悔惠慧挥晖晦毁汇洄浍濊"
    "灰烩珲秽绘缋翙翚茴荟蕙虺蛔蟪袆讳诙诲贿辉阓隳颒麾hun婚惛昏昬浑混溷荤诨阍馄魂huo伙劐和嚯惑或攉活濩火砉祸耠获藿蠖豁"
    "货钬锪镬霍ji丌乩亟伎佶偈冀几击剂剞即及叽吉咭哜唧圾基墼妓姬嫉季寂寄屐岌嵇嵴己彐忌急悸戟戢技挤掎既暨机极棘楫殛汲洎"
    "济激犄玑畸畿疾瘠矶祭积稷稽笄笈箕籍系级纪给继绩缉羁肌脊芨芰荠蒺蓟蕺虮觊计讥记诘赍跻跽踖蹐辑迹际集霁饥骥髻鱾鲚鲫鸡"
    "鹡麂齑jia价伽佳假加嘉夹嫁家岬恝戛架枷槚浃珈甲痂瘕稼笳胛茄荚葭蛱袈贾跏迦郏钾铗镓颊驾jian㭴件俭健僭兼减剑剪囝坚奸"
    "尖建戋戬拣捡搛枧柬检楗槛歼毽涧渐湔溅煎牮犍监睑硷碱笕笺简箭篯缄缣翦肩腱舰艰茧荐菅蒹裥见謇谏谫贱趼践踺蹇鉴锏键间鞯"
    "饯鲣鳒鹣jiang僵匠奖姜将彊桨江洚浆犟疆礓糨绛缰耩茳蒋螀讲豇酱降鳉jiao䴔交佼侥僬剿叫噍嚼姣娇峤徼挢搅教敫斠校椒浇湫"
    "焦燋狡皎皦矫礁窖绞缴胶脚艽茭蕉蛟觉角跤轿较郊酵醮铰饺骄鲛鹪jie介借劫卩喈嗟堦姐婕孑届戒截拮捷接揭杰桀桔洁玠界疖疥"
    "皆睫碣秸竭絜结羯节芥蚧蝍街解讦诘诫阶颉骱鲒jin仅今侭劲卺噤堇妗尽巾廑斤晋槿殣津浕浸烬琎瑾矜祲禁筋紧缙荩衿襟觐谨赆"
    "近进金钅锦靳馑jing䴖井京儆兢净刭劲境婧弪径惊憬敬旌景晶泾獍痉睛竞竟粳精经肼胫腈茎荆菁警迳镜阱靓靖静颈鲸jiong䌹冂"
    "扃炅炯窘迥颎jiu久九僦厩咎啾就揪救旧柩桕灸玖疚究纠臼舅赳酒阄韭鬏鸠鹫ju䴗举俱倨僪具剧句咀局居屦巨惧拒拘据掬桔椐榉"
    "橘沮炬犋狙琚疽矩窭聚苣苴莒菊菹裾讵趄距跼踞踽遽醵钜锔锯雎鞠鞫飓驹龃juan䌸倦卷圈娟捐朘桊涓狷眷绢蠲鄄锩镌隽鹃jue倔"
    "决劂厥噘噱嚼孓屩崛抉掘撅攫桷橛爝爵獗珏矍绝蕨觉角觖诀谲蹶蹻镢鴂鴃jun俊军君均峻捃浚皲竣菌郡钧馂骏鲪麇麕ka佧卡咔咖"
    "喀胩kai凯剀垲开忾恺愒慨揩楷欬蒈铠锎锴闿kan侃刊勘坎埳堪崁戡槛欿看瞰砍莰龛kang亢伉康慷扛抗炕穅糠钪闶kao尻拷栲烤犒"
    "考铐靠鲓ke克刻可咳嗑坷壳客岢恪搕柯棵氪渴溘珂疴瞌磕科稞窠缂苛蝌课轲钶锞颏颗骒髁ken啃垦恳肯裉龈keng吭坑硁铿kong倥"
    "孔崆恐控空箜kou口叩寇扣抠眍筘芤蔻鷇ku刳哭喾堀库枯窟绔苦袴裤酷骷kua侉垮夸姱挎胯跨kuai㧟㱮侩哙块快狯筷脍蒯郐鲙kuan"
    "宽款窾髋kuang况劻匡哐圹夼恇抂旷框狂眶矿筐纩诓诳贶邝kui亏匮喟喹夔奎媿岿悝愦愧揆暌溃盔睽瞆窥篑聩葵蒉蝰跬逵鐀隗馈馗"
    "骙魁kun困坤壸悃捆昆琨裈醌锟阃髡鲲鹍kuo廓扩括蛞阔la剌啦喇垃拉旯瘌砬腊蜡辣邋镴lai俫崃徕来梾涞濑癞睐籁莱赉赖铼lan㳕"
    "䍀兰婪岚惏懒拦揽斓栏榄滥漤澜烂篮缆罱蓝褴襕览谰镧阑lang啷廊朗榔浪狼琅稂莨蒗螂郎锒阆lao佬劳唠姥崂捞栳涝潦烙牢痨老"
    "耢酪醪铑铹le乐了仂勒叻泐肋饹鳓lei傫儡勒嘞垒嫘擂檑泪磊类累絫缧羸耒肋蔂蕾诔酹镭雷颣leng冷塄愣棱楞li㛤㧰丽例俐俚俪"
    "傈利力励历厉厘吏呖哩唳喱坜娌嫠戾李枥栎栗梨沥溧漓澧犁狸猁理璃疠疬痢砺砾礼离立笠篥篱粒粝纚缡罹苈荔莅莉蓠藜蛎蜊蠡褵"
    "詈跞轹逦郦醨醴里锂隶雳骊鲡鲤鳢鹂黎黧lia俩lian奁帘廉怜恋敛梿楝殓涟溓潋濂炼琏练联脸臁莲蔹蠊裢裣连链镰鲢liang两亮俩"
    "凉唡墚晾梁椋粮粱良莨谅踉辆辌量靓魉liao了僚嘹寥寮尥廖撂撩料潦燎獠疗缭聊蓼辽钌镣鹩lie䴕冽列劣咧埒捩洌烈猎裂趔躐鬣l"
    "in临凛吝啉嶙廪懔拎林檩淋琳瞵磷粼膦蔺赁躏辚遴邻霖鳞麟ling令伶凌另呤囹岭柃棂泠灵玲瓴绫羚翎聆苓菱蛉酃铃陵零领鲮鸰龄"
    "liu六刘旒柳榴流浏溜熘琉留瘤硫绺罶蹓遛鎏锍镏镠陆飗馏骝鹠鹨long咙垄垅拢昽栊泷珑癃眬砻礲窿笼聋胧茏陇隆龙lou㥪䁖偻喽"
    "娄嵝搂楼溇漏瘘篓耧蒌蝼镂陋露髅lu僇卢卤噜垆庐录戮掳撸栌橹氇泸渌漉潞澛炉璐硵碌禄箓簏绿胪舻芦虏赂路轳辂辘逯镥陆露颅"
    "鲁鲈鸬鹭鹿麓luan乱卵娈孪峦挛栾滦脔銮鸾lun仑伦囵抡沦纶论轮luo㑩倮啰捋捰摞攞椤泺洛漯猡珞瘰箩络罗脶荦萝落螺蠃裸逻锣"
    "镙雒骆骡lv侣偻吕屡履律捋旅榈氯滤率稆穞绿缕膂虑褛铝闾驴lve掠略锊ma㐷吗唛嘛妈嬷抹杩犸玛码祃蚂蟆马骂麻mai买劢卖埋脉"
    "荬迈霡霾麦man埋墁嫚幔慢曼满漫熳瞒缦蔓蛮螨谩镘鞔颟馒鳗mang尨忙氓漭盲硭芒茫莽蟒邙铓mao冒卯峁帽懋旄昴毛泖牦猫瑁瞀矛"
    "耄茂茅茆蝥蟊袤貌贸铆锚髦me么mei妹媒媚寐嵋昧枚梅楣每没浼湄煤猸玫眉糜美莓袂酶镁镅霉魅鹛men们懑扪焖钔门闷meng勐孟幪"
    "懵朦梦檬氓猛甍盟瞢礞艋艨萌蒙虻蜢蠓锰鹲mi冖咪嘧宓密幂弥弭敉汨泌猕眯祢秘米糜糸縻脒芈蘼蜜觅谜谧迷醚靡麋mian免冕勉娩"
    "宀棉沔渑湎眄眠绵缅腼面miao喵妙庙描杪淼渺眇瞄秒缈苗藐邈鹋mie乜咩灭篾蔑蠛min岷悯愍抿敏民泯珉皿缗苠闵闽鳘黾ming冥名"
    "命明暝溟瞑茗螟酩铭鸣miu缪谬mo墨嫫寞抹摩摸摹末模殁没沫漠瘼磨秣耱脉膜茉莫蓦蘑谟貊貘镆陌馍魔默mou侔哞某牟眸缪蛑谋鍪"
    "麰mu亩仫募坶墓姆幕幙慕拇暮木模母毪沐牟牡牧目睦穆苜钼na呐哪娜拏拿捺纳肭衲那钠镎nai乃奈奶柰氖耐艿萘鼐nan南喃囡楠男"
    "腩蝻赧难nang囊囔攮曩馕nao呶垴孬恼挠淖猱瑙硇脑蛲铙闹ne呢疒讷nei内馁nen嫩恁neng能ni伲你倪儗匿呢坭妮尼怩拟旎昵泥溺"
    "猊睨腻臡逆铌霓鲵nian埝年廿念拈捻撵碾粘蔫辇辗鲇鲶niang娘酿niao㭤嬲尿溺脲茑袅鸟nie啮嗫孽捏涅聂臬蘖蹑镊镍陧颞nin您n"
    "ing佞凝咛宁拧柠泞狞甯聍苧niu妞忸扭拗牛狃纽钮nong㶶侬农哝弄浓秾脓nou耨nu努奴孥弩怒胬驽nuan暖nuo傩喏娜懦挪掿搦糯诺"
    "锘nv女恧衄钕nve疟虐ou偶呕怄欧殴沤瓯耦藕讴鸥pa啪帕怕扒杷爬琶筢耙葩趴pai俳哌徘拍排派湃牌蒎迫pan判叛攀槃泮潘爿畔盘"
    "盼磐胖蟠袢襻蹒pang乓厐庞彷旁滂磅耪胖螃逄鳑pao刨匏咆庖抛泡炮炰狍疱脬袍跑pei佩呸培帔旆沛珮胚裴赔辔配醅锫陪霈pen喷"
    "湓盆peng嘭堋弸彭怦抨捧朋棚澎烹砰硼碰篷膨蓬蟛鹏pi䴙丕仳僻劈匹否啤噼圮坏坯埤媲屁庀批披擗枇毗淠琵甓疋疲痞癖皮睥砒纰"
    "罴脾芘蚍蜱被裨譬貔辟邳郫铍陴霹鲏鼙pian便偏扁片犏篇翩胼谝蹁骈骗piao僄剽嘌嫖朴殍漂瓢瞟票缥莩螵飘骠pie丿撇氕瞥苤pin"
    "㺍品姘嫔拼榀牝聘蠙贫频颦ping乒俜冯凭坪娉屏帡平枰淜瓶苹萍评鲆po䥽叵坡婆朴泊泼珀皤破笸粕迫鄱酦钋钷颇魄pou剖抔掊裒p"
    "u仆匍噗圃埔堡扑攴攵普暴曝朴氆浦溥濮瀑璞脯莆菩葡蒲谱蹼铺镤镨qi七乞亓企俟其凄启嘁器圻埼奇契妻屺岂岐崎弃憩戚揭旗期"
    "杞柒栖桤棋槭欺歧气汔汽沏泣淇漆琦琪畦砌碛祁祈祺綦綮绮耆脐芑芪萁萋葺蕲蛴蜞讫起跂蹊迄锜颀骐骑鲯鳍麒齐qia卡恰掐洽葜"
    "髂qian仟伣佥倩凵前千堑岍嵌悭愆慊扦掮搴椠欠歉浅潜牵签箝纤缱肷芊芡茜虔褰谦谴迁遣钎钤钱钳铅阡骞鹐黔qiang丬呛墙嫱强"
    "戕戗抢枪樯炝玱羌羟腔蔷蜣襁跄锖锵镪qiao乔侨俏劁壳峭巧悄愀憔撬敲桥樵橇瞧硗硚窍缲翘荞诮谯跷锹雀鞒鞘qie且伽切妾怯惬"
    "挈窃箧茄郄锲qin亲侵勤吣嗪噙寝嵚揿擒檎沁溱琴禽秦芩芹螓衾钦锓骎qing倾凊卿圊庆庼情擎晴檠氢氰清磬箐綮罄苘蜻謦请轻青"
    "顷鲭黥qiong䓖琼穷穹筇芎茕蛩跫邛銎qiu䲡丘俅囚巯楸求泅犰球秋糗虬蚯蝤裘赇逑遒邱酋鳅鹙鼽qu劬区去取娶屈岖曲朐氍渠璩癯"
    "瞿磲祛胠苣蕖蘧蛆蛐蠼衢觑诎趋趣躯阒驱鸲麹黢龋quan全券劝圈悛惓拳权棬泉犬犭畎痊筌绻荃蜷诠踡辁醛铨颧鬈鳈que却悫榷瘸"
    "确碻缺阕阙雀鹊qun囷群裙逡ran冉染然燃苒蚺髯rang勷嚷壤攘瀼瓤禳穰让rao娆扰桡绕荛饶re惹热ren人亻仁仞任刃壬妊忍稔纫纴"
    "荏葚衽认讱轫韧饪reng仍扔ri日驲rong冗容嵘戎榕溶熔狨绒肜茸荣蓉蝾融rou揉柔楺糅肉蹂鞣ru乳儒入嚅如孺汝洳溽濡缛茹蓐薷"
    "蠕褥襦辱铷颥ruan朊软阮rui䌼婑枘瑞睿芮蕊蕤蚋锐run润闰ruo偌弱箬若sa仨卅挲摋撒洒纚脎萨钑飒sai僿噻塞腮赛鳃san三伞叁"
    "散毵糁馓sang丧嗓搡桑磉颡sao埽嫂扫搔瘙缫臊骚鳋se啬塞涩瑟穑色铯sen森椮seng僧sha傻刹厦唼啥杀榝歃沙煞痧砂纱莎裟铩霎"
    "鲨shai晒筛酾shan䦅删剡善埏姗嬗山彡扇掞擅杉栅椫汕潸煽珊疝禅缮膳膻舢芟苫蟮衫讪赡跚鄯钐闪陕骟鳝shang上伤商垧墒尚晌"
    "殇汤熵绱裳觞赏shao劭勺哨少捎杓梢潲烧稍筲绍艄芍苕蛸邵韶she佘厍奢射慑慴折摄歙涉滠猞畲社舌舍蛇设赊赦麝shei谁shen什"
    "伸参呻哂娠婶审慎椹沈深渖渗甚申瘆矧砷神绅肾胂莘蜃诜谂谉身鲹sheng乘剩升圣声嵊牲生甥盛省眚笙绳胜shi䴓世事什仕似使侍"
    "势匙十史嗜噬埘埶士失始实室尸屎市师式弑恃拭拾施时是柿氏浉湿炻狮矢石示礻筮舐莳蓍虱蚀螫视誓识试诗谥豉豕贳轼适逝释铈"
    "食饣饰驶鲥鲺鸤shou兽受售守寿手扌授收狩瘦绶艏首shu书倏叔塾墅姝孰属庶恕戍抒摅数暑曙术束枢树梳殊殳毹沭淑漱澍熟疏秫"
    "竖纾署腧舒菽蔬薯蜀赎输述黍鼠shua刷唰耍shuai帅摔率甩蟀衰shuan拴栓涮闩shuang双孀爽霜骦鹴shui水氵涚睡税谁shun吮瞚瞬"
    "舜顺shuo妁搠朔槊烁硕蒴说铄si丝伺似俟兕厮厶司咝嗣嘶四姒寺巳思撕斯死汜泗澌祀私笥纟缌耜肆蛳锶飔饲驷鸶song凇宋崧嵩忪"
    "怂悚松淞竦耸菘讼诵送颂sou䉤叟嗖嗽嗾廋搜擞溲瞍艘薮螋锼飕馊su㴋俗僳嗉塑夙宿愫愬涑溯稣簌粟素肃苏蔌觫诉谡速酥餗骕鹔s"
    "uan狻算蒜酸sui䍁尿岁濉燧眭睟睢碎祟穗绥荽虽谇遂邃隋随隧髓sun孙损榫狲笋荪隼飧suo唆唢嗍嗦娑所桫梭琐睃索缩羧蓑锁ta㳠"
    "他嗒塌塔她它拓挞搨榻沓溻狧獭趿踏蹋遝遢铊闼鳎tai台太态抬汰泰炱肽胎苔跆邰酞钛鲐tan叹坍坛坦弹忐探摊昙檀毯滩潭炭痰瘫"
    "碳袒覃谈谭贪郯钽锬tang㓥倘傥唐堂塘帑搪棠樘汤淌溏烫瑭糖羰耥膛螗螳趟躺铴镋镗饧tao叨咷啕套弢掏搯桃梼洮涛淘滔绦绹萄"
    "讨逃陶韬饕鼗te忑忒慝特铽teng䲢滕疼腾藤誊ti䴘体倜剃剔啼嚏屉悌惕提擿替梯殢涕绨缇荑裼踢蹄逖逷醍锑题鳀鶗鹈tian填天忝"
    "恬掭殄添甜田畋腆舔觍阗靔tiao佻挑条眺祧窕笤粜蜩调跳迢髫鲦龆tie帖萜贴铁餮ting亭停厅听婷庭廷挺梃汀渟烃町艇莛葶蜓霆"
    "颋tong仝佟僮同嗵彤恸捅桐桶潼痌痛瞳砼童筒统茼通酮铜鲖tou亠偷头媮投透钭骰tu兔凸吐图土堍屠徒涂秃突腯荼菟途酴钍tuan"
    "剸团彖抟湍疃tui推煺腿蜕褪退颓tun吞囤屯忳暾氽臀豚饨鲀tuo䓕乇佗唾坨妥媠庹托拓拖捝柝椭橐沱沲砣箨脱萚讬跅跎酡陀饦驮"
    "驼鸵鼍wa佤哇娃娲挖洼瓦腽蛙袜wai㖞外崴歪wan万丸刓剜塆婉完宛弯惋挽晚湾烷玩琬畹皖碗纨绾脘腕芄莞菀蔓蜿豌顽wang㲿亡妄"
    "往忘惘旺望枉汪王网罔辋魍wei㭏为亹伟伪位偎卫危味唯喂囗围圩委威娓尉尾嵬巍帏帷微惟慰未桅沩洧涠渭湋潍炜煨猥猬玮畏痿"
    "硙纬维胃艉苇萎葳蔚薇诿谓軎违逶闱隈隗韡韦韪魏鲔鳂wen刎吻揾文榅汶温玟璺瘟稳紊纹蕰蚊辒问闻阌雯鳁weng嗡瓮翁蓊蕹鹟wo"
    "倭卧喔幄我挝捰握斡沃涡渥猧硪窝肟莴蜗龌wu乌五仵伍侮儛兀务勿午吴吾呒呜唔圬坞妩婺寤屋巫庑忤怃恶悟悮戊捂无晤杌梧武毋"
    "污浯焐物牾痦碔窹舞芜芴蜈诬误迕邬鋈钨铻阢雾骛鹀鹉鹜鼯xi㶉习僖兮吸唏喜嘻夕奚媳嬉屃屣巇希席徙息悉惜戏扱昔晰曦析栖樨"
    "檄欷汐洗浠淅溪烯熄熙熹牺犀狶玺皙矽硒禊禧稀穸粞系细绤羲翕膝舄舾茜菥葸蓰蜥螅蟋袭裼西觋豨蹊郗郤醯铣锡阋隙隰饩饻鳛鼷"
    "xia下侠匣厦吓呷夏峡暇柙狎狭瑕瞎硖罅虾辖遐霞黠xian仙先冼县咸娴嫌宪岘崄弦挦掀显暹氙涎燹狝猃献现痫祆筅籼纤线羡腺舷"
    "苋莶藓蚬衔贤跣跹酰醎铦锨闲限险陷霰馅鲜鹇xiang乡享像厢向响巷庠想橡湘相祥箱缃翔芗葙蚃蟓襄详象镶降项飨饷香骧鲞xiao"
    "削哓哮啸嚣孝宵小崤效敩晓枭枵校殽消淆潇硝笑筱筿箫绡肖萧蟏逍销霄骁魈鸮xie些亵偕写勰协卸媟屑廨懈挟携撷斜械楔榍榭歇"
    "泄泻渫瀣燮猲獬絜绁缬胁薤蝎蟹血谐谢躞邂邪鞋xin䜣信囟心忄忻新昕欣歆焮芯薪衅辛鑫锌馨xing兴刑型姓幸形性悻惺擤星杏猩"
    "省硎腥荇荥行邢醒钘铏陉骍xiong兄凶匈汹熊胸讻诇雄xiu休修咻嗅宿岫庥朽溴秀绣羞臭袖褎貅锈馐髹鸺xu勖叙吁呴喣嘘墟婿媭序"
    "徐恤戌旭栩洫溆煦畜盱糈絮绪续胥蓄蓿虚许诩谞酗醑需须顼魆xuan儇喧宣悬揎旋暄楦泫渲漩炫煊玄璇痃癣眩眴碹绚萱衒谖轩选铉"
    "镟xue削吷学峃泶穴薛血谑踅雪靴鳕鸴xun㖊勋噀埙寻峋巡巽徇循恂旬曛桪殉汛洵浔潠熏狥獯窨荀荨蕈训讯询迅逊醺驯鲟ya䅉丫亚"
    "伢压吖呀哑垭娅岈崖押挜揠桠氩涯牙琊痖睚砑芽蚜衙讶轧迓铔雅鸦鸭yan䜩䶮严俨偃兖匽厌厣咽唁堰奄妍嫣宴岩崦巘延彦恹掩揜"
    "晏檐沿淹湮滟演炎烟焉焰焱燕琰盐眼研砚筵罨胭腌艳芫蜒衍觃言讠谚谳赝郾鄢酽闫阉阎雁颜餍验魇黡鼹yang仰佯养央徉怏恙扬旸"
    "杨样殃氧泱洋漾炀烊疡痒秧羊蛘钖阳鞅飏鸯yao傜吆咬夭妖姚尧峣崾幺徭摇曜杳爻珧瑶疟窈窑繇耀肴腰舀药要谣轺遥邀钥飖鳐鹞y"
    "e䥺业也冶叶咽噎夜掖揶晔暍曳椰液烨爷耶腋谒邺野铘靥页馌yi一义乙亦亿以仪伊佚佾依倚刈劓勚医呓咦咿噫圯埶埸壹夷奕姨宜"
    "屹峄嶷已异弈弋彝役忆怡怿悒意懿抑挹揖旖易椅欹殪毅沂泆溢漪熠猗疑疫痍瘗癔益眙矣祎移绎缢羿翊翌翳翼肄胰臆舣艺艾苡薏蚁"
    "蜴衣衤裔襼议译诒诣谊貤贻轶迆迤逸遗邑酏钇铱镒镱颐饴驿鹝鹢鹥黟yin䲟印吟吲喑嚚因垠堙夤姻寅尹崟廴引慭殷氤洇淫溵狺瘾"
    "胤茚茵荫蚓裀訚鄞铟银阴隐霪音饮骃龂龈ying䓨嘤婴媵嬴应影撄映楹樱溁滢潆瀛瑛璎瘿盈硬绬缨罂膺英茔荧莹莺萤营萦蓥蝇赢迎"
    "郢锳颍颕颖鹦鹰yong佣俑勇咏喁墉壅庸恿慵拥永泳涌澭用甬痈臃蛹踊邕镛雍颙饔鲬鳙you优佑侑卣又友右呦囿宥尢尤幼幽忧悠攸"
    "有柚油游牖犹猷由疣莜莠莸蒏蚰蚴蝣诱邮酉釉铀铕鱿鲉黝鼬yu与予于伛余俞俣吁喻圄圉域妤妪娱宇寓尉屿峪嵛庾御愈愉愚揄昱杅"
    "榆欤欲毓浴淤渔渝滪煜燠狱狳玉玙瑜瘀瘐盂禹禺窬窳竽粥纡羽聿肀育腴臾舁舆芋萸蓣虞蜮蝓裕觎誉语谀谕豫迂逾遇郁钰阈隅雨雩"
    "预饫馀驭鬻鱼鹆鹬龉yuan元冤原员园圆垣垸塬媛怨愿掾援橼沅渊湲源爰猿瑗眢箢缘苑螈袁贠辕远院鸢鸳鹓鼋yue乐刖岳彟悦曰月"
    "樾瀹籥粤约越跃钥钺阅龠yun云允匀孕恽愠昀晕殒氲沄涢煴熨狁筠筼纭缊耘芸蒀蕴赟运郓郧酝陨韫韵za匝咂咋咱扎拶杂砸臜zai仔"
    "傤再哉在宰崽栽灾甾载zan咱拶攒昝暂瓒簪糌赞趱錾zang奘脏臧葬藏赃驵zao凿唣噪早枣澡灶燥皂糟藻蚤躁造遭ze仄则咋啧帻择昃"
    "泽笮箦舴责赜迮zei贼鲗zen怎谮zeng增憎曾甑缯罾赠锃zha乍咤哳喳扎揸札柞栅楂榨渣炸痄眨砟蚱诈轧铡闸鲊鲝齄zhai债宅寨择"
    "摘擿斋瘵砦窄zhan占展崭战搌斩旃栈毡沾湛盏瞻站粘绽蘸詀詹谵辗颤飐鳣鹯zhang丈仉仗嫜嶂帐幛张彰掌杖樟涨漳獐璋瘴章胀蟑"
    "账鄣长障麞zhao兆召啁找招昭朝棹沼照爪着笊罩肇诏赵钊zhe哲折柘浙着磔者蔗蛰蜇螫褶詟谪赭辄辙这遮锗鹧zhen侦圳帧振斟朕"
    "枕桢榛浈珍珎瑱甄畛疹真砧祯稹箴纼缜胗臻蓁诊贞赈轸酖针镇阵震鸩zheng争峥征怔拯挣政整正烝狰症睁筝蒸证诤郑钲铮zhi之侄"
    "值制卮只吱咫址埴夂峙帙帜彘志忮执指挚掷搘摭支旨智枝枳栀栉桎植止殖汁治滞炙疐痔痣直知祉祗秩稚窒絷纸织置职肢胝脂膣至"
    "致芝芷蛭蜘觯豸质贽趾跖跱踬踯轵轾郅酯铚锧陟雉骘鳷鸷黹zhong中仲众冢忠盅种终肿舯螽衷踵重钟锺zhou侜僽周咒妯宙州帚昼"
    "柚洲皱籀粥纣绉肘胄舟荮诌诪赒轴辀酎骤鸼zhu㔉丶主伫住侏助嘱属拄朱杼柱株槠橥注洙渚潴炷烛煮猪珠疰瘃瞩祝竹竺筑箸纻翥"
    "舳苎茱蛀蛛褚诛诸贮躅逐邾铢铸驻麈zhua抓爪zhuai拽zhuan䏝专传啭撰砖篆赚转颛馔zhuang壮妆庄撞桩状装zhui坠惴椎缀缒赘追"
    "锥隹骓zhun准窀肫谆zhuo䦃倬卓啄拙捉擢斫桌棁浊浞涿濯灼琢着禚茁诼酌镯zi仔兹咨姊姿子字孜孳嵫恣梓淄渍滋滓眦秭笫籽粢紫"
    "缁耔胔自觜訾谘赀资趑辎锱镃髭鲻龇zong偬宗总棕疭粽纵综腙踪骔鬃zou奏揍楱诹走邹鄹陬驺鲰zu俎卒族祖租组诅足镞阻zuan攥"
    "纂缵躜钻zui嘴晬最朘罪蕞醉zun尊撙樽遵鳟zuo佐作做唑坐左座怍昨柞琢祚胙阼"
)
_UMLAUT = re.compile("([jqxy])v")
_PARTS = re.compile("([a-z]+)([^a-z]+)")
_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcsyw")
_LONGEST_SYLLABLE = 6
UNFINISHED = "*"  # after a syllable that may go on
_MOST_UNITS = 12  # syllables and first letters in what is typed
_MOST_SPELLINGS = 4  # spellings that are tried for one word
# Sounds that many speakers do not distinguish are reduced to one of them.
_MERGED_SOUNDS = re.compile("^(zh|ch|sh)|ng$")

Spelling = tuple[str, ...]  # syllables, the last one perhaps unfinished, and first letters that stand for one


@cache
def _characters_by_syllable() -> dict[str, frozenset[str]]:
    """Return syllable → the characters that are read that way."""
    characters = {syllable: frozenset(letters) for syllable, letters in _PARTS.findall("".join(_READINGS))}
    for syllable in [syllable for syllable in characters if "v" in syllable]:  # many write u for ü
        characters[syllable.replace("v", "u")] = characters[syllable] | characters.get(
            syllable.replace("v", "u"), frozenset()
        )
    return characters


@cache
def _syllables_by_character() -> dict[str, tuple[str, ...]]:
    """Return character → its syllables."""
    syllables: dict[str, tuple[str, ...]] = {}
    for syllable, characters in _characters_by_syllable().items():
        for character in characters:
            syllables[character] = (*syllables.get(character, ()), syllable)
    return syllables


def readings(character: str) -> tuple[str, ...]:
    """Return the syllables of a folded character; none for an unknown one."""
    return _syllables_by_character().get(character, ())


@cache
def _initials_by_character() -> dict[str, str]:
    """Return character → the first letters of its syllables."""
    return {
        character: "".join(dict.fromkeys(syllable[0] for syllable in syllables))
        for character, syllables in _syllables_by_character().items()
    }


def initials(word: str) -> list[str]:
    """Return the first letters of a word's readings: `备件` → `bj`, `重启` → `zq`, `cq`; none if one is unknown."""
    initials_by_character = _initials_by_character()
    letters = [initials_by_character.get(character, "") for character in word]
    plain = "".join(letters)
    if len(plain) == len(word):
        return [plain] if all(letters) else []
    return ["".join(combination) for combination in product(*letters)][:_MOST_SPELLINGS]


def may_read_alike(word: str, other: str) -> bool:
    """Tell whether two words may have the same reading."""
    return len(word) == len(other) and all(
        {*readings(left)} & {*readings(right)} for left, right in zip(word, other, strict=True)
    )


def may_sound_alike(word: str, other: str) -> bool:
    """Tell whether two words may sound alike from a speaker who says `z` for `zh` and `in` for `ing`."""
    return len(word) == len(other) and all(
        _sounds(left) & _sounds(right) for left, right in zip(word, other, strict=True)
    )


@lru_cache(maxsize=1 << 12)
def _sounds(character: str) -> frozenset[str]:
    return frozenset(_MERGED_SOUNDS.sub(lambda match: match[0][0], syllable) for syllable in readings(character))


@cache
def characters_for(unit: str) -> frozenset[str]:
    """Return the characters read as a syllable; for a prefix or with `*`, those whose reading begins with it."""
    exact = _characters_by_syllable().get(unit)
    if exact:
        return exact
    prefix = unit.rstrip(UNFINISHED)
    return frozenset().union(
        *(characters for syllable, characters in _characters_by_syllable().items() if syllable.startswith(prefix))
    )


def mark_unfinished(spelling: Spelling) -> Spelling:
    """Return the spelling with its last syllable marked as unfinished."""
    return (*spelling[:-1], spelling[-1] + UNFINISHED)


def parse_spellings(typed: str) -> list[Spelling]:
    """Return the ways to read lower-case letters as pinyin of two or more characters; at most 4, most likely first."""
    plain = _UMLAUT.sub(r"\1u", typed)
    candidates = (
        [spelling for spelling in _split_units(plain, _MOST_UNITS) if len(spelling) > 1]
        if plain.isascii() and plain.isalpha()
        else []
    )
    fewest = min(map(count_initials, candidates), default=0)
    return [spelling for spelling in candidates if count_initials(spelling) == fewest][:_MOST_SPELLINGS]


def is_syllables(typed: str) -> bool:
    """Tell whether letters are one or more whole syllables."""
    return (
        any(not count_initials(spelling) for spelling in _split_units(_UMLAUT.sub(r"\1u", typed), _MOST_UNITS))
        if typed.isascii()
        else False
    )


def count_initials(spelling: Spelling) -> int:
    """Count the parts of a spelling that are only the first letters of a syllable."""
    return sum(unit not in _characters_by_syllable() for unit in spelling)


@lru_cache(maxsize=256)
def _split_units(typed: str, max_units: int) -> list[Spelling]:
    """Return the ways to split letters into syllables and first letters; the last may be a syllable's beginning."""
    if not typed:
        return [()]
    if not max_units:
        return []
    units = [
        typed[:size]
        for size in range(min(len(typed), _LONGEST_SYLLABLE), 0, -1)
        if typed[:size] in _characters_by_syllable()
    ]
    units += [initial for initial in _INITIALS if typed.startswith(initial)]
    if len(typed) <= _LONGEST_SYLLABLE and typed not in units and characters_for(typed):
        units.append(typed)
    candidates = ((unit, *rest) for unit in units for rest in _split_units(typed[len(unit) :], max_units - 1))
    return sorted(candidates, key=lambda spelling: (count_initials(spelling), len(spelling)))[: 4 * _MOST_SPELLINGS]


def spelling_pattern(spelling: Spelling) -> str:
    """Return a regular expression that finds a spelling in folded text: a character class for each part."""
    return "".join(f"[{''.join(sorted(characters_for(unit)))}]" for unit in spelling)


def matches_spelling(word: str, spelling: Sequence[str]) -> bool:
    """Tell whether a word may be read as a spelling says."""
    return len(word) == len(spelling) and all(
        character in characters_for(unit) for character, unit in zip(word, spelling, strict=True)
    )
