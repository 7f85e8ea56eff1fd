"""The broker's users: hashes, rights, and names that cannot add a line to its files."""

import base64

import pytest

from config import device_words
from server.access.broker_passwords import hash_password
from server.messaging.broker_users import BrokerUser, acl_lines, own_rights, rights
from server.wire.broker_login import BOX_USER, CHECK_USER, SERVER_USER
from server.wire.topics import Topics

TOPICS = Topics("mau")
HASH = hash_password("secret")


def user(name: str, kind: str, *counters: str) -> BrokerUser:
    return BrokerUser(name, kind, name, counters, HASH)  # type: ignore[arg-type]


HALL = (
    user("kiosk-1", "kiosk"),
    user("tv-1", "display"),
    user("counters-1", "counter", "c1", "c2"),
    user("sign-1", "node", "c1"),
    user("sign-3", "node", "c3"),
    user("board", "program"),
)


DEVICES = {
    "kiosk-1": ["screen", "printer"],
    "tv-1": ["screen", "speaker"],
    "counters-1": [
        f"{device}-{counter}" for counter in ("c1", "c2") for device in ("sign", "keypad", "pad", "scanner")
    ],
    "sign-1": ["sign"],
    "sign-3": ["sign"],
}


def test_a_hash_has_the_form_of_mosquitto_and_never_the_password() -> None:
    salt_and_digest = (  # of a line that mosquitto_passwd made
        "/uYTK3ui0gkycd+W",
        "TYxQjAHfNth2iUJHijk9HSWnOvRlLZ1DFSmlGqON16qJkPCblGQc/5HnqE/rapriOM0lDvhrauH4LkfjFhZU/w==",
    )
    salt = base64.b64decode(salt_and_digest[0])
    assert hash_password("secret", salt) == "$".join(("", "7", "101", *salt_and_digest))
    assert hash_password("secret") != hash_password("secret")
    assert "secret" not in HASH


@pytest.mark.parametrize("name", ["a b", "a:b", "a\nuser b", "a/b", "+", "#", "", "x" * 64, SERVER_USER, "á", "A"])
def test_a_name_that_means_something_in_the_files_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be in the broker's files"):
        user(name, "kiosk")
    with pytest.raises(ValueError, match="cannot be in the broker's files"):
        user("sign-1", "node", name)


@pytest.mark.parametrize("password_hash", ["", "plain", f"{HASH}\nmallory:{HASH}", "$6$a$b"])
def test_a_foreign_hash_is_refused(password_hash: str) -> None:
    with pytest.raises(ValueError, match="not one of Mosquitto's"):
        BrokerUser("kiosk-1", "kiosk", "kiosk-1", (), password_hash)


def test_only_the_server_writes_pictures() -> None:
    every_right = {**own_rights(TOPICS), **{user.name: rights(user, HALL, TOPICS) for user in HALL}}
    for name, user_rights in every_right.items():
        if name != SERVER_USER:
            assert all(topic.startswith("luot/v1/mau/status/") for topic in user_rights.writes), name


def test_a_device_writes_its_own_status_only() -> None:
    for device in HALL[:-1]:
        own, *devices = rights(device, HALL, TOPICS).writes
        assert own == f"luot/v1/mau/status/{device.name}"
        assert devices == [f"{own}/{name}" for name in DEVICES[device.name]]
    assert rights(HALL[-1], HALL, TOPICS).writes == ()


def test_every_kind_of_device_that_pages_name_can_be_reported() -> None:
    reported = {topic.rpartition("/")[2].partition("-")[0] for device in HALL for topic in reported_topics(device)}
    assert reported == device_words.NAMES.keys() - {"name"}, "the server itself reports a name that two stations have"


def reported_topics(device: BrokerUser) -> tuple[str, ...]:
    return rights(device, HALL, TOPICS).writes[1:]


def test_a_node_reads_its_counter_and_a_counter_station_the_status_of_its_nodes() -> None:
    assert rights(HALL[3], HALL, TOPICS).reads == (
        "luot/v1/mau/counter/c1",
        "luot/v1/mau/server",
        "luot/v1/mau/restart/sign-1",
    )
    reads = rights(HALL[2], HALL, TOPICS).reads
    assert [topic for topic in reads if "status" in topic] == ["luot/v1/mau/status/sign-1"]


def test_the_lines_name_each_user_once_with_its_topics() -> None:
    lines = acl_lines(HALL, "mau")
    assert [line for line in lines if line.startswith("user ")] == [
        *(f"user {name}" for name in (SERVER_USER, BOX_USER, CHECK_USER)),
        *(f"user {user.name}" for user in HALL),
    ]
    at = lines.index("user kiosk-1")
    assert lines[at + 1 : lines.index("user tv-1")] == [
        "topic read luot/v1/mau/board",
        "topic read luot/v1/mau/office",
        "topic read luot/v1/mau/server",
        "topic read luot/v1/mau/work/kiosk-1",
        "topic read luot/v1/mau/restart/kiosk-1",
        "topic write luot/v1/mau/status/kiosk-1",
        *(f"topic write luot/v1/mau/status/kiosk-1/{device}" for device in DEVICES["kiosk-1"]),
    ]
    assert lines[lines.index(f"user {CHECK_USER}") + 1] == "user kiosk-1"
