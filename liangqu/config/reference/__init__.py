"""Every key that people may write, described: what `liangqu settings` and the reference are made of."""
