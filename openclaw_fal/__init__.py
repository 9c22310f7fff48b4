"""Make images, videos, music and more with fal.ai, with OpenClaw's commands."""

__version__ = "0.1.0"
