"""From a slip to the bytes that put it on paper: dots, dots and the printer's own letters, or letters alone."""
