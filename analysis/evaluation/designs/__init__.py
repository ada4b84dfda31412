"""False alarms and coverage of the statistics of designs."""
