"""Install, start, upgrade and remove Lượt on a machine. The program ``packaging/install`` runs this package.

It needs only plain Python 3.11, because it runs before any package is installed.
"""
