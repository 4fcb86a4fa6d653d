"""The stores that come with wgen, one module each, imported when a URL asks for it."""
