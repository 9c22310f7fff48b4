"""Make images and videos with fal, with the commands of OpenClaw."""

__version__ = "0.1.0"
