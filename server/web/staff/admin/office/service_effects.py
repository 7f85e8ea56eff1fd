"""The effects of a changed target or question about priority of a service."""

from collections.abc import Iterator

from server.domain.office import OfficeDefinition
from server.web.staff.admin.office.fields import FieldContext


def service_sentences(before: OfficeDefinition, after: OfficeDefinition, context: FieldContext) -> Iterator[str]:
    """Yield what changes for visitors and the manager of a service that was there before."""
    words = context.words
    for service in after.services_offered.values():
        old = before.services.get(service.id)
        if old is None:
            continue
        name = context.service_name(service.id)
        if service.place is not None and old.place != service.place:
            yield words(
                "office",
                "Ki-ốt thôi cấp số {service} và hướng dẫn người dân đến: {place}. Người đang chờ vẫn được phục vụ.",
                service=name,
                place=service.place,
            )
        if service.place is None and old.place is not None:
            yield words("office", "Ki-ốt cấp số {service} trong giờ tiếp nhận.", service=name)
        if old.asks_priority and not service.asks_priority:
            yield words("office", "Ki-ốt thôi hỏi diện ưu tiên khi lấy số {service}.", service=name)
        if service.asks_priority and not old.asks_priority:
            yield words("office", "Ki-ốt hỏi diện ưu tiên khi lấy số {service}.", service=name)
        if old.target_min != service.target_min:
            yield words(
                "office",
                "Trang toàn sảnh cảnh báo khi người lấy số {service} chờ quá {minutes} phút; báo cáo tính theo số này.",
                service=name,
                minutes=after.target_of(service.id),
            )
