//! Requests over HTTP with limits: how long, how large, how often, and whom a secret may be sent to.
