"""The page on which people try every device of the hall."""
