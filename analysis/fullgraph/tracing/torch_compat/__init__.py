"""The one package that knows torch's internals, its wording and its versions."""
