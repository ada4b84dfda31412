"""The pages of the console, one module a page; `PAGES` registers them."""

from experiment.console.page import Page
from experiment.console.pages.begin import BEGIN
from experiment.console.pages.devices import DEVICES
from experiment.console.pages.monitor import MONITOR
from experiment.console.pages.rate import RATE
from experiment.console.pages.review import REVIEW
from experiment.console.pages.study import STUDY

PAGES: tuple[Page, ...] = (STUDY, BEGIN, MONITOR, REVIEW, RATE, DEVICES)
