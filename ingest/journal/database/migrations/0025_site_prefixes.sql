-- Under which prefix a site's last message came, where there are several; '' where there is one.
ALTER TABLE site_clock ADD COLUMN prefix TEXT NOT NULL DEFAULT '';
