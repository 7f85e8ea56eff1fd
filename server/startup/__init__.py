"""Work before or instead of serving: check the settings, copy or restore the database."""
