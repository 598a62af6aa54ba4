//! What compilers say, message by message: cargo's JSON.
