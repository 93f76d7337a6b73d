"""Records recent traffic for the gate: sources, stratified samples, and recordings without confidential values."""

from gameday.base.chance import effect_shown, size_for
from gameday.capture.capture import Captured, CaptureSettings, capture, nothing_quoted
from gameday.capture.recording import About, Recording, load_recording
from gameday.capture.sampling import Sample, sample
from gameday.capture.source import Source

__all__ = [
    "About",
    "CaptureSettings",
    "Captured",
    "Recording",
    "Sample",
    "Source",
    "capture",
    "effect_shown",
    "load_recording",
    "nothing_quoted",
    "sample",
    "size_for",
]
