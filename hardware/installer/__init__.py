"""``luot-hardware``: what an installer needs: which port is what, does it work, what does this printer know."""
