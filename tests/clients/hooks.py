"""What Schemathesis does beside asking the API for everything that it can think of."""

from itertools import count

import schemathesis

KEYS = count()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Tells keys apart: one that stands for another request is refused (422), and Schemathesis repeats itself."""
    right = case.meta is None or case.meta.generation.mode.is_positive
    if right and case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"key-{next(KEYS)}"
