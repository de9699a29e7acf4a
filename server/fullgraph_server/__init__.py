"""The language server: what the analysis says, in an editor, while the text changes.

    protocol ──▶ handlers ──▶ session ◀── schedule ──▶ checks (in threads) ──▶ the analysis ──▶ workers

It never imports torch, and it never runs anything of the user's in its own process.
"""
