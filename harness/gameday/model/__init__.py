"""The domain as plain data and protocols: scenario, history, fault, workload, checker, signal, contract."""
