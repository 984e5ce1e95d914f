"""Pages over HTTP: a bounded server, limits of a request, the headers of every answer."""
