"""The kinds of cable that a printer can hang on."""
