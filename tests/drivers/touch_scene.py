"""A panel and a scene with four targets, for tests of touch and control."""

from hardware.screens.panel import Panel
from hardware.screens.scene import Box, Label, Scene, Target

PANEL = Panel(300, 600, 150.0, canvas_mm=(150, 300))
A = Target("a", Box(10, 10, 40, 40), "A")
B = Target("b", Box(60, 10, 40, 40), "B")
KEY = Target("key-x", Box(10, 60, 40, 40), "X", quick=True)
OFF = Target("off", Box(60, 60, 40, 40), "Off", enabled=False)
SCENE: Scene = (A, B, KEY, OFF, Label(A.box, "A", 10))
IN_A, IN_B, IN_KEY, IN_OFF, OUTSIDE = (40, 40), (160, 40), (40, 160), (160, 160), (290, 590)
