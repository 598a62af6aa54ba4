//! Objects in S3-compatible storage, put there by signed requests.
