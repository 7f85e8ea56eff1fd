"""Links to printers: one module for each kind of cable."""
