"""A start with faults of the network leaves only the faulty parts out."""

import json
import time
from pathlib import Path

from server.messaging.trial_client import TrialClient
from server.wire.broker_login import BrokerLogin, box_login
from server.wire.mqtt_probe import ACCEPTED, connack_code
from server.wire.topics import Topics
from support.certificates import credential, write
from support.guarded_hall import BROKER_PORT, LOCAL_BROKER_PORT, OFFICE, VISITOR_PORT, GuardedHall, guarded_hall
from support.waiting import until

SECOND = "10.15.9.1"
"""An address that the box gets after its start."""


def published_visitor_url(hall: GuardedHall) -> str | None:
    """Return the address of the visitors' pages in the picture that kiosks receive."""
    topic, login = Topics(OFFICE).office, box_login(hall.state)
    with hall.host("box").inside(), TrialClient(LOCAL_BROKER_PORT, login, "any", time.monotonic) as client:
        assert client.connect() and client.subscribe(topic)
        assert client.publish(Topics(OFFICE).status("kiosk-1"), b"")  # its confirmation follows the retained picture
        return next((json.loads(payload)["visitor_url"] for name, payload in client.received if name == topic), None)


def network_health(hall: GuardedHall) -> tuple[str, str | None]:
    parts = hall.box().get("/api/v1/health").json["server"]
    return next(((part["state"], part["code"]) for part in parts if part["device"] == "network"), ("none", None))


def test_a_hall_with_a_wrong_certificate_an_open_secret_and_a_late_address_works_and_says_so(tmp_path: Path) -> None:
    issuer = credential("Root CA")
    certificate, key = write(tmp_path, credential("motcua.phuong.vn", issuer), issuer)
    key.write_text(credential("other", issuer).pem().partition("-----BEGIN CERTIFICATE-----")[0])
    secret = tmp_path / "id.secret"
    secret.write_text("bí mật", encoding="utf-8")
    secret.chmod(0o644)
    provider = {
        "issuer": "https://id.example.vn",
        "client_id": "luot",
        "name": "Cổng",
        "client_secret_file": str(secret),
    }
    tls = {"certificate": str(certificate), "key": str(key)}
    with guarded_hall(
        tmp_path, tls=tls, oidc=provider, broker_network=f"{SECOND}:{BROKER_PORT}", visitor_url=""
    ) as hall:
        manager = hall.person("lanh-dao")
        assert manager.get("/manager").status == 200, "HTTPS by the hall's own authority"
        with hall.host("box").inside():
            until(lambda: connack_code("127.0.0.1", LOCAL_BROKER_PORT, box_login(hall.state)) == ACCEPTED)
        until(lambda: network_health(hall) == ("fault", "address_closed"), lambda: str(network_health(hall)))
        health = manager.get("/staff/health?lang=en").body.decode()
        assert "other machines cannot connect to an address" in health.lower()
        page = hall.person("quan-tri").get("/admin/network?lang=en").body.decode()
        for words in ("do not belong together", "chmod 600", f"{SECOND}:{BROKER_PORT}"):
            assert words in page and words in hall.log

        hall.host("box").ip(f"address add {SECOND}/32 dev lo")  # the first interface: now the main address
        kiosk = next(device for device, token in hall.broker_passwords.items() if device.startswith("kiosk"))
        login = BrokerLogin(kiosk, hall.broker_passwords[kiosk], hall.authority)
        with hall.host("box").inside():
            until(lambda: connack_code(SECOND, BROKER_PORT, login) == ACCEPTED, lambda: hall.log[-3000:])
        until(lambda: network_health(hall) == ("warning", "certificate"), lambda: str(network_health(hall)))
        until(lambda: published_visitor_url(hall) == f"http://{SECOND}:{VISITOR_PORT}")  # kiosks have it without a fact
