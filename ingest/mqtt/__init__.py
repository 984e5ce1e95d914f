"""The broker's side: the subscribing session and the publisher."""
