"""JSON in which money keeps every digit: numbers with a point are Decimals inside, and written as they stand."""

from __future__ import annotations

from decimal import Decimal

import msgspec

encode = msgspec.json.Encoder(decimal_format="number").encode
decode = msgspec.json.Decoder(float_hook=Decimal).decode
#: What ``decode`` raises for anything that is no JSON, such as a reply cut short.
BadJson = (msgspec.DecodeError, UnicodeDecodeError)
