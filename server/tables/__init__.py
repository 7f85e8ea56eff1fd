"""Tables as CSV, XLSX and JSON files, and the meaning of their rows."""
