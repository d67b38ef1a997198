"""HAR files: sessions that other programs recorded become cassettes, and cassettes become HAR files.

`importing.import_har` reads: `source` streams the file, `entry` checks one entry, `to_exchange` turns it into the
events that the relay would have observed, and `report` counts what the HAR lacks. `exporting.export_har` writes;
``_wiretape`` fields (`extensions`) hold what HAR cannot express, so that an import makes the same cassette again.
"""
