//! How much of the code tests ran: coverage reports.
