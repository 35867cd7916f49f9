"""Finds addresses that lead to a door, in a text in plain form.

A town or a district alone is where many people are, and stays.
"""

import re
from collections.abc import Iterator

from classifier.masking.spans import Kind, Span

_NOT_IN_NAMES = (
    "的址在住于到是去来从寄送给我你您他她它们和与就那这个打想问请找把被让跟对说叫要不没也都了吗呢吧啊"
    "喺佢哋嘅唔咗先上下有"
)
_PLACES = (  # what has such a character in its name
    "上海|上饶|上虞|上环|上水|成都|昌都|新都|花都|江都|宜都|丰都|都江堰|都匀|于都|和平|和田|永和|中和|仁和|"
    "呼和浩特|来宾|从化|那曲"
)
_NAME = rf"(?:{_PLACES}|(?![{_NOT_IN_NAMES}])[\u4e00-\u9fff])"
_NUMBER = r"(?:[0-9]{1,5}(?:-[0-9]{1,4}){0,3}|[零〇一二两三四五六七八九十百]{1,6}|[a-z]座?)"
_HONG_KONG = (  # quarters, which have no character in common that would tell them
    "香港仔|铜锣湾|湾仔|中环|金钟|上环|西环|坚尼地城|西营盘|北角|天后|炮台山|鲗鱼涌|太古|筲箕湾|柴湾|小西湾|跑马地|鸭脷洲|赤柱|薄扶林|"
    "尖沙咀|佐敦|油麻地|旺角|太子|大角咀|深水埗|长沙湾|荔枝角|美孚|石硖尾|九龙塘|九龙城|九龙湾|黄大仙|慈云山|钻石山|新蒲岗|红磡|"
    "土瓜湾|何文田|启德|牛头角|观塘|蓝田|油塘|秀茂坪|将军澳|西贡|沙田|大围|火炭|马鞍山|大埔|粉岭|上水|元朗|天水围|屯门|荃湾|葵涌|葵芳|"
    "青衣|东涌|氹仔|路环"
)
_AREA = (  # atomic: an area that was found is not looked for again in other parts
    rf"(?>(?:(?:香港|九龙|新界|澳门)\s*)?(?:(?:{_HONG_KONG})\s*)?"
    rf"(?:{_NAME}{{2,6}}?(?:省|自治区)\s*)?(?:{_NAME}{{1,8}}?(?:市|自治州)\s*)?"
    rf"(?:(?:{_NAME}{{1,6}}?(?:新区|(?<![小社])区|县)|{_NAME}{{2,6}}?旗)\s*)?(?:{_NAME}{{1,6}}?(?:街道|镇|乡)\s*)?)"
)
_ROAD = (
    rf"(?:(?<=[省市区县旗州镇乡]){_NAME}{{1,8}}|{_NAME}{{1,4}})(?:大道|路|街|道|巷|弄|胡同|村)"
    r"(?:[东南西北中]路?|[一二三四五六七八九十]段)?"
)
_LARGE = (
    "(?:小区|社区|花园|家园|花苑|公寓|公馆|大厦|大楼|广场|新村"
    "|(?<!客服|服务|呼叫|订单|退订|体检|用卡|贷款|接听|短信|热线|投诉)中心)"
)
_ESTATE = (
    rf"{_NAME}{{1,6}}"
    rf"(?:{_LARGE}|[苑城府湾里庭轩阁邨院村]|(?<![公乐校])(?<!动物|植物|幼儿)园)(?:(?:{_NUMBER}|[东南西北中])[区期])?"
)
_HOUSE = (
    rf"{_NUMBER}(?:号楼|号院|栋|幢|座(?!席)|单元|室|楼|层|房|户|组|弄|巷|号(?![线码段]))"
    r"(?:之(?:[0-9]{1,3}|[一二三四五六七八九十]{1,2})(?![0-9天日周月年个号]))?"
)
_BUILDING = rf"{_NUMBER}(?:号楼|号院|栋|幢|座(?!席)|单元|室)"
_ROOM = r"(?:[0-9]{3,4}|[零一二三四五六七八九]{3,4})"
_SPACE = r"[\s,]{0,2}"
_MORE = rf"(?:{_SPACE}{_HOUSE}){{0,4}}(?:{_SPACE}{_ROOM}(?![0-9号元块年点]))?(?:室|号房|房)?"
_NOT_INSIDE = "投诉|取消|退订|拒绝|停|别|周边|附近"
_INSIDE = (  # what stands behind the number of the house
    rf"(?:(?:(?!{_NOT_INSIDE}){_NAME}){{1,8}}?{_LARGE}(?:(?<!中心)|(?={_HOUSE}))(?:{_HOUSE}{_MORE})?"
    rf"|\s?{_ESTATE}{_SPACE}{_BUILDING}{_MORE})?"
)
_ADDRESS = re.compile(
    rf"{_AREA}{_ROAD}{_SPACE}{_HOUSE}{_MORE}{_INSIDE}"
    rf"|{_AREA}{_ESTATE}{_SPACE}{_BUILDING}{_MORE}"
    rf"|{_NUMBER}(?:号楼|栋|幢|座|单元){_SPACE}(?:{_HOUSE}|{_ROOM}(?![0-9号元块年点])){_MORE}"
    rf"|{_NAME}{{2,6}}?省{_NAME}{{2,6}}?市{_NAME}{{1,6}}?[区县市旗](?:{_NAME}{{1,6}}?(?:镇|乡|街道|村)){{0,2}}(?:{_ROAD}\s?{_NUMBER})?"
)
_SCREEN = re.compile(r"[0-9零〇一二两三四五六七八九十百a-z](?:号|栋|幢|座|单元|室|楼)|省")


def find_addresses(text: str) -> Iterator[Span]:
    """Yield the addresses in a text.

    Args:
        text: In plain form.
    """
    if _SCREEN.search(text):
        yield from (Span(*found.span(), Kind.ADDRESS) for found in _ADDRESS.finditer(text))
