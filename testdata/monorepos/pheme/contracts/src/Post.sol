// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// A post that nobody can change.
contract Post {
    bytes32 public immutable digest;

    constructor(bytes32 digest_) {
        digest = digest_;
    }
}
