"""The settings of a machine: one TOML file, one section for each program.

Each setting is declared with its default and limits here, in ``config.devices`` and in ``config.twins``;
``docs/CONFIG.md`` documents all of them, and a test keeps the two equal. Relative paths are taken from the folder of
the TOML file, except ``machine.state``, which is taken from the working folder.
"""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from config.address import check_host_name, is_loopback, split_address
from config.devices import (
    Address,
    Id,
    KeypadSettings,
    PrinterSettings,
    RatingPadSettings,
    ScannerSettings,
    Section,
    SignSettings,
    SpeakerSettings,
)
from config.letters import check_drawable
from config.signs import DataSheet
from config.twins import SimulatedSettings
from config.wiring import find_address_mistakes, find_bus_mistakes, find_sign_mistakes, wired_devices

MIN_OTHER_THREADS = 2
"""The fewest threads beside those of calls and pages: one for a stream, one for files."""
RESERVED_THREADS = 20
"""Threads for files, and for callers that read their page slowly, which no stream may hold."""


HostName = Annotated[str, AfterValidator(check_host_name)]


class MachineSettings(Section):
    state: Path = Field(default=Path("var"), description="folder for the database, journals and secrets")
    language: Literal["vi", "en"] = Field(default="vi", description="language of screens and slips at rest")
    log: Literal["debug", "info", "warning"] = Field(default="info", description="how much goes to stderr")
    control_token: str = Field(
        default="", description="token that callers of control ports must send; luot-hall makes a new one at each start"
    )
    pace: Path | None = Field(default=None, description="clock file of a demonstration; never set it in a hall")


class BackupSettings(Section):
    """Copies of the database: `luot-server --backup`, nightly where the timer is installed."""

    folders: tuple[Path, ...] = Field(
        default=(), description="where copies go, the second best on another medium; empty: backup in the state folder"
    )
    days: int = Field(default=14, ge=1, le=366, description="the newest copy of each of so many days is kept")
    months: int = Field(default=12, ge=0, le=120, description="and the newest of each of so many months")


class OidcSettings(Section):
    """Sign-in with an OpenID Connect provider as well; the provider says who, roles stay here."""

    issuer: str = Field(description="the provider's address, exactly as its tokens name it")
    client_id: str = Field(min_length=1, max_length=200, description="this office's name at the provider")
    client_secret_file: Path | None = Field(
        default=None, description="file with the client's secret, 0600; left out: a client without a secret"
    )
    name: Annotated[str, AfterValidator(check_drawable)] = Field(
        min_length=1, max_length=40, description="the provider's name on the button"
    )

    @field_validator("issuer")
    @classmethod
    def _check_issuer(cls, issuer: str) -> str:
        parts = urlsplit(issuer)
        is_local = parts.scheme == "http" and is_loopback(parts.hostname or "")
        if not parts.hostname or "@" in parts.netloc or parts.query or not (parts.scheme == "https" or is_local):
            raise ValueError("write the provider's https address, without a password and a query")
        return issuer


class TlsSettings(Section):
    """An organisation's own certificate in place of one by the hall's own authority."""

    certificate: Path | None = Field(
        default=None, description="PEM file: the server's certificate, then those of its issuers"
    )
    key: Path | None = Field(default=None, description="PEM file with its key, without a password")

    @model_validator(mode="after")
    def _check_pair(self) -> "TlsSettings":
        if (self.certificate is None) != (self.key is None):
            raise ValueError("'certificate' and 'key' belong together; set both, or neither")
        return self


class BrowserDisplaySettings(Section):
    """The hall's display in a browser, ``/display``."""

    times: int = Field(default=2, ge=1, le=3, description="how often a call is read when nobody else waits to be read")
    mute_from: str = Field(default="", description="hh:mm from which nothing is spoken")
    mute_to: str = Field(default="", description="hh:mm until which nothing is spoken")
    pack: Path | None = Field(default=None, description="folder of the hall's own voice pack, of any language")


class ServerSettings(Section):
    listen: Address = Field(
        default="127.0.0.1:8470",
        description="address of the API and the staff's pages; HTTPS beyond loopback (0.0.0.0:8470: all networks), once"
        " there is an administrator",
    )
    visitors: Address = Field(
        default="127.0.0.1:8471", description="address of the visitors' pages: plain HTTP, no cookies"
    )
    local: Address = Field(
        default="127.0.0.1:8469",
        description="address of API and pages for this machine's own stations and browser, where 'listen' is HTTPS",
    )
    names: tuple[HostName, ...] = Field(
        default=(), description="further names and addresses by which browsers and stations reach the server"
    )
    visitor_url: str = Field(
        default="",
        description="how phones reach the visitors' pages; empty: this machine's address on their network, and where"
        " they stay on loopback, slips carry the bare code",
    )
    database: str = Field(default="", description="SQLAlchemy address; empty: SQLite in the state folder")
    office: Path = Field(default=Path("office.toml"), description="file of the office; read at the first start")
    mode: Literal["live", "demo"] = Field(default="live", description="demo: every screen says it is a demonstration")
    always_open: bool = Field(default=False, description="issue at any hour and on any day; demonstrations only")
    threads: int = Field(
        default=400,
        ge=8,
        le=1000,
        description="threads of the web server: for the calls and pages below, and the rest for streams and files",
    )
    streams: int = Field(
        default=300,
        ge=1,
        le=900,
        description="most live pages with a stream, which holds a remaining thread; the others poll every 2 s",
    )
    refreshes_per_s: int = Field(
        default=100,
        ge=1,
        le=1000,
        description="most refreshes of live pages a second, spread over all streams; a hundred pages of clerks take a"
        " quarter of a core",
    )
    pages_at_once: int = Field(
        default=2,
        ge=1,
        le=16,
        description="most pages drawn at once, of staff and of visitors each, and as many reads of the API; more delay"
        " each other and the kiosks",
    )
    pages_waiting: int = Field(
        default=400,
        ge=20,
        le=5000,
        description="most pages that wait, of each; further ones are refused as busy, and those that would wait for"
        " over half a second; one visitor's address has at most half of the places",
    )
    calls_at_once: int = Field(
        default=64,
        ge=8,
        le=1000,
        description="most calls and forms answered at once; further ones are refused as busy (64 take half a second)",
    )
    visitor_threads: int = Field(
        default=16, ge=2, le=200, description="threads of the visitors' pages, half of them for forms"
    )
    visitor_requests_per_s: int = Field(
        default=40,
        ge=1,
        le=5000,
        description="most requests per second from one address; behind a proxy: a fifteenth of the number of phones",
    )
    display: BrowserDisplaySettings = BrowserDisplaySettings()
    backup: BackupSettings = BackupSettings()
    oidc: OidcSettings | None = None
    tls: TlsSettings = TlsSettings()

    @model_validator(mode="after")
    def _check_addresses(self) -> "ServerSettings":
        if not is_loopback(split_address(self.local)[0]):
            raise ValueError(
                f"local = {self.local!r} must stay on loopback; use 127.0.0.1, and 'listen' for the network"
            )
        ports = {split_address(address)[1] for address in (self.listen, self.visitors, self.local)}
        if self.is_beyond_loopback and len(ports) < 3:
            raise ValueError("'listen', 'visitors' and 'local' need three different ports")
        return self

    @property
    def is_beyond_loopback(self) -> bool:
        """Return whether the API and the staff's pages shall be reached from other machines."""
        return not is_loopback(split_address(self.listen)[0])

    @property
    def loopback_address(self) -> str:
        """The address for this machine's own stations and browser, always plain HTTP."""
        return self.local if self.is_beyond_loopback else self.listen

    @model_validator(mode="after")
    def _check_threads(self) -> "ServerSettings":
        if self.threads < self._request_threads + MIN_OTHER_THREADS:
            raise ValueError(
                f"threads = {self.threads} are too few: calls_at_once = {self.calls_at_once} and twice pages_at_once ="
                f" {self.pages_at_once} need {self._request_threads}, and streams and files {MIN_OTHER_THREADS} or"
                f" more; set threads = {self._request_threads + RESERVED_THREADS + self.streams}, or a lower"
                " calls_at_once"
            )
        return self

    @property
    def max_streams(self) -> int:
        """The number of streams for which threads remain, at most ``streams``.

        A stream holds its thread, so other requests have theirs first.
        """
        others = self.threads - self._request_threads
        return min(self.streams, others - min(RESERVED_THREADS, others // 2))

    @property
    def _request_threads(self) -> int:
        """The number of threads of calls, pages and reads of the API."""
        return self.calls_at_once + 2 * self.pages_at_once


class BrokerSettings(Section):
    kind: Literal["embedded", "mosquitto", "external"] = Field(
        default="embedded",
        description="embedded: iotcore child; mosquitto: Debian's as a child; external: already running",
    )
    listen: Address = Field(default="127.0.0.1:1883", description="address of the broker")
    network: Address | None = Field(
        default=None, description="mosquitto only: address of the listener with TLS for enrolled devices, 0.0.0.0:8883"
    )
    program: Path = Field(default=Path("/usr/sbin/mosquitto"), description="Mosquitto's program")
    user: str = Field(default="", description="external only: the server's user at the broker")
    password_file: Path | None = Field(default=None, description="external only: file with the user's password, 0600")
    ca_file: Path | None = Field(
        default=None, description="external only: certificate authority of the broker; turns on TLS"
    )


class LinkSettings(Section):
    """How a station reaches the hall."""

    server: str = Field(
        default="http://127.0.0.1:8470",
        description="the server's address; beside a server in the same file: its address for this machine",
    )
    broker: Address = Field(default="127.0.0.1:1883", description="the broker's address")
    office: Id = Field(default="mau", description="the office's id, part of every topic")
    token_file: Path | None = Field(
        default=None, description="file with this machine's token; without it, the box's own token over loopback"
    )


class ScreenSettings(Section):
    width_px: int = Field(default=1080, ge=320, le=8192, description="the panel's width in pixels")
    height_px: int = Field(default=1920, ge=240, le=8192, description="the panel's height in pixels")
    width_mm: float = Field(default=299.0, gt=50, le=3000, description="the panel's width in millimetres")
    fullscreen: bool = Field(default=True, description="take the whole screen; false: a window")
    display: int = Field(default=0, ge=0, le=8, description="which of the machine's displays")
    fitted: bool = Field(default=True, description="false: no screen; the station prints or speaks, nothing is drawn")


class KioskSettings(Section):
    station: Id = Field(default="kiosk-1", description="the station's id")
    label: Annotated[str, AfterValidator(check_drawable)] = Field(
        default="1", description="its name for staff and on slips: Ki-ốt 1"
    )
    control: Address | None = Field(default=None, description="loopback control port for the virtual hall")
    idle_s: int = Field(default=60, ge=10, le=600, description="no touch for so long: ask")
    ask_s: int = Field(default=20, ge=5, le=120, description="no answer for so long: home")
    result_s: int = Field(default=15, ge=5, le=120, description="how long the number stays on the screen")
    debounce_ms: int = Field(default=300, ge=0, le=2000, description="a touch again within this is the same wish")
    settle_ms: int = Field(default=700, ge=0, le=2000, description="a new screen takes no touch for so long")
    languages: tuple[Literal["vi", "en"], ...] = Field(default=("vi", "en"), description="the language row")
    screen: ScreenSettings = ScreenSettings()
    printer: PrinterSettings = PrinterSettings()


class DeskSettings(Section):
    """One counter wired to this machine."""

    counter: Id = Field(description="the counter's id")
    sign: SignSettings = SignSettings()
    keypad: KeypadSettings = KeypadSettings()
    scanner: ScannerSettings = ScannerSettings()
    pad: RatingPadSettings = RatingPadSettings()


class CounterStationSettings(Section):
    station: Id = Field(default="counters-1", description="the station's id")
    desks: tuple[DeskSettings, ...] = Field(default=(), description="the counters wired to this machine")
    signs: dict[Id, DataSheet] = Field(default={}, description="sheets of makes of signs, by name")

    @model_validator(mode="after")
    def _check_wiring(self) -> "CounterStationSettings":
        signs = {f"{desk.counter}'s sign": desk.sign for desk in self.desks}
        members = [
            member
            for desk in self.desks
            for name in ("sign", "keypad", "scanner", "pad")
            for member in wired_devices(f"{desk.counter}'s {name}", getattr(desk, name), self.signs)
        ]
        mistakes = [
            *(mistake for name, sign in signs.items() for mistake in find_sign_mistakes(name, sign, self.signs)),
            *find_bus_mistakes(members),
            *find_address_mistakes(signs),
        ]
        if mistakes:
            raise ValueError("\n".join(mistakes))
        return self


class NodeSettings(Section):
    """A small computer at a counter that drives its sign from the broker's pictures: `luot-sign`."""

    station: Id = Field(description="the node's own id, such as sign-c6")
    counter: Id = Field(description="the counter whose number it shows")
    sign: SignSettings = SignSettings(kind="console")
    signs: dict[Id, DataSheet] = Field(default={}, description="sheets of makes of signs, by name")

    @model_validator(mode="after")
    def _check_sign(self) -> "NodeSettings":
        mistakes = list(find_sign_mistakes("sign", self.sign, self.signs))
        if self.sign.kind == "mqtt":
            mistakes.append("sign: a node drives its sign itself: kind 'mqtt' is for the station that watches the node")
        if mistakes:
            raise ValueError("\n".join(mistakes))
        return self


class DisplaySettings(Section):
    station: Id = Field(default="tv-1", description="the station's id")
    control: Address | None = Field(default=None, description="loopback control port for the virtual hall")
    voice: bool = Field(default=True, description="this display speaks; one in each part of the hall")
    pack: Path | None = Field(default=None, description="folder of the hall's own voice pack")
    screen: ScreenSettings = ScreenSettings(width_px=1920, height_px=1080, width_mm=941.0)
    speaker: SpeakerSettings = SpeakerSettings()


class HallSettings(Section):
    """A whole hall on one machine: ``luot-hall``."""

    listen: Address = Field(default="127.0.0.1:8480", description="address of the virtual hall's page")
    speed: float = Field(default=1.0, ge=1, le=60, description="how fast the wall clock runs")
    morning: bool = Field(default=False, description="play a busy morning from the start")
    seed: int = Field(default=20261123, ge=0, description="seed of the morning's visitors")


class Settings(Section):
    """One machine's file. A program whose section is missing does not run on this machine."""

    machine: MachineSettings = MachineSettings()
    server: ServerSettings | None = None
    broker: BrokerSettings = BrokerSettings()
    link: LinkSettings = LinkSettings()
    kiosk: KioskSettings | None = None
    counter: CounterStationSettings | None = None
    display: DisplaySettings | None = None
    node: NodeSettings | None = None
    simulated: SimulatedSettings | None = None
    hall: HallSettings | None = None
