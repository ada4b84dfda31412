"""Learn and judge the interval and the likelihood ratio of a single score."""
