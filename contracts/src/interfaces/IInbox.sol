// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Messages from L1 that bridge chunks execute, in a rolling hash:
/// hash(i+1) = keccak(hash(i) ‖ keccak(kind ‖ sender ‖ time ‖ body)).
interface IInbox {
    /// @notice A message was queued. `rollingHash` is the hash after it.
    event MessageQueued(uint64 indexed index, uint8 kind, address indexed sender, uint32 time, bytes body, bytes32 rollingHash);

    /// @notice The collateral does not have 6 decimals, or the least deposit is zero.
    error InvalidConfig();
    error DepositTooSmall(uint256 amount, uint256 minimum);
    /// @notice All deposits together would pass what the engine's arithmetic is proved for.
    error DepositsTooLarge(uint256 amount, uint256 room);
    /// @notice The vault did not receive the amount: the collateral takes a fee.
    error AmountNotReceived();

    /// @notice Takes `amount` of the collateral from the caller into the vault and queues its deposit.
    /// @param subAccount distinguishes several accounts of one owner
    /// @return account the number of the caller's account, given out at its first deposit
    function deposit(uint32 subAccount, uint256 amount) external returns (uint32 account);

    /// @notice Messages queued so far.
    function count() external view returns (uint64);
    /// @notice The rolling hash after the first `index` messages; zero for none.
    function rollingHashes(uint64 index) external view returns (bytes32);
    /// @notice The account number of an owner's sub-account; 0 where none has been given out.
    function accountOf(address owner, uint32 subAccount) external view returns (uint32);
    /// @notice All deposits so far, in the collateral's units; withdrawals do not lower it.
    function totalDeposits() external view returns (uint64);
    /// @notice The least amount of one deposit, so that messages cannot be queued for nothing.
    function minimumDeposit() external view returns (uint64);
    /// @notice Where deposits go.
    function vault() external view returns (address);
}
