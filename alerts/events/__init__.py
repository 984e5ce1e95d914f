"""Events: what people are notified of; episodes that belong together by place and cause."""
