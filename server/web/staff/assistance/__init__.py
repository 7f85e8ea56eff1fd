"""Staff alarms, colleagues sent to a place, and messages: the strip of all staff pages, and their own pages."""
