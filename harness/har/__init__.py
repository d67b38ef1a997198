"""HAR files: sessions that other programs recorded become cassettes, and cassettes become HAR files.

`importing.import_har` is the way in: `source` streams the file, `entry` checks one entry and says what is in it,
`observing` tells it as the relay would have seen it, and `report` what the exporter left out. `exporting.export_har` is
the way out; what HAR has no words for stands in ``_wiretape`` fields (`own`), so that the way back loses nothing.
"""
