"""Views in, vectors out: device, precision, runtime."""
