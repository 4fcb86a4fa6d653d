"""The cases that every store passes, by family; `wgen.testing.store_contract` lists them."""
