"""Protocols that the fakes and the harness both speak: request signatures, JSON with exact decimals, SOAP messages.

The bundled stacks have their own code for the same protocols, as a customer's sync would. So the harness and what it
tests share no code.
"""
