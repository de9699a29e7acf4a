"""From findings to verified fixes: a rewritten text is traced, and compared with the original."""
