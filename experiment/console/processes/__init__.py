"""Programs that the console starts: sessions, checks, tables and reports."""
