-- `liangqu status` counts what was refused lately, by reason.
CREATE INDEX refused_message_received ON refused_message (received_ms);
