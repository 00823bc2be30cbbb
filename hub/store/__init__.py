"""What the hub keeps: the catalogue in SQL, observations in Delta Lake, releases over both."""
