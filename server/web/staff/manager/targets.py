"""The target of waiting time in words, also where services have targets of their own."""

from collections.abc import Mapping

from config.words import Words
from server.domain.office import OfficeDefinition


def target_texts(office: OfficeDefinition, words: Words) -> Mapping[str, str]:
    """Return the texts about the target, for the pages "now" and "day".

    ``within``: the heading of the share; ``overdue``: of people who wait longer, with the gap ``{n}``; ``definition``:
    of the share's denominator.
    """
    minutes, own = office.rules.target_min, office.own_targets
    if not own:
        return {
            "within": words("manager", "Được gọi trong vòng {minutes} phút", minutes=minutes),
            "overdue": words("manager", "và {n} người đang chờ quá {minutes} phút", n="{n}", minutes=minutes),
            "definition": words(
                "manager",
                "Mẫu số: lượt đã được gọi, lượt bỏ về hoặc còn đang chờ khi đã quá {minutes} phút",
                minutes=minutes,
            ),
        }
    services = ", ".join(
        words("manager", "{service} {minutes} phút", service=words.pick(office.services[service].name), minutes=target)
        for service, target in own.items()
        if not office.services[service].closed
    )
    return {
        "within": words("manager", "Được gọi trong thời gian mục tiêu"),
        "overdue": words("manager", "và {n} người đang chờ quá mục tiêu", n="{n}"),
        "definition": words(
            "manager",
            "Mục tiêu: {minutes} phút; riêng {services}. Mẫu số: lượt đã được gọi, lượt bỏ về hoặc còn đang chờ khi đã"
            " quá mục tiêu",
            minutes=minutes,
            services=services,
        ),
    }
