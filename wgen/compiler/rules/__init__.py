"""The rules of the compiler, one module a family."""
