"""HJ 212, the line protocol of China's environmental stations: frames in, frames out, readings."""
