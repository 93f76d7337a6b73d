"""Records of a flow: read from files in bounded memory, and validated against a contract's fields.

``read`` streams records from JSON lines, CSV and Parquet; ``validator`` checks one; ``check`` checks a file of them;
``examples`` makes valid ones from a seed.
"""
