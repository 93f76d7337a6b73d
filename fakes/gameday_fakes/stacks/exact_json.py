"""JSON in which money keeps every digit: numbers with a decimal point become Decimals and are written unchanged."""

from __future__ import annotations

from decimal import Decimal

import msgspec

encode = msgspec.json.Encoder(decimal_format="number").encode
decode = msgspec.json.Decoder(float_hook=Decimal).decode
#: What ``decode`` raises for anything that is not JSON, such as a truncated reply.
BadJson = (msgspec.DecodeError, UnicodeDecodeError)
