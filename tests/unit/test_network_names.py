"""The names and addresses of the box, and the address on visitors' slips."""

import pytest

from server.network.names import BoxNames, find_names, network_addresses, visitor_url

LAN, GUESTS = "192.168.1.10", "10.9.0.1"


def names_of(hostname: str = "hall", *configured: str, main: str | None = LAN) -> BoxNames:
    return find_names(
        configured, hostname=lambda: hostname, addresses=lambda: [GUESTS, LAN, "fd00::5"], main_address=lambda: main
    )


def test_a_box_has_its_hostname_its_mdns_name_and_the_configured_ones() -> None:
    assert names_of("Hall.phuong.vn", "Motcua.Phuong.vn.").names == (
        "motcua.phuong.vn",
        "hall.phuong.vn",
        "hall",
        "hall.local",
    )


def test_a_configured_address_counts_as_an_address() -> None:
    box = names_of("hall", "203.0.113.7")
    assert box.names == ("hall", "hall.local")
    assert box.addresses == (GUESTS, LAN, "fd00::5", "203.0.113.7")


@pytest.mark.parametrize("hostname", ["localhost", "tên máy", "a_b", "", "-x"])
def test_a_hostname_that_no_certificate_can_hold_is_left_out(hostname: str) -> None:
    assert names_of(hostname).names == ()


@pytest.mark.parametrize("host", ["HALL.local", "hall.local.", LAN, "FD00:0::5", f"::ffff:{LAN}"])
def test_a_host_of_the_box_is_recognised_in_each_spelling(host: str) -> None:
    assert names_of().covers(host)


@pytest.mark.parametrize("host", ["evil.example", "192.168.1.11", "127.0.0.1", "hall.local.evil.example", ""])
def test_another_host_is_not(host: str) -> None:
    assert not names_of().covers(host)


@pytest.mark.parametrize(
    ("listen", "main", "url"),
    [
        ("0.0.0.0:8471", LAN, f"http://{LAN}:8471"),
        ("0.0.0.0:8471", None, f"http://{GUESTS}:8471"),
        ("[::]:8471", LAN, f"http://{LAN}:8471"),
        (f"{GUESTS}:8471", LAN, f"http://{GUESTS}:8471"),
        ("[fd00::5]:8471", LAN, "http://[fd00::5]:8471"),
        ("127.0.0.1:8471", LAN, ""),
    ],
)
def test_the_address_for_phones_is_the_one_on_the_visitors_network(listen: str, main: str | None, url: str) -> None:
    assert visitor_url("", listen, names_of(main=main)) == url


def test_the_configured_address_for_phones_wins_and_without_a_network_there_is_none() -> None:
    assert visitor_url("https://so.phuong.vn", "0.0.0.0:8471", names_of()) == "https://so.phuong.vn"
    assert visitor_url("", "0.0.0.0:8471", BoxNames()) == ""


def test_the_addresses_of_this_machine_hold_no_loopback_address() -> None:
    assert not [address for address in network_addresses() if address.startswith(("127.", "::1", "fe80"))]
