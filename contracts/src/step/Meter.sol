// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title What the store's work costs, in units that approximate the gas of proving that work.
/// @notice The twin of `packages/store/src/meter.ts`; `docs/store.md` says how the figures were measured. The sum is an
/// upper bound for the gas of a proof both as `16 × witness bytes + execution` and as `64 × witness bytes`.
library Meter {
    /// @dev Every get, whatever it finds.
    uint256 internal constant READ = 600;

    /// @dev Every put and delete.
    uint256 internal constant WRITE = 1_200;

    /// @dev Every next and beginning of a scan, whatever it finds.
    uint256 internal constant SEARCH = 1_400;

    /// @dev Every entry that a scan comes to.
    uint256 internal constant SCAN_ENTRY = 700;

    /// @dev Every node that a walk visits, every time, and every branch that it passes on its way up again.
    uint256 internal constant VISIT = 200;


    /// @dev A node visited for the first time in a transaction that an earlier one of the chunk has touched: its new
    /// stamp.
    uint256 internal constant RETOUCH = 150;

    /// @dev A branch touched for the first time: its item and a bare sibling in the witness, decoding it and hashing it
    /// twice.
    uint256 internal constant BRANCH_TOUCH = 2_300;

    /// @dev A leaf touched for the first time, without its value.
    uint256 internal constant LEAF_TOUCH = 1_600;

    /// @dev A byte of a value: of a leaf first touched, of a leaf created, or by which a put lengthens a value.
    uint256 internal constant LEAF_BYTE = 66;

    /// @dev A leaf or a branch newly made.
    uint256 internal constant NODE_CREATE = 1_200;
}
