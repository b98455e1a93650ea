// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Summary} from "./IRollup.sol";

/// @notice Holds the collateral; pays withdrawals that a final state proves.
interface IVault {
    event WithdrawalPaid(uint64 indexed number, address indexed recipient, uint256 amount);

    error NotFinal();
    error AlreadyClaimed(uint64 number);
    /// @notice The proof does not lead from the withdrawal to the state's root.
    error WrongProof();

    /// @notice Pays a withdrawal to its recipient, once.
    /// @param summary a final batch's summary
    /// @param number the withdrawal's number
    /// @param recipient and amount and time: the withdrawal's record in the state
    /// @param proof for each branch from the leaf upward: bit index (1 byte) ‖ sibling hash (32 bytes)
    function claim(
        Summary calldata summary, uint64 number, address recipient, uint64 amount, uint32 time, bytes calldata proof
    ) external;

    function isClaimed(uint64 number) external view returns (bool);
    /// @notice The collateral.
    function token() external view returns (address);
    /// @notice The rollup whose final states are believed.
    function rollup() external view returns (address);
}
