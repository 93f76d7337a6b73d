"""JSON in which numbers keep every digit: a number with a point is a Decimal, and is written as it is."""

from __future__ import annotations

from decimal import Decimal

import msgspec

encode = msgspec.json.Encoder(decimal_format="number").encode
decode = msgspec.json.Decoder(float_hook=Decimal).decode
