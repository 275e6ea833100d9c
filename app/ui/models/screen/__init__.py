"""Behind the Models page: what it asks for is done here, what comes of it is shown there."""
