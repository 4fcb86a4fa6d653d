"""The command line: one module a command group, each imported only when its command is used."""
