// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IInbox} from "./interfaces/IInbox.sol";
import {IVault} from "./interfaces/IVault.sol";
import {InboxMessages} from "./libraries/InboxMessages.sol";
import {PostingLimits} from "./libraries/PostingLimits.sol";

/// @title Messages from L1 to the engine
contract Inbox is IInbox, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev The engine counts money in units of 1e-6 USD, which are the collateral's own.
    uint8 private constant COLLATERAL_DECIMALS = 6;

    address public immutable vault;
    uint64 public immutable minimumDeposit;
    IERC20 private immutable _token;

    uint64 public count;
    uint64 public totalDeposits;
    uint32 private _accountCount;
    mapping(uint64 index => bytes32) public rollingHashes;
    mapping(address owner => mapping(uint32 subAccount => uint32)) public accountOf;

    constructor(address vault_, uint64 minimumDeposit_) {
        address token = IVault(vault_).token();
        if (IERC20Metadata(token).decimals() != COLLATERAL_DECIMALS || minimumDeposit_ == 0) revert InvalidConfig();
        vault = vault_;
        minimumDeposit = minimumDeposit_;
        _token = IERC20(token);
    }

    function deposit(uint32 subAccount, uint256 amount) external nonReentrant returns (uint32 account) {
        // INVARIANT: a queued deposit cannot fail in the engine: totalDeposits ≤ MAX_DEPOSITS, and account numbers are
        // dense and belong to one owner each.
        if (amount < minimumDeposit) revert DepositTooSmall(amount, minimumDeposit);
        uint256 room = PostingLimits.MAX_DEPOSITS - totalDeposits;
        if (amount > room) revert DepositsTooLarge(amount, room);

        uint256 balanceBefore = _token.balanceOf(vault);
        account = accountOf[msg.sender][subAccount];
        if (account == 0) {
            account = ++_accountCount;
            accountOf[msg.sender][subAccount] = account;
        }
        totalDeposits += uint64(amount);
        _queue(InboxMessages.DEPOSIT, abi.encodePacked(account, msg.sender, uint64(amount)));

        _token.safeTransferFrom(msg.sender, vault, amount);
        if (_token.balanceOf(vault) != balanceBefore + amount) revert AmountNotReceived();
    }

    function _queue(uint8 kind, bytes memory body) private {
        uint64 index = count;
        uint32 time = uint32(block.timestamp);
        bytes32 rollingHash =
            InboxMessages.extend(rollingHashes[index], abi.encodePacked(kind, msg.sender, time, body));
        rollingHashes[index + 1] = rollingHash;
        count = index + 1;
        emit MessageQueued(index, kind, msg.sender, time, body, rollingHash);
    }
}
