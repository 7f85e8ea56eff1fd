"""Drawing for kiosk and TV: a scene in millimetres is painted onto one window.

How a station uses it::

    panel  = Panel(1080, 1920, 299.0, canvas_mm=(299, 532))      # panel.py   mm -> px
    window = Window(panel, title="Lượt", fullscreen=True)        # window.py  SDL; .surface .show() .offscreen
    inbox: Inbox[...] = Inbox()                                  # window.py  .put(x) from any thread
    touch  = Touch(panel)                                        # touch.py
    frames = Frames()                                            # frames.py  newest frame for other threads
    control = ScreenControl("127.0.0.1", 8491, frames, inbox.put, pages={"speech": page})   # control.py

    for event in window.wait(inbox, timeout_s):                  # Finger, WindowClosed, or an item of another thread
        if isinstance(event, Finger):
            tapped = touch.process(event, scene, clock.mono_s())  # Tapped(target id) or None
    scene = layout(state)                                        # pure: tuple of pieces in mm
    paint(window.surface, scene, panel, DAY, pressed_id=touch.pressed_id)   # paint.py
    window.show()
    frames.publish(window.surface, scene, panel, {"screen": "home"})

Pieces of a scene (``scene.py``), back to front: ``Rectangle`` (filled or outlined), ``Label`` (text; ``size_mm`` is
the em, ``max_lines`` the most lines it may wrap to, ``short_text`` is drawn instead when it does not fit),
``NumberLabel`` (ticket number, each character in its own cell), ``Icon``, ``Segment``, ``Circle`` (disc, ring or arc),
``Polygon``, ``QrCode``, ``ImageFile``, ``Shade`` (darkens everything behind it), ``Target`` (a touchable rectangle).
Colours are ``theme.Colour``; ``DAY`` and ``CONTRAST`` are the themes.
``fonts.width_px`` measures; ``icons.STROKES`` is the table of icons. ``encode(surface)`` in ``frames`` makes a PNG.
Nothing here reads a clock or the settings.
"""

import os

# pygame prints a greeting when it is imported; keep it out of a station's output.
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
