//! Can each migration of a database be undone, and is none changed that ran?
