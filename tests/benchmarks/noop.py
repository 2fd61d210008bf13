"""A Flask route that reads the body and does nothing: the floor under every hook call."""

from flask import Flask, request

app = Flask(__name__)


@app.get("/readyz")
def ready() -> dict[str, bool]:
    """For whoever waits until this server is up."""
    return {"ready": True}


@app.post("/")
def nothing() -> dict[str, list[str]]:
    """An empty answer, once the body has been read."""
    request.get_data()
    return {"cards": []}
