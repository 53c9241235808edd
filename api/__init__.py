"""Everything with a socket, a clock or an environment: settings, wiring, HTTP, pages and the command line."""
