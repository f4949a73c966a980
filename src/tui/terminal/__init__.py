"""The terminal itself: keys that come in, bytes that go out, other programs."""
