"""Follow a plan with the devices given: order of steps, one trial, questionnaires, pauses."""
