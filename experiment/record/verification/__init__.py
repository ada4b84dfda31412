"""Compare a data set with its journals: what differs, and where.

Nothing is written or repaired. `findings` has the result; `session` compares one session, `dataset` what the sessions
share and the names of all files.
"""

from experiment.record.verification.dataset import verify_folder
from experiment.record.verification.findings import Difference, Verification
from experiment.record.verification.session import verify_session

__all__ = ["Difference", "Verification", "verify_folder", "verify_session"]
