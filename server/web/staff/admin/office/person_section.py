"""The section of the people: what each of them serves, and with which weight."""

from server.domain.office_changes import Part
from server.web.staff.admin.office.item_names import clerk_name
from server.web.staff.admin.office.list_fields import ServicesField
from server.web.staff.admin.office.section import OfficeSection

CLERK_SECTION = OfficeSection(
    key="clerks",
    part=Part.CLERK,
    title=lambda words: words("office", "Cán bộ"),
    about=lambda words: words(
        "office", "Mỗi cán bộ phục vụ những lĩnh vực nào. Họ tên, vai trò và tài khoản ở trang Người dùng."
    ),
    fields=(
        ServicesField(
            "services",
            lambda words: words("office", "Lĩnh vực cán bộ phục vụ"),
            lambda words: words("office", "Số của lĩnh vực không chọn thì không bao giờ được gọi đến cán bộ này."),
            all_name=lambda words: words("office", "mọi lĩnh vực của quầy đang ngồi"),
        ),
        ServicesField(
            "also",
            lambda words: words("office", "Trong đó, chỉ phục vụ thêm"),
            lambda words: words(
                "office",
                "Số của lĩnh vực phục vụ thêm chỉ được gọi khi không còn số nào của lĩnh vực chính gọi được, hoặc khi"
                " đã chờ quá thời gian mục tiêu.",
            ),
        ),
    ),
    item_name=clerk_name,
    columns=("services", "also"),
    closed_name=lambda words: words("office", "đã nghỉ"),
)
