"""Recordings that tests make for themselves: tones for words, silence for pauses, in every container."""

import io
from collections.abc import Sequence
from fractions import Fraction

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from numpy.typing import NDArray

RATE = 16_000

Samples = NDArray[np.int16]


def tone(seconds: float, hertz: float = 440.0, level: float = 0.3) -> Samples:
    times = np.arange(int(seconds * RATE)) / RATE
    made: Samples = (np.sin(2 * np.pi * hertz * times) * level * 32767).astype(np.int16)
    return made


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), dtype=np.int16)


def joined(*parts: Samples) -> Samples:
    whole: Samples = np.concatenate(parts)
    return whole


def recording(samples: Samples, form: str, codec: str, picture: str | None = None, rate: int = 48_000) -> bytes:
    """In the container that FFmpeg calls `form`. `picture`: the codec of a grey picture that goes with it."""
    file = io.BytesIO()
    with av.open(file, "w", format=form) as container:
        sound = container.add_stream(codec, rate=rate)
        resampler = av.AudioResampler(format=sound.codec_context.format, layout="mono", rate=rate)
        sound.codec_context.layout = "mono"
        if picture is not None:
            shown = container.add_stream(picture, rate=5)
            shown.width, shown.height, shown.pix_fmt = 64, 48, "yuv420p"
            for number in range(int(len(samples) / RATE * 5)):
                grey = VideoFrame.from_ndarray(np.full((48, 64, 3), 8 * number % 256, dtype=np.uint8), format="rgb24")
                grey.pts, grey.time_base = number, Fraction(1, 5)
                container.mux(shown.encode(grey))
            container.mux(shown.encode(None))
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE
        frames = [*resampler.resample(frame), *resampler.resample(None)]
        fifo = av.AudioFifo()
        for part in frames:
            part.pts = None
            fifo.write(part)
        size = sound.codec_context.frame_size or 1024
        while (piece := fifo.read(size) or fifo.read()) is not None:
            container.mux(sound.encode(piece))
        container.mux(sound.encode(None))
    return file.getvalue()


def wav(samples: Samples) -> bytes:
    return recording(samples, "wav", "pcm_s16le", rate=RATE)


def vtt(cues: Sequence[tuple[float, float, str]]) -> bytes:
    """Cues as start, end, text."""
    lines = ["WEBVTT", ""]
    for start, end, text in cues:
        lines += [f"{_clock(start)} --> {_clock(end)}", text, ""]
    return "\n".join(lines).encode()


def _clock(seconds: float) -> str:
    return f"{int(seconds // 3600):02}:{int(seconds % 3600 // 60):02}:{seconds % 60:06.3f}"
