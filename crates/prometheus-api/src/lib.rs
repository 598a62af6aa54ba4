//! Samples of Prometheus' HTTP API.
