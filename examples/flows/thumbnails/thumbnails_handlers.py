"""What the sentences of thumbnails.flow do."""

from wgen.runtime import current


class Handlers:
    """The handlers of the flow "thumbnails"."""

    async def store_picture(self, *, picture: str) -> None:
        print(f"  stored: {picture}")

    async def shrink_picture(self, *, picture: str) -> None:
        # A background task is retried like any other, while the flow goes on.
        if picture == "blurred.png" and current().attempt == 1:
            raise OSError("blurred.png can't be read yet")
        print(f"  shrunk: {picture}")

    async def tell_the_owner_that_the_pictures_are_stored(self) -> None:
        print("  to the owner: your pictures are stored")
