"""What kiosk and TV both draw with: a screen is a scene in millimetres, painted onto one window.

How a station uses it::

    panel  = Panel(1080, 1920, 299.0, canvas_mm=(299, 532))      # panel.py   mm -> px
    window = Window(panel, title="Lượt", fullscreen=True)        # window.py  SDL; .surface .show() .offscreen
    inbox: Inbox[...] = Inbox()                                  # window.py  .put(x) from any thread
    touch  = Touch(panel)                                        # touch.py
    frames = Frames()                                            # frames.py  newest frame for other threads
    control = Control("127.0.0.1", 8491, frames, inbox.put, pages={"speech": page})   # control.py

    for what in window.wait(inbox, timeout_s):                   # Finger, Closed, or what threads put in
        if isinstance(what, Finger):
            tapped = touch.feel(what, scene, clock.mono_s())     # Tapped(target id) or None
    scene = layout(state)                                        # pure: tuple of pieces in mm
    paint(window.surface, scene, panel, DAY, pressed=touch.pressed)   # paint.py
    window.show()
    frames.publish(window.surface, scene, panel, {"screen": "home"})

Pieces (``scene.py``), back to front: ``Ground`` (filled or edged box), ``Label`` (text; ``size_mm`` is the em,
``lines`` how many it may wrap to, ``short`` what is shown where it does not fit, ``align``, ``stand``),
``Number`` (ticket number, each character in its own cell), ``Icon``, ``Line``, ``Circle`` (disc, ring,
part of a ring), ``Polygon``, ``Code`` (QR), ``Picture`` (file), ``Shade`` (darkens what is behind), ``Target``
(touchable, with its own ground). Colours are ``theme.Token``; ``DAY`` and ``CONTRAST`` are the themes.
``layout.problems(scene, panel)`` lists overflowing and overlapping texts; ``layout.small_targets(scene)``.
``fonts.width_px`` measures; ``icons.STROKES`` is the table of icons. ``encode(surface)`` in ``frames`` makes a PNG.
Nothing here reads a clock or the settings.
"""

import os

# pygame greets on standard output when it is imported; a station's output is its own.
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
