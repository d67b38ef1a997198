"""Suggests a profile from takes of one session: which values vary or look secret, which headers decide. No I/O."""
