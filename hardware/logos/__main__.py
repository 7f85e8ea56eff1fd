"""Draw the logo of a picture from the standard input, and slips with it."""

import base64
import json
import os
import resource
import sys

MAX_MEMORY_BYTES = 1024 * 1024 * 1024
MAX_CPU_S = 10


def main() -> None:
    """Draw the logo within fixed limits of memory and time.

    The input is the office's name on the first line and the picture after it. The output has ``png`` and ``slips`` (by
    the paper's width), all as base64, or ``problem`` and ``detail``.
    """
    os.environ["PYGAME_HIDE_SUPPORT_PROMPT"] = "1"  # it would be written before the answer
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S))
    name, _, contents = sys.stdin.buffer.read().partition(b"\n")
    sys.stdout.write(json.dumps(_answer(contents, name.decode())))


def _answer(contents: bytes, name: str) -> dict[str, object]:
    from hardware.logos.drawing import draw_logo
    from hardware.logos.preview import slip_heads
    from hardware.logos.problems import LogoRefused

    try:
        png = draw_logo(contents)
    except LogoRefused as refused:
        return {"problem": refused.problem.value, "detail": refused.detail}
    slips = {str(paper_mm): base64.b64encode(head).decode() for paper_mm, head in slip_heads(png, name).items()}
    return {"png": base64.b64encode(png).decode(), "slips": slips}


if __name__ == "__main__":
    main()
