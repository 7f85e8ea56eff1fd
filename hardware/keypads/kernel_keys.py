"""Kernel names of pads' keys and LEDs; part of the kernel's stable user-space interface."""

from collections.abc import Iterator, Mapping


def _numbered(first: int, names: str, prefix: str = "KEY_") -> Iterator[tuple[str, int]]:
    """Yield names with the consecutive numbers that the kernel gives them, from ``first`` on."""
    for number, name in enumerate(names.split(), first):
        yield prefix + name, number


# Name of a key -> the kernel's code of it.
KEY_CODES: Mapping[str, int] = {
    **dict(_numbered(1, "ESC 1 2 3 4 5 6 7 8 9 0 MINUS EQUAL BACKSPACE TAB")),
    **dict(_numbered(16, "Q W E R T Y U I O P LEFTBRACE RIGHTBRACE ENTER LEFTCTRL")),
    **dict(_numbered(30, "A S D F G H J K L SEMICOLON APOSTROPHE GRAVE LEFTSHIFT BACKSLASH")),
    **dict(_numbered(44, "Z X C V B N M COMMA DOT SLASH RIGHTSHIFT KPASTERISK LEFTALT SPACE CAPSLOCK")),
    **dict(_numbered(59, "F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NUMLOCK SCROLLLOCK")),
    **dict(_numbered(71, "KP7 KP8 KP9 KPMINUS KP4 KP5 KP6 KPPLUS KP1 KP2 KP3 KP0 KPDOT")),
    **dict(_numbered(86, "102ND F11 F12")),
    **dict(_numbered(96, "KPENTER RIGHTCTRL KPSLASH SYSRQ RIGHTALT LINEFEED")),
    **dict(_numbered(102, "HOME UP PAGEUP LEFT RIGHT END DOWN PAGEDOWN INSERT DELETE")),
    **dict(_numbered(113, "MUTE VOLUMEDOWN VOLUMEUP POWER KPEQUAL KPPLUSMINUS PAUSE")),
    **dict(_numbered(121, "KPCOMMA")),
    **dict(_numbered(125, "LEFTMETA RIGHTMETA COMPOSE")),
    **dict(_numbered(139, "MENU CALC")),
    **dict(_numbered(163, "NEXTSONG PLAYPAUSE PREVIOUSSONG STOPCD")),
    **dict(_numbered(179, "KPLEFTPAREN KPRIGHTPAREN")),
    **dict(_numbered(183, "F13 F14 F15 F16 F17 F18 F19 F20 F21 F22 F23 F24")),
    **dict(_numbered(0x100, "0 1 2 3 4 5 6 7 8 9", "BTN_")),
}
LED_NUMBERS: Mapping[str, int] = dict(
    _numbered(0, "NUML CAPSL SCROLLL COMPOSE KANA SLEEP SUSPEND MUTE MISC MAIL CHARGING", "LED_")
)
KEY_NAMES: Mapping[int, str] = {number: name for name, number in KEY_CODES.items()}
