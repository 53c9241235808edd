"""How a moment within a recording is written."""


def clock_time(seconds: float) -> str:
    """`1:02:03` or `02:03`."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute:02}:{second:02}"
