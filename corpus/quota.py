"""The bound on what one person may have in the store."""

from corpus.errors import Invalid

_MEGABYTE = 1_000_000


class QuotaExceeded(Invalid):
    def __init__(self, used: int, incoming: int, quota: int) -> None:
        super().__init__(
            f"You have uploaded {used / _MEGABYTE:,.1f} MB of the {quota / _MEGABYTE:,.0f} MB that one person may; "
            f"{incoming / _MEGABYTE:,.1f} MB more do not fit. Delete documents of yours that are not needed any more, "
            "or ask for more room (GROUNDWORK_USER_QUOTA_MB)."
        )
        self.used = used
        self.quota = quota
