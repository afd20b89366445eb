"""Order management on Starlette and SQLAlchemy Core. One event loop, no threads: changes cannot meet."""
