"""What the harness does with a vendor beside its fake, one package a vendor; the vendor's manifest names each part.

Nothing imports these packages by name: ``gameday_fakes.manifest.loaded`` loads a part when it is needed. A vendor of
another package has such parts in that package.
"""
