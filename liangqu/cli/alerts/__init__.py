"""`liangqu alerts`: what is open and what was, taken over, silenced, measured; channels tested."""
