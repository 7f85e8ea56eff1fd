"""The commands of ``luot-hardware``, one module each."""
