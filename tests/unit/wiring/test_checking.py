"""The linter of configuration: one broken folder per finding, each with its line."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from gateway.routing.catalogue import read
from gateway.settings import Settings
from gateway.wiring.checking import check_folder
from gateway.wiring.files import read_folder
from gateway.wiring.located import Located
from gateway.wiring.secrets import make_mock_secrets

ROOT = Path(__file__).parents[3]
CONFIG = ROOT / "config"
#: From here on every road of the shipped configuration is in use.
DAY = date(2026, 8, 1)
LAND, TAX = "agencies/land_registry.toml", "agencies/tax.toml"
POWER = "agencies/electricity.toml"
XA = "agencies/commune.toml"
WATER, BEFORE = "agencies/water.toml", "# Không ai gọi ai"
SFTP = '[office.sftp]\nhost = "sftp.mau.example"\nuser = "cong"\n{}\n\n'
#: A public key that nobody has the other half of.
KNOWN = f'host_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{"A" * 43}"]'
ONE_STOP, RULES = "agencies/one_stop.toml", "routing/competence.toml"
PLAN = "procedures/1.999001.toml"


@dataclass(frozen=True)
class Broken:
    """One edit, where its finding has to stand, and what it has to say."""

    file: str
    old: str
    new: str
    at: str
    #: the line, as it stands after the edit; ``^N``: N lines from the first such one
    what: str
    todo: str = ""
    warning: bool = False
    among: bool = False
    #: the edit breaks more than this
    where: str = ""
    #: the file that the finding names, if another


CALENDAR = "calendar/2026.toml"
BROKEN = {
    "a holiday twice": Broken(
        CALENDAR, "date = 2026-11-24", "date = 2026-09-02", "date = 2026-09-02^2",
        "Ngày nghỉ 02/09/2026 ghi hai lần",
    ),
    "a calendar of an unknown unit": Broken(
        CALENDAR, "[[holiday]]\ndate = 2026-01-01",
        '[[unit]]\noffices = ["land-xa"]\nweekend = ["sunday"]\n\n'
        "[[holiday]]\ndate = 2026-01-01",
        'offices = ["land-xa"]', "Không có đơn vị land-xa trong cấu hình",
    ),
    "a day off that the law gives is missing": Broken(
        CALENDAR, 'date = 2026-02-18\nname = "Tết Nguyên đán (mùng 2)"',
        'date = 2026-02-15\nname = "x"', "# Lịch làm việc năm 2026",
        "Thiếu ngày 18/02/2026", "Đối chiếu", warning=True,
    ),
    "no TOML": Broken(PLAN, "[cases]", "[cases", "[cases", "Tệp không đọc được"),
    "office without a code": Broken(
        LAND, 'id = "land-mau-2"\n', "", "[[office]]^2", "chưa có mã", "Ghi id",
        among=True,
    ),
    "rule without a code": Broken(
        RULES, 'id = "thue-mau-2"\n', "", "[[rule]]^7", "Quy tắc chưa có mã"
    ),
    "unit without a code": Broken(
        LAND, "[office.opened]",
        '[[office.slip_issuer]]\ncommunes = ["99101"]\n\n[office.opened]',
        "[[office.slip_issuer]]", "Đơn vị lập phiếu chưa có mã", among=True,
    ),
    "two with one code": Broken(
        TAX, 'id = "tax-goi"', 'id = "tax-mau-2"', 'id = "tax-mau-2"^2',
        "Cơ quan tax-mau-2 được khai báo 2 lần", "Mỗi mã chỉ khai một lần", among=True,
    ),
    "unknown key": Broken(
        RULES, "verified = false", "verifed = false", "verifed = false",
        "Khóa lạ «verifed»", "Có phải «verified»?",
    ),
    "unknown key of a dialect": Broken(
        LAND, "provincial = false ", "provincal = false ", "provincal",
        "Khóa lạ «provincal»", "Có phải «provincial»?",
    ),
    "unknown key that nothing is like": Broken(
        ONE_STOP, 'results = "link"', 'results = "link"\nbananas = 3', "bananas = 3",
        "Khóa lạ «bananas»", "Bỏ khóa này",
    ),
    "a lane that cannot be read": Broken(
        TAX, "per_second = 5.0 ", "per_secnd = 5.0", "[[office]]",
        "Không đọc được: office tax-mau-1: lane", among=True,
    ),
    "a lane key that is spelt wrong": Broken(
        TAX, "per_second = 5.0 ", "per_secnd = 5.0", "per_secnd",
        "Khóa lạ «per_secnd»", "Có phải «per_second»?", among=True,
    ),
    "a procedure that cannot be read": Broken(
        PLAN, 'version = "2026.1"\n', "", "# Chuyển nhượng quyền",
        "Không đọc được: procedure 1.999001",
    ),
    "a road to nowhere": Broken(
        TAX, 'by = "tax-cong"', 'by = "tax-xa"', 'by = "tax-xa"',
        "Cơ quan tax-mau-1: không có đường đi qua tax-xa",
    ),
    "two roads on one day": Broken(
        TAX, '[[office.road]]\nby = "tax-cong"\n',
        '[[office.road]]\nby = "agencies"\nfrom = 2026-07-01\n\n'
        '[[office.road]]\nby = "tax-cong"\n',
        "[[office.road]]", "two roads on 2026-07-01",
    ),
    "an agency without an office": Broken(
        PLAN, 'agency = "tax"', 'agency = "forest"', 'agency = "forest"',
        "không có cơ quan nào thuộc forest", among=True,
    ),
    "nobody competent from a day on": Broken(
        RULES, "from = 2026-07-01", "from = 2026-09-01", "[[leg]]^2",
        "Từ ngày 01/08/2026 không đơn vị nào của tax nhận thủ tục 1.999001, 1.999002,"
        " 1.999004, 1.999005 của xã 99104", "competence.toml", where=PLAN,
    ),
    "competence that ends": Broken(
        RULES, "from = 2026-01-01", "from = 2026-01-01\nto = 2026-12-31", "[[leg]]",
        "Từ ngày 01/01/2027 không đơn vị nào của land_registry", where=PLAN,
    ),
    "a commune that nobody has": Broken(
        "areas/communes.toml", '[[commune]]\ncode = "99101"',
        '[[commune]]\ncode = "99109"\nname = "Xã Mẫu Chín"\nfrom = 2026-10-01\n\n'
        '[[commune]]\ncode = "99101"', "[[leg]]",
        "Từ ngày 01/10/2026 không đơn vị nào của land_registry", where=PLAN, among=True,
    ),
    "competence that overlaps": Broken(
        RULES, 'communes = ["99101", "99102", "99103", "99105", "99106", "99107"]',
        'communes = ["99101", "99102", "99103", "99104", "99105", "99106", "99107"]', "[[rule]]^7",
        "Quy tắc thue-mau-1 và thue-mau-2 cùng nhận xã 99104", "ghi to", among=True,
    ),
    "competence everywhere that overlaps": Broken(
        RULES, 'communes = ["99101", "99102", "99103", "99105", "99106", "99107"]\n', "", "[[rule]]^7",
        "Quy tắc thue-mau-1 và thue-mau-2 cùng nhận xã 99104", among=True,
    ),
    "a state that others have": Broken(
        LAND, '17 = "progress"\n', "", "[office.steps]",
        "Cơ quan land-mau-1: bảng trạng thái thiếu 17", "Hỏi đơn vị", warning=True,
    ),
    "a state that means nothing": Broken(
        LAND, '13 = "slip"', '13 = "silp"', "[[office]]",
        "Cơ quan land-mau-1: mục khai thiếu hoặc sai (steps: silp", "tài liệu kết nối",
    ),
    "a case that is not listed": Broken(
        LAND, 'code = "TC-01"', 'code = "TC-02"', "[[office.case]]",
        "Cơ quan land-mau-1: không có trường hợp TC-01 của thủ tục 1.999008",
        'code = "TC-01"',
    ),
    "a commune without the office's numbers": Broken(
        LAND, 'commune = "99102"', 'commune = "99103"', "[[office.area]]",
        "Cơ quan land-mau-1: bảng địa bàn thiếu xã 99102", "[[office.area]]",
    ),
    "a commune without numbers from a day on": Broken(
        LAND, 'commune = "99102"\n', 'commune = "99102"\nto = 2026-12-31\n',
        "[[office.area]]^2", "bảng địa bàn thiếu xã 99102 vào ngày 01/01/2027",
        "thời gian còn thiếu",
    ),
    "two rows of numbers on one day": Broken(
        LAND, '[[office.area]]\ncommune = "99102"\n',
        '[[office.area]]\ncommune = "99101"\ntinh_id = 99\nhuyen_id = 0\nxa_id = 9191\n'
        'from = 2026-09-01\nfiller = ["huyen_id"]\n\n[[office.area]]\ncommune = "99102"\n',
        "[[office.area]]^2", "xã 99101 có hai dòng địa bàn cùng dùng ngày 01/09/2026",
        "Ghi to",
    ),
    "numbers that end before they begin": Broken(
        LAND, 'commune = "99101"\n', 'commune = "99101"\nto = 2025-01-01\n',
        "[[office.area]]", "một dòng địa bàn to trước from", "năm-tháng-ngày",
    ),
    "numbers without a day": Broken(
        LAND, "xa_id = 9101\nfrom = 2025-07-01\n", "xa_id = 9101\n",
        "[[office.area]]", "một dòng địa bàn thiếu 'from'",
    ),
    "two communes with the same numbers": Broken(
        LAND, "huyen_id = 971         # chi nhánh vẫn dùng số của huyện cũ cho xã này\n"
        "xa_id = 9102", "huyen_id = 0\nxa_id = 9101", "[[office.area]]^2",
        "xã 99102 và xã 99101 cùng một bộ số", "Đối chiếu", warning=True,
    ),
    "a filler that is not there": Broken(
        LAND, 'filler = ["huyen_id"]', 'filler = ["quan_id"]', 'filler = ["quan_id"]',
        "filler nêu quan_id", "Ghi tên khóa",
    ),
    "a leg that nothing opens": Broken(
        PLAN, 'opens_on = ["land.slip_issued"]\n', "", "[[leg]]^2",
        "phần việc tax không bao giờ bắt đầu", "Ghi opens_on",
    ),
    "two legs of one agency": Broken(
        "procedures/1.999009.toml", 'agency = "fire"', 'agency = "land_registry"',
        'agency = "land_registry"^2', "land_registry có hơn một phần việc",
        "Gộp thành một phần việc", among=True,
    ),
    "a leg that waits for itself": Broken(
        PLAN, 'opens_on = ["land.slip_issued"]', 'opens_on = ["tax.paid"]',
        'opens_on = ["tax.paid"]', "phần việc tax không bao giờ bắt đầu",
    ),
    "an event that a leg never has": Broken(
        PLAN, 'opens_on = ["land.slip_issued"]', 'opens_on = ["land.deferred"]',
        'opens_on = ["land.deferred"]',
        "chờ sự kiện «land.deferred» không bao giờ xảy ra", "slip_issued",
    ),
    "an event that no dossier has": Broken(
        PLAN, 'on = ["supplemented"]', 'on = ["paid"]', 'on = ["paid"]',
        "chờ sự kiện «paid» không bao giờ xảy ra", "withdrawal_requested",
    ),
    "a leg that never ends": Broken(
        PLAN, 'ends_on = ["finished", "refused", "withdrawn"]',
        'ends_on = ["deferred"]', 'ends_on = ["deferred"]',
        "phần việc land không bao giờ kết thúc", "finished",
    ),
    "a second date of nothing": Broken(
        PLAN, 'on = ["tax.paid", "tax.exempted", "tax.deferred"]\ndays',
        'on = ["tax.finished"]\ndays', 'on = ["tax.finished"]',
        "chờ sự kiện «tax.finished»",
    ),
    "a message that the agency does not know": Broken(
        PLAN, 'kind = "supplement"', 'kind = "suplement"', 'kind = "suplement"',
        "land_registry không có loại thông điệp suplement", "supplement",
    ),
    "a message that the office switched off": Broken(
        LAND, "operations_off = []", 'operations_off = ["paid"]', 'operations_off = ["paid"]',
        "Cơ quan land-mau-1 không nhận paid, mà thủ tục 1.999001", "để nguyên",
        warning=True,
    ),
    "switched off, and no message at all": Broken(
        LAND, "operations_off = []", 'operations_off = ["payed"]',
        'operations_off = ["payed"]', "operations_off nêu payed", "Có phải «paid»?",
    ),
    "a dialect that nobody speaks": Broken(
        LAND, 'mock = "land_registry"\n', 'speaks = "mapinfo"\nmock = "land_registry"\n',
        'speaks = "mapinfo"', "không có cách trao đổi «mapinfo»", "agency list",
        among=True,
    ),
    "a carrier that nobody knows": Broken(
        TAX, 'carrier = "portal"\nsender', 'carrier = "pigeon"\nsender', "[[office]]^2",
        "Cơ quan tax-cong: mục khai thiếu hoặc sai ('pigeon')", "tài liệu kết nối",
    ),
    "a link's key that nobody reads": Broken(
        ONE_STOP, "answer_within_s = 8.0 ", "answer_within = 8.0 ", "answer_within",
        "answer_within", "answer_within_s",
    ),
    "a link to what nobody links to": Broken(
        ONE_STOP, 'office = "land-mau-4"', 'office = "tax-mau-1"', "office = ",
        "cơ quan tax-mau-1 không nối thẳng được", "VBDLIS",
    ),
    "a link without the account for a session": Broken(
        ONE_STOP, 'office = "land-mau-4"', 'office = "land-mau-3"', "office = ",
        "cơ quan land-mau-3 đòi phiên đăng nhập", "client và account",
    ),
    "an identifier that is none": Broken(
        POWER, 'identifier = "9900000016"', 'identifier = "9900000011"', "identifier",
        "Mã định danh của dien-luc-mau", "mã số doanh nghiệp", warning=True,
    ),
    "an entry without what its adapter needs": Broken(
        TAX, 'sender = "H00.LT.01"     #', "# sender", "[[office]]",
        "Cơ quan tax-mau-1: mục khai thiếu hoặc sai ('sender')",
    ),
    "an account whose server nobody knows": Broken(
        WATER, BEFORE, SFTP.format("host_keys = []") + BEFORE, "host_keys = ",
        "chưa có khóa máy chủ nào", "Sửa theo tài liệu kết nối của water",
    ),
    "a fingerprint in place of a key": Broken(
        WATER, BEFORE, SFTP.format('host_keys = ["SHA256:abc"]') + BEFORE, "host_keys = ",
        "khóa máy chủ phải có dạng «ssh-ed25519 AAAA…»",
    ),
    "a password": Broken(
        WATER, BEFORE, SFTP.format(f"{KNOWN}\npassword = 'a'") + BEFORE, "password = ",
        "password",
    ),
    "files in two places": Broken(
        WATER, "[office.water]\n# folder", f"{SFTP.format(KNOWN)}[office.water]\nfolder",
        "[[office]]", "water.folder, sftp: chỉ ghi một trong hai",
    ),
}  # fmt: skip


def line_of(text: str, at: str) -> int:
    """Number of the first (or the nth) line that begins with a text."""
    begin, _, nth = at.partition("^")
    rows = [n for n, row in enumerate(text.splitlines(), 1) if row.startswith(begin)]
    return rows[int(nth or 1) - 1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(CONFIG, tmp_path / "config")
    return tmp_path / "config"


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_broken_folder_is_told_at_its_line(broken: Broken, folder: Path) -> None:
    path = folder / broken.file
    text = path.read_text("utf-8")
    assert broken.old in text
    path.write_text(text.replace(broken.old, broken.new, 1), "utf-8")
    found = check_folder(folder, DAY)
    named = folder / (broken.where or broken.file)
    line = line_of(named.read_text("utf-8"), broken.at)
    meant = [one for one in found if broken.what in one.finding.what]
    assert [(one.file, one.line) for one in meant] == [(str(named), line)], found
    assert meant[0].finding.warning is broken.warning
    assert broken.todo in meant[0].finding.todo
    assert meant[0].finding.todo
    if not broken.among:
        assert found == meant


def test_a_text_among_numbers_that_no_adapter_knows_is_told_at_the_rarer_one(
    folder: Path,
) -> None:
    path = folder / TAX
    text = path.read_text("utf-8")
    rows = "".join(
        f'\n[[office.area]]\ncommune = "{code}"\nso_rieng = {number}\nfrom = 2025-07-01\n'
        for code, number in (("99101", 7), ("99102", '"08"'), ("99103", 9))
    )
    first, mark, others = text.partition("\n[office.tax]")
    path.write_text(f"{first}{rows}{mark}{others}", "utf-8")
    found = [one for one in check_folder(folder, DAY) if "so_rieng" in one.finding.what]
    line = line_of(path.read_text("utf-8"), 'so_rieng = "08"')
    meant = [one for one in found if "xã 99102 là chữ" in one.finding.what]
    assert [one.line for one in meant] == [line], found


def test_the_shipped_configuration_has_only_findings_that_are_true() -> None:
    assert check_folder(CONFIG, DAY) == []
    # Until the roads of July are in use, tax's own line really does not take these.
    early = check_folder(CONFIG, date(2026, 3, 10))
    assert {one.line for one in early} == {
        line_of((CONFIG / TAX).read_text("utf-8"), "operations_off")
    }
    assert [one.finding.what.split()[5].rstrip(",") for one in early] == [
        "question_answer",
        "slip_supplement",
        "slip_withdraw",
    ]
    assert all(one.finding.warning for one in early)


def checked(folder: Path, **addresses: str) -> list[Located]:
    run_dir = folder.parent / "run"
    settings = Settings(run_dir=run_dir, addresses=addresses)
    return check_folder(folder, DAY, settings=settings)


NODES = ("land_registry", "tax", "one_stop", "open", "electricity", "civil_registry")
ADDRESSES = dict.fromkeys(NODES, "https://a.example")
SECRETS = (
    *("land-mau-1.callback", "land-mau-2.callback", "mot-cua-mau.webhook"),
    *("land-mau-3.callback", "land-mau-3.ilis.client", "land-mau-3.ilis.account"),
    "land-mau-4.callback",
    *("mot-cua-noi-thang.link", "mot-cua-noi-thang.dropin"),
    *("tax-cong.portal", "tax-cong.callback", "pccc-mau-1.open", "pccc-mau-2.open"),
    *("dien-luc-mau.key", "dien-luc-mau.callback"),
    *("btp-mau.btp", "dvclt-mau.dvclt"),
)
PAIRS = ("gateway", *(f"land-mau-{n}" for n in range(1, 5)))


def test_keys_that_nobody_gave_are_told_by_name(folder: Path) -> None:
    keys = folder.parent / "run" / "keys"
    make_mock_secrets(keys, SECRETS, PAIRS)
    assert checked(folder, **ADDRESSES) == []
    shutil.rmtree(keys)
    gone = {"tax-cong.portal", "mot-cua-noi-thang.dropin"}
    kept = [name for name in SECRETS if name not in gone]
    make_mock_secrets(keys, kept, [name for name in PAIRS if name != "land-mau-2"])
    found = checked(folder, **ADDRESSES)
    files = (LAND, ONE_STOP, TAX)
    text = [(folder / file).read_text("utf-8") for file in files]
    assert [(one.line, one.finding.what) for one in found] == [
        (
            line_of(text[0], "[[office]]^2"),
            "Cơ quan land-mau-2: thiếu khóa land-mau-2.cert.pem",
        ),
        (
            line_of(text[1], "[[office]]^2"),
            "Cơ quan mot-cua-noi-thang: thiếu khóa mot-cua-noi-thang.dropin",
        ),
        (
            line_of(text[2], "[[office]]^2"),
            "Cơ quan tax-cong: thiếu khóa tax-cong.portal",
        ),
    ]


def test_a_key_for_an_account_that_nobody_gave_is_told(folder: Path) -> None:
    keys = folder.parent / "run" / "keys"
    make_mock_secrets(keys, SECRETS, PAIRS)
    path = folder / WATER
    text = path.read_text("utf-8")
    path.write_text(text.replace(BEFORE, SFTP.format(KNOWN) + BEFORE), "utf-8")
    (found,) = checked(folder, **ADDRESSES)
    assert found.finding.what == "Cơ quan cap-nuoc-mau: thiếu khóa cap-nuoc-mau.sftp"
    (keys / "cap-nuoc-mau.sftp").write_text("-----BEGIN OPENSSH PRIVATE KEY-----")
    assert checked(folder, **ADDRESSES) == []


def test_an_office_that_cannot_be_reached_is_told(folder: Path) -> None:
    keys = folder.parent / "run" / "keys"
    make_mock_secrets(keys, SECRETS, PAIRS)
    named = ("land-mau-1", "one_stop", "open", "electricity", "civil_registry")
    some = dict.fromkeys(named, "https://a.example")
    found = checked(folder, **some)
    # Packages are carried by people and need none; tax-mau-2 has one line nobody uses.
    assert [one.finding.what for one in found] == [
        "Cơ quan land-mau-2 chưa có địa chỉ",
        "Cơ quan land-mau-3 chưa có địa chỉ",
        "Cơ quan land-mau-4 chưa có địa chỉ",
        "Cơ quan tax-mau-1 chưa có địa chỉ",
        "Cơ quan tax-cong chưa có địa chỉ",
        "Cơ quan tax-mau-2 chưa có địa chỉ",
    ]
    assert [one.line for one in found[3:]] == [
        line_of((folder / TAX).read_text("utf-8"), f"[[office]]^{n}") for n in (1, 2, 3)
    ]


LGSP = """[[platform]]
id = "lgsp-mau"
name = "Nền tảng mẫu"
kind = "lgsp"
address = "https://lgsp.mau.example:8243"
secrets = "lgsp-mau"
app_name = "Cong mau"
partner_code = "H00.01"
"""
EXCHANGE = """[[platform]]
id = "truc-mau"
name = "Trục mẫu"
kind = "xroad_adapter"
dstcode_in = "query"
"""
BEHIND_LGSP = '[office.platform]\nby = "lgsp-mau"\nprefix = "/dv/1.0"\n'
BEHIND_EXCHANGE = (
    '[office.platform]\nby = "truc-mau"\nprefix = "/dv"\ndstcode = "VN:A:B:C"\n'
)


def behind(folder: Path, office: str, platform: str, said: str) -> None:
    """Put an office of the shipped configuration behind a platform."""
    (folder / "platforms.toml").write_text(platform, "utf-8")
    (path,) = [
        file
        for file in (folder / "agencies").glob("*.toml")
        if f'id = "{office}"\n' in file.read_text("utf-8")
    ]
    before, mark, after = path.read_text("utf-8").partition(f'id = "{office}"\n')
    # An entry's own keys come before its first table.
    keys, table, rest = after.partition("\n[office.")
    path.write_text(f"{before}{mark}{keys}\n{said}{table}{rest}", "utf-8")


def test_a_platform_whose_keys_nobody_gave_is_told_at_their_name(folder: Path) -> None:
    keys = folder.parent / "run" / "keys"
    make_mock_secrets(
        keys,
        [*SECRETS, "lgsp-mau.consumer_key", "lgsp-mau.access_key"],
        PAIRS,
    )
    behind(folder, "land-mau-2", LGSP, BEHIND_LGSP)
    found = checked(folder, **ADDRESSES)
    assert [(one.line, one.finding.what) for one in found] == [
        (line_of(LGSP, "secrets"), f"Nền tảng lgsp-mau: thiếu khóa lgsp-mau.{name}")
        for name in ("access_secret", "consumer_secret")
    ]
    assert all(one.file.endswith("platforms.toml") for one in found)
    assert "secrets.json" in found[0].finding.todo


def test_files_of_tls_that_nobody_gave_are_told_of_platform_and_office(
    folder: Path,
) -> None:
    keys = folder.parent / "run" / "keys"
    names = ("consumer_key", "consumer_secret", "access_key", "access_secret")
    make_mock_secrets(keys, [*SECRETS, *(f"lgsp-mau.{n}" for n in names)], PAIRS)
    tls = '\n[platform.tls]\nauthorities = "lgsp.pem"\n'
    behind(folder, "land-mau-2", LGSP + tls, BEHIND_LGSP)
    office = '[office.tls]\ncertificate = "cong"\n'
    path = folder / "agencies" / "electricity.toml"
    head, mark, rest = path.read_text("utf-8").partition("\n[[office.area]]")
    path.write_text(f"{head}\n{office}{mark}{rest}", "utf-8")
    assert {one.finding.what for one in checked(folder, **ADDRESSES)} == {
        "Nền tảng lgsp-mau: thiếu tệp lgsp.pem",
        "Cơ quan dien-luc-mau: thiếu khóa cong.cert.pem",
        "Cơ quan dien-luc-mau: thiếu khóa cong.key.pem",
    }


def test_a_platform_needs_an_address_and_an_office_behind_it_none(folder: Path) -> None:
    keys = folder.parent / "run" / "keys"
    make_mock_secrets(keys, SECRETS, PAIRS)
    behind(folder, "land-mau-2", EXCHANGE, BEHIND_EXCHANGE)
    known = dict.fromkeys(NODES[1:], "https://a.example")
    some = dict.fromkeys(
        ("land-mau-1", "land-mau-3", "land-mau-4"), "https://a.example"
    )
    found = checked(folder, **known, **some)
    assert [(one.line, one.finding.what) for one in found] == [
        (1, "Nền tảng truc-mau chưa có địa chỉ")
    ]
    assert checked(folder, **known, **some, **{"truc-mau": "http://a.example"}) == []


@pytest.mark.parametrize(
    "address", ["lgsp.mau.example", "https://a:b@lgsp.mau.example", "https://x/?k=1"]
)
def test_an_address_that_cannot_be_called_is_told(folder: Path, address: str) -> None:
    text = LGSP.replace("https://lgsp.mau.example:8243", address)
    behind(folder, "land-mau-2", text, BEHIND_LGSP)
    (found,) = check_folder(folder, DAY)
    assert found.line == line_of(text, "address")
    assert "address không phải địa chỉ gọi được" in found.finding.what
    assert "a:b" not in found.finding.what


@pytest.mark.parametrize(
    ("platform", "said"), [(LGSP, BEHIND_LGSP), (EXCHANGE, BEHIND_EXCHANGE)]
)
def test_a_session_that_a_platform_does_not_let_through_is_told(
    folder: Path, platform: str, said: str
) -> None:
    behind(folder, "land-mau-3", platform, said)
    path = folder / LAND
    (found,) = check_folder(folder, DAY)
    assert (found.file, found.line) == (
        str(path),
        line_of(path.read_text("utf-8"), "[office.platform]"),
    )
    assert "cần mã phiên riêng" in found.finding.what
    assert "session = false" in found.finding.todo
    assert not found.finding.warning
    text = path.read_text("utf-8")
    ilis = 'dialect = "ilis"\nclient'
    assert text.count(ilis) == 1
    path.write_text(text.replace(ilis, f"session = false\n{ilis}"), "utf-8")
    assert check_folder(folder, DAY) == []


def test_a_header_that_was_opened_for_the_session_is_in_order(folder: Path) -> None:
    opened = 'authorization_as = "X-Authentication-Token"\n'
    behind(folder, "land-mau-3", LGSP, BEHIND_LGSP + opened)
    assert check_folder(folder, DAY) == []


def test_a_header_of_a_dialect_that_a_platform_takes_away_is_a_warning(
    folder: Path,
) -> None:
    behind(folder, "tax-mau-1", EXCHANGE, BEHIND_EXCHANGE)
    patient(folder)
    (found,) = check_folder(folder, DAY)
    text = (folder / TAX).read_text("utf-8")
    assert (found.line, found.finding.warning) == (
        line_of(text, "[office.platform]"),
        True,
    )
    assert "SOAPAction không qua được nền tảng truc-mau" in found.finding.what
    assert "Hỏi cơ quan" in found.finding.todo


def test_an_lgsp_lets_the_header_of_soap_through(folder: Path) -> None:
    behind(folder, "tax-mau-1", LGSP, BEHIND_LGSP)
    patient(folder)
    assert check_folder(folder, DAY) == []


def patient(folder: Path) -> None:
    """Tax's offices wait longer than a platform does."""
    path = folder / TAX
    text = path.read_text("utf-8")
    path.write_text(text.replace("timeout_s = 30.0", "timeout_s = 70.0"), "utf-8")


def test_an_office_that_waits_less_long_than_its_platform_is_a_warning(
    folder: Path,
) -> None:
    behind(folder, "tax-mau-1", LGSP, BEHIND_LGSP)
    (found,) = check_folder(folder, DAY)
    text = (folder / TAX).read_text("utf-8")
    assert (found.line, found.finding.warning) == (line_of(text, "timeout_s"), True)
    assert "timeout_s ngắn hơn 60 giây" in found.finding.what


def test_two_agencies_on_one_way_are_told(folder: Path) -> None:
    behind(folder, "land-mau-1", LGSP, BEHIND_LGSP)
    behind(folder, "land-mau-2", LGSP, BEHIND_LGSP)
    assert check_folder(folder, DAY) == []
    behind(folder, "tax-mau-1", LGSP, BEHIND_LGSP.replace("/dv/1.0", "dv/1.0/"))
    patient(folder)
    (found,) = check_folder(folder, DAY)
    text = (folder / TAX).read_text("utf-8")
    assert found.line == line_of(text, "[office.platform]")
    assert "tax-mau-1 và land-mau-1 khác ngành" in found.finding.what
    assert not found.finding.warning


@pytest.mark.parametrize("key", ["client", "account"])
def test_an_account_that_an_entry_does_not_name_is_told(folder: Path, key: str) -> None:
    path = folder / LAND
    text = path.read_text("utf-8")
    (line,) = [row for row in text.splitlines() if row.startswith(f"{key} = ")]
    path.write_text(text.replace(f"{line}\n", ""), "utf-8")
    (found,) = check_folder(folder, DAY)
    assert found.finding.what == (
        f"Cơ quan land-mau-3: mục khai thiếu hoặc sai ('land.{key}')"
    )
    assert found.line == line_of(path.read_text("utf-8"), "[[office]]^3")


@pytest.mark.parametrize(
    ("mark", "old", "new"),
    [
        ("# ---- Chi nhánh 3", 'xa_id = "', "xa_id = "),
        ("# ---- Chi nhánh 1", "tinh_id = ", 'tinh_id = "'),
    ],
)
def test_a_number_of_an_area_of_another_type_is_told_at_its_line(
    folder: Path, mark: str, old: str, new: str
) -> None:
    path = folder / LAND
    before, _, after = path.read_text("utf-8").partition(mark)
    head, _, rest = after.partition(old)
    number, _, tail = rest.partition("\n")
    digits = number.strip('"').lstrip("0")
    line = f"{new}{digits}" + ('"' if new.endswith('"') else "")
    path.write_text(f"{before}{mark}{head}{line}\n{tail}", "utf-8")
    (found,) = check_folder(folder, DAY)
    assert found.line == (before + mark + head).count("\n") + 1
    assert "sai kiểu" in found.finding.what
    assert not found.finding.warning


def test_an_office_that_nobody_can_be_called_at_is_a_warning(folder: Path) -> None:
    whole = read(1, read_folder(folder)).offices
    found = check_folder(folder, DAY, contacts=set(whole) - {"land-mau-2"})
    text = (folder / LAND).read_text("utf-8")
    assert [(one.line, one.finding.what, one.finding.warning) for one in found] == [
        (line_of(text, "[[office]]^2"), "Cơ quan land-mau-2 chưa có đầu mối", True)
    ]
    assert "contact add --office land-mau-2" in found[0].finding.todo


def test_files_as_windows_editors_write_them_are_read(folder: Path) -> None:
    path = folder / LAND
    text = path.read_text("utf-8").replace("17 = ", "\t17\t=\t", 1)
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert check_folder(folder, DAY) == []
    assert read_folder(folder) == read_folder(CONFIG)
    path.write_bytes(text.replace("mock = ", "mocc = ", 1).encode("utf-8-sig"))
    (found,) = check_folder(folder, DAY)
    assert found.line == line_of(path.read_text("utf-8-sig"), "mocc")


@pytest.mark.parametrize(
    ("file", "old", "new", "at", "what", "todo"),
    [
        (XA, "[[office]]", "[office]", "[office]", "«office» phải là danh sách",
         "[[office]]"),
        (XA, "[agency]\nid =", "agency =", "agency =", "«agency» phải là một bảng",
         "Viết [agency]"),
        (XA, '[[office.step]]\ncode = "kiem-tra"', '[office.step]\ncode = "kiem-tra"',
         "[[office.step]]", "đã ghi ở trên", "Bỏ bớt"),
        (XA, "in_flight = 8", 'in_flight = "tám"', "in_flight", "phải là số", "= 8"),
        (PLAN, 'opens_on = ["land.slip_issued"]', 'opens_on = "land.slip_issued"',
         'opens_on = "land', "«opens_on» phải là danh sách chữ", "ngoặc vuông"),
        (RULES, 'communes = ["99101", "99102"]', 'communes = "99101"', "communes",
         "«communes» phải là danh sách chữ", "ngoặc vuông"),
        (LAND, "[office.steps]", "[[office.steps]]", "[[office.steps]]",
         "«steps» phải là một bảng", "[office.steps]"),
        (RULES, "from = 2025-07-01", 'from = "01/07/2025"', "[[rule]]",
         "không phải ngày: '01/07/2025'", "2026-07-01"),
        (RULES, 'office = "land-mau-1"', "office = “land-mau-1”", "office",
         "giá trị không đúng", "ngoặc kép thẳng"),
        (RULES, "verified = false", "verified = false\nverified = true", "verified^2",
         "đã ghi ở trên", "Bỏ bớt"),
    ],
)  # fmt: skip
def test_a_form_that_is_not_read_is_told_at_its_line(
    file: str, old: str, new: str, at: str, what: str, todo: str, folder: Path
) -> None:
    path = folder / file
    text = path.read_text("utf-8")
    if old == "[[office]]":
        text = text.partition("[[office.")[0]
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    (found, *more) = check_folder(folder, DAY)
    assert more == []
    assert (found.file, found.line) == (
        str(path),
        line_of(path.read_text("utf-8"), at),
    ), found
    assert what in found.finding.what
    assert todo in found.finding.todo


def test_a_file_in_another_encoding_is_told_how_to_be_saved(folder: Path) -> None:
    path = folder / XA
    path.write_bytes(path.read_text("utf-8").encode("utf-16"))
    (found,) = check_folder(folder, DAY)
    assert "UTF-8" in found.finding.what
    assert "Notepad" in found.finding.todo


def test_what_is_no_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Không có thư mục cấu hình"):
        check_folder(tmp_path / "none", DAY)


def test_fetching_from_an_office_that_pushes_is_found(folder: Path) -> None:
    path = folder / LAND
    text = path.read_text("utf-8")
    path.write_text(
        text.replace("[office.opened]", "[office.pull]\n\n[office.opened]", 1), "utf-8"
    )
    (found,) = check_folder(folder, DAY)
    assert found.line == line_of(path.read_text("utf-8"), "[office.pull]")
    assert "không có chức năng lấy hồ sơ mới" in found.finding.what
    path.write_text(
        text.replace(
            "[office.opened]", '[office.pull]\nevery_s = "5"\n[office.opened]'
        ),
        "utf-8",
    )
    assert any(
        "«every_s» phải là số" in one.finding.what for one in check_folder(folder, DAY)
    )
