"""Pages: what people see. Each module holds the routes and the view models of one page."""
