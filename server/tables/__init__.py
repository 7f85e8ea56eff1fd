"""Tables that people bring and take along: CSV, XLSX and JSON files, and what their rows mean."""
