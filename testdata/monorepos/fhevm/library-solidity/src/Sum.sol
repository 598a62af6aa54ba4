// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// Adds two numbers.
library Sum {
    function of(uint256 left, uint256 right) internal pure returns (uint256) {
        return left + right;
    }
}
