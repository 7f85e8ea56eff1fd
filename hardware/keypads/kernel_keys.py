"""The kernel's names for keys and LEDs, of its user-space interface, which does not change: those that pads have."""

from collections.abc import Iterator, Mapping


def _row(first: int, names: str, prefix: str = "KEY_") -> Iterator[tuple[str, int]]:
    """Names that the kernel numbers in this order, from ``first`` on."""
    for number, name in enumerate(names.split(), first):
        yield prefix + name, number


CODES: Mapping[str, int] = {
    **dict(_row(1, "ESC 1 2 3 4 5 6 7 8 9 0 MINUS EQUAL BACKSPACE TAB")),
    **dict(_row(16, "Q W E R T Y U I O P LEFTBRACE RIGHTBRACE ENTER LEFTCTRL")),
    **dict(_row(30, "A S D F G H J K L SEMICOLON APOSTROPHE GRAVE LEFTSHIFT BACKSLASH")),
    **dict(_row(44, "Z X C V B N M COMMA DOT SLASH RIGHTSHIFT KPASTERISK LEFTALT SPACE CAPSLOCK")),
    **dict(_row(59, "F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NUMLOCK SCROLLLOCK")),
    **dict(_row(71, "KP7 KP8 KP9 KPMINUS KP4 KP5 KP6 KPPLUS KP1 KP2 KP3 KP0 KPDOT")),
    **dict(_row(86, "102ND F11 F12")),
    **dict(_row(96, "KPENTER RIGHTCTRL KPSLASH SYSRQ RIGHTALT LINEFEED")),
    **dict(_row(102, "HOME UP PAGEUP LEFT RIGHT END DOWN PAGEDOWN INSERT DELETE")),
    **dict(_row(113, "MUTE VOLUMEDOWN VOLUMEUP POWER KPEQUAL KPPLUSMINUS PAUSE")),
    **dict(_row(121, "KPCOMMA")),
    **dict(_row(125, "LEFTMETA RIGHTMETA COMPOSE")),
    **dict(_row(139, "MENU CALC")),
    **dict(_row(163, "NEXTSONG PLAYPAUSE PREVIOUSSONG STOPCD")),
    **dict(_row(179, "KPLEFTPAREN KPRIGHTPAREN")),
    **dict(_row(183, "F13 F14 F15 F16 F17 F18 F19 F20 F21 F22 F23 F24")),
    **dict(_row(0x100, "0 1 2 3 4 5 6 7 8 9", "BTN_")),
}
LEDS: Mapping[str, int] = dict(_row(0, "NUML CAPSL SCROLLL COMPOSE KANA SLEEP SUSPEND MUTE MISC MAIL CHARGING", "LED_"))
NAMES: Mapping[int, str] = {number: name for name, number in CODES.items()}
