from tests.callbacks.conftest import dash_for, site

__all__ = ["dash_for", "site"]
