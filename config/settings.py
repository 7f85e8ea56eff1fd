"""What a machine is told: one TOML file per machine, one section per program that runs on it.

Everything is declared here, in ``config.devices`` and in ``config.twins`` with its default and limits;
``docs/CONFIG.md`` documents every setting, and a test holds them together. Paths that are not absolute are taken
from the folder of the TOML file, but for ``machine.state``, which is taken from the working folder.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from config.devices import Address, Id, Keypad, Pad, Printer, Scanner, Section, Sign, Speaker
from config.signs import Sheet
from config.twins import Simulated
from config.wiring import address_mistakes, line_mistakes, sign_mistakes, wired
from hardware.letters import drawable


class Machine(Section):
    state: Path = Field(default=Path("var"), description="folder for the database, journals and secrets")
    language: Literal["vi", "en"] = Field(default="vi", description="language of screens and slips at rest")
    log: Literal["debug", "info", "warning"] = Field(default="info", description="how much goes to stderr")
    control_token: str = Field(
        default="", description="what callers of control ports must carry; luot-hall makes a new one at each start"
    )
    pace: Path | None = Field(default=None, description="clock file of a demonstration; never set it in a hall")


class Backup(Section):
    """Copies of the database: `luot-server --backup`, nightly where the timer is installed."""

    folders: tuple[Path, ...] = Field(
        default=(), description="where copies go, the second best on another medium; empty: backup in the state folder"
    )
    days: int = Field(default=14, ge=1, le=366, description="the newest copy of each of so many days is kept")
    months: int = Field(default=12, ge=0, le=120, description="and the newest of each of so many months")


class Server(Section):
    listen: Address = Field(default="127.0.0.1:8470", description="address of the API and the staff's pages")
    visitors: Address = Field(default="127.0.0.1:8471", description="address of the visitors' pages, no cookies")
    visitor_url: str = Field(
        default="", description="how phones reach the visitors' pages; empty: slips carry the bare code"
    )
    database: str = Field(default="", description="SQLAlchemy address; empty: SQLite in the state folder")
    office: Path = Field(default=Path("office.toml"), description="what the office is; read at the first start")
    mode: Literal["live", "demo"] = Field(default="live", description="demo: every screen says it is a demonstration")
    always_open: bool = Field(default=False, description="issue at any hour and on any day; demonstrations only")
    threads: int = Field(default=320, ge=8, le=1000, description="threads of the web server")
    backup: Backup = Backup()


class Broker(Section):
    kind: Literal["embedded", "mosquitto", "external"] = Field(
        default="embedded",
        description="embedded: iotcore child; mosquitto: Debian's as a child; external: already running",
    )
    listen: Address = Field(default="127.0.0.1:1883", description="address of the broker")
    program: Path = Field(default=Path("/usr/sbin/mosquitto"), description="Mosquitto's program")


class Link(Section):
    """How a station reaches the hall."""

    server: str = Field(default="http://127.0.0.1:8470", description="the server's address")
    broker: Address = Field(default="127.0.0.1:1883", description="the broker's address")
    office: Id = Field(default="mau", description="the office's id, part of every topic")


class Screen(Section):
    width_px: int = Field(default=1080, ge=320, le=8192, description="the panel's width in pixels")
    height_px: int = Field(default=1920, ge=240, le=8192, description="the panel's height in pixels")
    width_mm: float = Field(default=299.0, gt=50, le=3000, description="the panel's width in millimetres")
    fullscreen: bool = Field(default=True, description="take the whole screen; false: a window")
    display: int = Field(default=0, ge=0, le=8, description="which of the machine's displays")
    fitted: bool = Field(default=True, description="false: no screen; the station prints or speaks, nothing is drawn")


class Kiosk(Section):
    station: Id = Field(default="kiosk-1", description="the station's id")
    label: Annotated[str, AfterValidator(drawable)] = Field(
        default="1", description="what staff and slips call it: Ki-ốt 1"
    )
    control: Address | None = Field(default=None, description="loopback control port for the virtual hall")
    idle_s: int = Field(default=60, ge=10, le=600, description="no touch for so long: ask")
    ask_s: int = Field(default=20, ge=5, le=120, description="no answer for so long: home")
    result_s: int = Field(default=15, ge=5, le=120, description="how long the number stays on the screen")
    debounce_ms: int = Field(default=300, ge=0, le=2000, description="a touch again within this is the same wish")
    settle_ms: int = Field(default=700, ge=0, le=2000, description="a new screen takes no touch for so long")
    languages: tuple[Literal["vi", "en"], ...] = Field(default=("vi", "en"), description="the language row")
    screen: Screen = Screen()
    printer: Printer = Printer()


class Desk(Section):
    """One counter wired to this machine."""

    counter: Id = Field(description="the counter's id")
    sign: Sign = Sign()
    keypad: Keypad = Keypad()
    scanner: Scanner = Scanner()
    pad: Pad = Pad()


class CounterStation(Section):
    station: Id = Field(default="counters-1", description="the station's id")
    desks: tuple[Desk, ...] = Field(default=(), description="the counters wired to this machine")
    signs: dict[Id, Sheet] = Field(default={}, description="sheets of makes of signs, by name")

    @model_validator(mode="after")
    def _wires(self) -> "CounterStation":
        signs = {f"{desk.counter}'s sign": desk.sign for desk in self.desks}
        on_ports = [
            one
            for desk in self.desks
            for name in ("sign", "keypad", "scanner", "pad")
            for one in wired(f"{desk.counter}'s {name}", getattr(desk, name), self.signs)
        ]
        mistakes = [one for who, sign in signs.items() for one in sign_mistakes(who, sign, self.signs)]
        if mistakes := [*mistakes, *line_mistakes(on_ports), *address_mistakes(signs)]:
            raise ValueError("\n".join(mistakes))
        return self


class Node(Section):
    """A small computer at a counter that drives its sign by itself, from what the broker tells: `luot-sign`."""

    station: Id = Field(description="the node's own id, such as sign-c6")
    counter: Id = Field(description="the counter whose number it shows")
    sign: Sign = Sign(kind="console")
    signs: dict[Id, Sheet] = Field(default={}, description="sheets of makes of signs, by name")

    @model_validator(mode="after")
    def _wires(self) -> "Node":
        mistakes = list(sign_mistakes("sign", self.sign, self.signs))
        if self.sign.kind == "mqtt":
            mistakes.append("sign: a node drives its sign itself: kind 'mqtt' is for the station that watches the node")
        if mistakes:
            raise ValueError("\n".join(mistakes))
        return self


class Display(Section):
    station: Id = Field(default="tv-1", description="the station's id")
    control: Address | None = Field(default=None, description="loopback control port for the virtual hall")
    voice: bool = Field(default=True, description="this display speaks; one per zone")
    pack: Path | None = Field(default=None, description="folder of the hall's own voice pack")
    screen: Screen = Screen(width_px=1920, height_px=1080, width_mm=941.0)
    speaker: Speaker = Speaker()


class Hall(Section):
    """A whole hall on one machine: ``luot-hall``."""

    listen: Address = Field(default="127.0.0.1:8480", description="address of the virtual hall's page")
    speed: float = Field(default=1.0, ge=1, le=60, description="how fast the wall clock runs")
    morning: bool = Field(default=False, description="play a busy morning from the start")
    seed: int = Field(default=20261123, ge=0, description="seed of the morning's visitors")


class Settings(Section):
    """One machine's file. A program whose section is missing does not run on this machine."""

    machine: Machine = Machine()
    server: Server | None = None
    broker: Broker = Broker()
    link: Link = Link()
    kiosk: Kiosk | None = None
    counter: CounterStation | None = None
    display: Display | None = None
    node: Node | None = None
    simulated: Simulated | None = None
    hall: Hall | None = None
