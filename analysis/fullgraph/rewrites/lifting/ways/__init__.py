"""The ways that a function can go, all computed: branches, checks and tries, and what each way leaves behind."""
