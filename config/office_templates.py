"""The templates of an office, from which the first set-up chooses one."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.load import validate
from config.office import OfficeSettings, load_office
from config.words import TextId

FOLDER = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class OfficeTemplate:
    """``name`` and ``description``: texts of the set-up page."""

    name: TextId
    description: TextId


TEMPLATES: Mapping[str, OfficeTemplate] = {
    "one-stop": OfficeTemplate(
        TextId("setup", "Bộ phận Một cửa"),
        TextId("setup", "15 lĩnh vực của phường, xã, có sẵn thủ tục và giấy tờ cần mang theo; 6 quầy"),
    ),
    "room": OfficeTemplate(
        TextId("setup", "Phòng làm việc nhỏ"),
        TextId("setup", "15 lĩnh vực của phường, xã, có sẵn thủ tục; 2 quầy, quầy nào cũng tiếp nhận mọi lĩnh vực"),
    ),
    "clinic": OfficeTemplate(
        TextId("setup", "Phòng khám"),
        TextId("setup", "Tiếp đón, khám bệnh, xét nghiệm, thu viện phí, nhà thuốc; 4 quầy"),
    ),
    "counter": OfficeTemplate(
        TextId("setup", "Quầy giao dịch, cửa hàng"),
        TextId("setup", "Giao dịch, tài khoản, tư vấn, thanh toán, khiếu nại; 3 quầy"),
    ),
    "empty": OfficeTemplate(
        TextId("setup", "Trống"),
        TextId("setup", "Một lĩnh vực và một quầy"),
    ),
}
"""By the name of the template's file."""


def office_of_template(template: str, office_id: str, name: Mapping[str, str]) -> OfficeSettings:
    """Return the office of a template of ``TEMPLATES`` under its own id and name.

    Raises ``ConfigError`` for a name that no office can have.
    """
    path = FOLDER / f"{template}.toml"
    office = load_office(path)
    return validate(OfficeSettings, office.model_dump() | {"id": office_id, "name": dict(name)}, path.name)
