"""Run a plan with the devices given: steps, trials, questionnaires, pauses."""
