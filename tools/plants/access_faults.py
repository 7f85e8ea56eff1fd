"""Planted faults in the rules of accounts, devices and permissions."""

from tools.plants.fault import Fault

ACCESS_FAULTS: tuple[Fault, ...] = (
    Fault(
        "a device may report itself as any other",
        "server/messaging/broker_users.py",
        "own_status = (topics.status(user.station),",
        'own_status = (topics.status("+"),',
        ("test_broker_users",),
    ),
    Fault(
        "the stations of the box may publish pictures",
        "server/messaging/broker_users.py",
        'topics.test("+")), any_status)',
        'topics.test("+")), (everything,))',
        ("test_broker_users",),
    ),
    Fault(
        "a device's name may be a line of the broker's files",
        "server/messaging/broker_users.py",
        "if not _NAME.fullmatch(name):",
        "if not _NAME.match(name):",
        ("test_broker_users",),
    ),
    Fault(
        "a kiosk may close the day",
        "server/domain/permissions.py",
        "STATION_READING | {Move.ISSUE, Action.SCAN, Action.REPRINT}",
        "STATION_READING | {Move.ISSUE, Action.SCAN, Action.REPRINT, Action.CLOSE_DAY}",
        ("test_permissions",),
    ),
)
